package plugin

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeHost has programs that know exactly the commands they are to be given.
type fakeHost struct {
	t   *testing.T
	dir string
}

// newFakeHost is a host without apt-get, on which rpm knows those packages.
func newFakeHost(t *testing.T, packages string) fakeHost {
	t.Helper()
	h := fakeHost{t, t.TempDir()}
	h.program("rpm", `case $* in
"-q --qf %{VERSION}-%{RELEASE}\n umm") grep '^umm ' "$0.db" | cut -d' ' -f2 | grep . || { echo "package umm is not installed"; exit 1; } ;;
"-q --qf %{NAME} %{VERSION}\n fuel-umm") grep '^fuel-umm ' "$0.db" || { echo "package fuel-umm is not installed"; exit 1; } ;;
*) echo "unexpected: rpm $*" >&2; exit 64 ;;
esac`)
	write(t, filepath.Join(h.dir, "rpm.db"), packages, 0o644)
	h.program("yum", `echo "$*" >>"$0.log"
[ ! -e "$0.fails" ] || { echo "Cannot retrieve repository metadata"; exit 1; }
case $* in
"-q -y --setopt=timeout=15 --setopt=retries=2 --disablerepo=* --enablerepo=umm-1.0* clean metadata") ;;
"-q -y --setopt=timeout=15 --setopt=retries=2 --disablerepo=* --enablerepo=umm-1.0* install umm" | "-q -y --setopt=timeout=15 --setopt=retries=2 --disablerepo=* --enablerepo=umm-1.0* update umm")
	echo "umm 2.0-1" >"${0%/*}/rpm.db" ;;
*) exit 64 ;;
esac`)
	for _, name := range []string{"sh", "grep", "cut", "tail", "sed", "mkdir"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(h.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func (h fakeHost) program(name, body string) {
	h.t.Helper()
	write(h.t, filepath.Join(h.dir, name), "#!/bin/sh\n"+body+"\n", 0o755)
}

// run runs lines of shell after package.sh, with /etc/yum.repos.d in the host.
func (h fakeHost) run(lines string) (string, bool) {
	h.t.Helper()
	source, err := os.ReadFile(root + "/deployment_scripts/package.sh")
	if err != nil {
		h.t.Fatal(err)
	}
	script := strings.NewReplacer("/etc/yum.repos.d", h.dir, "/etc/apt/sources.list.d", h.dir, "/run/systemd/", h.dir+"/root/run/systemd/", "/etc/init/", h.dir+"/root/etc/init/").Replace(string(source)) +
		"say() { echo \"umm: $*\"; }\nfail() { say \"cannot go on: $*\" >&2; exit 1; }\nwork=" + h.dir + "\nbefore=$(installed)\n" + lines
	cmd := exec.Command(filepath.Join(h.dir, "sh"), "-uc", script)
	cmd.Env = []string{"PATH=" + h.dir}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err == nil
}

// Only the plugin's repository is asked, and what was read of it before is forgotten.
func TestFuelInstallsByYum(t *testing.T) {
	const of = "-q -y --setopt=timeout=15 --setopt=retries=2 --disablerepo=* --enablerepo=umm-1.0* "
	for _, c := range []struct{ name, packages, before, verb string }{
		{"nothing is there", "", " ", "install"},
		{"fuel-umm is there", "fuel-umm 9.0\n", " fuel-umm 9.0", "install"},
		{"an older one is there", "umm 1.0-1\n", "1.0-1 ", "update"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newFakeHost(t, c.packages)
			write(t, filepath.Join(h.dir, "umm-1.0.0.repo"), "[umm-1.0.0]\n", 0o644)
			out, ok := h.run(`echo "<$before $(predecessor)>"; install_package; installed`)
			if !ok || out != "<"+c.before+">\n2.0-1" {
				t.Errorf("it says %q (%v)", out, ok)
			}
			log, err := os.ReadFile(filepath.Join(h.dir, "yum.log"))
			if err != nil || string(log) != of+"clean metadata\n"+of+c.verb+" umm\n" {
				t.Errorf("yum was called with\n%s (%v)", log, err)
			}
		})
	}
}

// The controllers of Fuel 8.0 and 9 have Upstart, those of Fuel 10 and 11 systemd.
func TestFuelKnowsTheInitSystem(t *testing.T) {
	const upstart = "init (upstart 1.12.1)"
	for _, c := range []struct {
		name          string
		files         []string
		initctl, want string
	}{
		{"systemd", []string{"run/systemd/system/"}, "", "systemd"},
		{"systemd, with Upstart's files", []string{"run/systemd/system/", "etc/init/rc-sysinit.conf"}, upstart, "systemd"},
		{"Upstart", []string{"etc/init/rc-sysinit.conf"}, upstart, "Upstart"},
		{"Upstart is installed, and does not run", []string{"etc/init/rc-sysinit.conf"}, "initctl: Unable to connect to Upstart", ""},
		{"Upstart's files alone", []string{"etc/init/rc-sysinit.conf"}, "", ""},
		{"CentOS 6", []string{"etc/init/rcS.conf"}, "init (upstart 0.6.5)", ""},
		{"nothing", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newFakeHost(t, "")
			for _, file := range c.files {
				path := filepath.Join(h.dir, "root", file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(file, "/") {
					if err := os.MkdirAll(path, 0o755); err != nil {
						t.Fatal(err)
					}
					continue
				}
				write(t, path, "", 0o644)
			}
			if c.initctl != "" {
				h.program("initctl", `[ "$*" = version ] || exit 64; echo "`+c.initctl+`"`)
			}
			if out, ok := h.run(`init_system`); !ok || out != c.want {
				t.Errorf("it says %q (%v), want %q", out, ok, c.want)
			}
		})
	}
}

func TestFuelSaysWhyYumDoesNot(t *testing.T) {
	h := newFakeHost(t, "")
	if out, ok := h.run("install_package"); ok || out != "umm: cannot go on: Fuel has not written the plugin's repository to "+h.dir {
		t.Errorf("without a repository it says %q (%v)", out, ok)
	}
	write(t, filepath.Join(h.dir, "umm-1.0.0.repo"), "", 0o644)
	write(t, filepath.Join(h.dir, "yum.fails"), "", 0o644)
	out, ok := h.run("install_package")
	if ok || !strings.Contains(out, "umm:   Cannot retrieve repository metadata\numm: cannot go on: yum cannot install umm") {
		t.Errorf("without an answer it says %q (%v)", out, ok)
	}
	if err := os.Remove(filepath.Join(h.dir, "yum")); err != nil {
		t.Fatal(err)
	}
	if out, ok := h.run("install_package"); ok || out != "umm: cannot go on: there is neither apt-get nor yum on this host" {
		t.Errorf("without yum it says %q (%v)", out, ok)
	}
}

// A master that does not answer holds up neither the question nor the fetching for ever, and
// nothing is installed then; dpkg at work is not bounded.
func TestFuelBoundsApt(t *testing.T) {
	for _, c := range []struct{ name, slow, want, log string }{
		{"all is well", "", "", "60 update\n120 --download-only install umm\nunbounded install umm\n"},
		{"the question", "update", "apt-get cannot read the plugin's repository", "60 update\n"},
		{"the fetching", "--download-only", "within two minutes; nothing was changed", "60 update\n120 --download-only install umm\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newFakeHost(t, "")
			write(t, filepath.Join(h.dir, "umm-1.0.0.list"), "", 0o644)
			h.program("timeout", `[ "$1 $2 $4" = "-k 10 apt-get" ] || exit 64
seconds=$3; shift 4
SECONDS_GIVEN=$seconds exec "${0%/*}/apt-get" "$@"`)
			h.program("apt-get", strings.ReplaceAll(`words=
while [ $# -gt 0 ]; do
	case $1 in
	-o) shift ;;
	-q | -y) ;;
	*) words="$words $1" ;;
	esac
	shift
done
echo "${SECONDS_GIVEN:-unbounded}$words" >>"${0%/*}/apt.log"
case $words in *SLOW*) exit 124 ;; esac`, "SLOW", cmp.Or(c.slow, "nothing")))
			h.program("dpkg-query", "exit 1")
			out, ok := h.run("install_package")
			if ok != (c.want == "") || !strings.Contains(out, c.want) {
				t.Errorf("it says %q (%v)", out, ok)
			}
			if log, err := os.ReadFile(filepath.Join(h.dir, "apt.log")); err != nil || string(log) != c.log {
				t.Errorf("apt-get was called with\n%s (%v)", log, err)
			}
		})
	}
}
