//go:build e2e

package packages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// initctl answers as Upstart 1.12.1 does to what the packages have to say, and
// notes what it did not expect.
const initctl = `#!/bin/sh
echo "$*" >>/initctl.log
[ -z "${UPSTART_SESSION:-}" ] || echo "unexpected: initctl $* speaks to a user's session" >>/initctl.log
case $* in
version) echo "init (upstart 1.12.1)" ;;
reload-configuration) ;;
"list") [ ! -e /command-runs ] || echo "umm-command (1) start/running, process 77"
	printf 'rc stop/waiting\numm-console (ttyS0) start/running, process 41\numm-console (hvc0) stop/waiting\n' ;;
"stop umm-console" | "stop umm-console TTY=") echo "initctl: Unknown parameter: TTY" >&2; exit 1 ;;
"status umm-"* | "status umm") echo "${2} stop/waiting" ;;
"start "* | "stop "*) ;;
*) echo "unexpected: initctl $*" >>/initctl.log; exit 64 ;;
esac
`

// upstartTree looks like Ubuntu 14.04, which Upstart runs, and whose /usr is not
// merged.
func upstartTree(t *testing.T) *tree {
	t.Helper()
	tr := debTree(t, false)
	tr.remove("run/systemd")
	tr.copyProgram("mv")
	tr.copyProgram("sed")
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		tr.remove(dir)
		tr.mkdir(dir)
		names, err := os.ReadDir(tr.path("usr/" + dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if err := os.Symlink("../usr/"+dir+"/"+n.Name(), tr.path(dir+"/"+n.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	tr.script("sbin/init", "#!/bin/sh\n")
	tr.script("sbin/initctl", initctl)
	tr.write("etc/init/rc-sysinit.conf", "start on filesystem\n")
	return tr
}

// jobs are umm's files in /etc/init.
func (tr *tree) jobs() []string {
	tr.t.Helper()
	found, err := filepath.Glob(tr.path("etc/init/*umm*"))
	if err != nil {
		tr.t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

// wantJobs holds the files in /etc/init against those of the repository, and more.
func (tr *tree) wantJobs(more ...string) {
	tr.t.Helper()
	want := more
	files, err := filepath.Glob(filepath.Join(root, "plugin/upstart/*.conf"))
	if err != nil || len(files) < 5 {
		tr.t.Fatalf("there are %v (%v)", files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		want = append(want, name)
		data, err := os.ReadFile(file)
		if err != nil {
			tr.t.Fatal(err)
		}
		if got := tr.read("etc/init/" + name); got != string(data) {
			tr.t.Errorf("/etc/init/%s is\n%s", name, got)
		}
	}
	slices.Sort(want)
	if got := tr.jobs(); !slices.Equal(got, want) {
		tr.t.Errorf("in /etc/init are %v, want %v", got, want)
	}
	if info, err := os.Stat(tr.path("etc/init/umm.conf")); err != nil || info.Mode() != 0o644 {
		tr.t.Errorf("/etc/init/umm.conf has the mode %v (%v)", info.Mode(), err)
	}
}

func (tr *tree) wantNothingUnexpected() {
	tr.t.Helper()
	if log := tr.read("initctl.log"); strings.Contains(log, "unexpected") {
		tr.t.Errorf("initctl was called with\n%s", log)
	}
	tr.wantCalls() // and systemctl was not
}

func TestDebOnUpstart(t *testing.T) {
	tr := upstartTree(t)
	tr.write("etc/init/umm-healthy.override", "manual\n")
	out := run(t, tr.dpkg("-i", built(t, "deb"))...)
	if strings.Contains(out, "not recorded") || !tr.has("etc/umm/record.0") {
		t.Errorf("this boot is not recorded:\n%s", out)
	}
	tr.wantJobs("umm-healthy.override")
	if !tr.has("lib/umm/umm-boot") || tr.has("usr/lib/umm") {
		t.Errorf("umm-boot is not where the jobs look for it: %v", tr.leftovers())
	}

	// What is changed there is the package's again after an upgrade; overrides are the
	// operator's. A job that there is no more goes.
	tr.write("etc/init/umm.conf", "start on never\n")
	tr.write("etc/init/umm-of-old.conf", "start on never\n")
	run(t, tr.dpkg("-i", newer(t, "deb"))...)
	tr.wantJobs("umm-healthy.override")

	t.Setenv("UPSTART_SESSION", "unix:abstract=/com/ubuntu/upstart-session/1000/1234")
	tr.write("command-runs", "")
	if out, err := tryRun(tr.dpkg("-r", "umm")...); err == nil || !strings.Contains(out, "is still running") || !tr.has("lib/umm/umm-boot") {
		t.Fatalf("removed under a command (%v):\n%s", err, out)
	}
	tr.remove("command-runs")
	run(t, tr.dpkg("-r", "umm")...)
	if left := tr.jobs(); !slices.Equal(left, []string{"umm-healthy.override"}) || !tr.has("etc/init/rc-sysinit.conf") {
		t.Errorf("after the removal there are %v", left)
	}
	log := tr.read("initctl.log")
	for _, word := range []string{"stop umm-healthy\n", "stop umm-emergency\n", "stop umm-console TTY=ttyS0\n"} {
		if !strings.Contains(log, word) {
			t.Errorf("the removal did not say %q", word)
		}
	}
	if strings.Contains(log, "stop umm-command") {
		t.Error("the removal stopped what a command has left running")
	}
	tr.wantNothingUnexpected()
	run(t, tr.dpkg("--purge", "umm")...)
	if left := tr.leftovers(); !slices.Equal(left, []string{"/etc/init/umm-healthy.override"}) {
		t.Errorf("left after the purge: %v", left)
	}
}

// An image of such a host, in which nothing runs yet.
func TestDebOnUpstartThatDoesNotRun(t *testing.T) {
	tr := upstartTree(t)
	tr.script("sbin/initctl", "#!/bin/sh\nexit 1\n")
	out := run(t, tr.dpkg("-i", built(t, "deb"))...)
	if strings.Contains(out, "not recorded") || tr.has("etc/umm/record.0") {
		t.Errorf("a boot was recorded, or missed:\n%s", out)
	}
	tr.wantJobs()
}

func TestDebOnSystemdPutsNoJobs(t *testing.T) {
	for name, more := range map[string]func(tr *tree){
		"systemd":                   func(*tree) {},
		"beside Upstart's files":    func(tr *tree) { tr.write("etc/init/rc-sysinit.conf", "") },
		"upgraded from an Upstart":  func(tr *tree) { tr.write("etc/init/umm.conf", ""); tr.write("etc/init/umm-record.conf", "") },
		"an image, nothing running": func(tr *tree) { tr.write("etc/init/rc-sysinit.conf", ""); tr.remove("run/systemd") },
	} {
		t.Run(name, func(t *testing.T) {
			tr := debTree(t, false)
			if err := os.Symlink("/lib/systemd/systemd", tr.path("sbin/init")); err != nil {
				t.Fatal(err)
			}
			more(tr)
			run(t, tr.dpkg("-i", built(t, "deb"))...)
			if left := tr.jobs(); len(left) > 0 {
				t.Errorf("in /etc/init are %v", left)
			}
		})
	}
}

// dpkg 1.17.5 of Ubuntu 14.04 unpacks gz and xz, tar archives of the GNU and ustar
// kinds, and has neither zstd nor the headers of pax.
func TestDebIsForTheDpkgOfUbuntu1404(t *testing.T) {
	for _, name := range []string{"umm", "umm-cluster"} {
		data, err := os.ReadFile(builtOf(t, name, "deb"))
		if err != nil {
			t.Fatal(err)
		}
		members := map[string][]byte{}
		var order []string
		const head = 60
		for at := len("!<arch>\n"); at+head <= len(data); {
			name := strings.TrimRight(string(data[at:at+16]), " /")
			size := 0
			for _, c := range strings.TrimSpace(string(data[at+48 : at+58])) {
				size = size*10 + int(c-'0')
			}
			order, members[name] = append(order, name), data[at+head:at+head+size]
			at += head + size + size%2
		}
		if !slices.Equal(order, []string{"debian-binary", "control.tar.gz", "data.tar.gz"}) || string(members["debian-binary"]) != "2.0\n" {
			t.Errorf("%s is made of %v", name, order)
		}
		for _, member := range order[1:] {
			wantPlainTar(t, name+" "+member, members[member])
		}
	}
}

func wantPlainTar(t *testing.T, name string, data []byte) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	// Go's reader hides the headers of pax, whose type is x or g.
	const block = 512
	for r, at := tar.NewReader(bytes.NewReader(plain)), 0; ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for at+block <= len(plain) && !slices.Contains([]byte{tar.TypeReg, tar.TypeDir, tar.TypeSymlink}, plain[at+156]) {
			t.Errorf("%s: before %s there is a header of the type %q", name, h.Name, plain[at+156])
			at += block
		}
		at += block + int((h.Size+block-1)/block*block)
	}
}
