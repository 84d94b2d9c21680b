//go:build e2e

// Package packages tests the packages that `make packages` left in dist/ by
// installing them with the real rpm and dpkg into small trees of files: what is
// installed, what the scriptlets call, what is left after a removal. No tree is
// booted; that is the business of test/e2e.
package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"umm/test/needs"
)

const root = "../.."

// tree is a file system that a package manager installs into.
type tree struct {
	t   *testing.T
	dir string
}

// systemctl records its arguments and refuses any that the packages have no
// business to give.
const systemctl = `#!/bin/sh
echo "$*" >>/systemctl.log
case $* in
daemon-reload | "start umm-record.service umm-healthy.timer") ;;
"stop umm-healthy.timer umm-healthy.service umm-record.service" | "reset-failed umm-*") ;;
"--quiet is-active umm-command*") [ -e /command-runs ] || exit 3 ;;
*) echo "unexpected: systemctl $*" >>/systemctl.log; exit 64 ;;
esac
[ ! -e /systemctl.fails ]
`

// fakeUmm answers as the host's umm would: its mode stands in /umm.mode.
const fakeUmm = `#!/bin/sh
echo "$*" >>/umm.log
case $* in
status) cat /umm.mode ;;
off) [ ! -e /umm.off-fails ] && echo "runlevel N 5" >/umm.mode ;;
*) exit 64 ;;
esac
`

// newTree makes a tree with merged /usr, the named program as /bin/sh, what the
// scriptlets call, and systemd running as far as one can see.
func newTree(t *testing.T, shell string, programs ...string) *tree {
	t.Helper()
	tr := &tree{t: t, dir: t.TempDir()}
	for _, d := range []string{"usr/bin", "usr/sbin", "usr/lib/systemd/system", "usr/lib64", "etc", "var/lib", "tmp", "run/systemd/system", "dev", "proc"} {
		tr.mkdir(d)
	}
	for _, l := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+l, tr.path(l)); err != nil {
			t.Fatal(err)
		}
	}
	tr.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
	tr.write("etc/group", "root:x:0:\n")
	tr.write("etc/machine-id", strings.Repeat("5", 32)+"\n")
	tr.write("dev/null", "")
	tr.write("proc/1/environ", "")
	tr.kernel("0000", "")
	for _, p := range append(programs, shell, "cat", "chmod", "cp", "grep", "mkdir", "readlink", "rm", "rmdir", "touch") {
		tr.copyProgram(p)
	}
	if err := os.Symlink(shell, tr.path("usr/bin/sh")); err != nil {
		t.Fatal(err)
	}
	tr.script("usr/bin/systemctl", systemctl)
	return tr
}

// copyProgram copies a program of this machine with the libraries it needs.
func (tr *tree) copyProgram(name string) {
	tr.t.Helper()
	from := need(tr.t, name)
	libs, _ := exec.Command("ldd", from).Output() // fails for a static program, which needs none
	tr.copy(from, "usr/bin/"+name)
	for _, lib := range regexp.MustCompile(`/\S+`).FindAllString(string(libs), -1) {
		tr.copy(lib, lib)
	}
}

func (tr *tree) copy(from, to string) {
	tr.t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.mkdir(filepath.Dir(to))
	if err := os.WriteFile(tr.path(to), data, 0o755); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) path(name string) string { return filepath.Join(tr.dir, name) }

func (tr *tree) mkdir(name string) {
	tr.t.Helper()
	if err := os.MkdirAll(tr.path(name), 0o755); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) write(name, content string) {
	tr.t.Helper()
	tr.mkdir(filepath.Dir(name))
	if err := os.WriteFile(tr.path(name), []byte(content), 0o644); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) script(name, content string) {
	tr.t.Helper()
	tr.remove(name)
	tr.write(name, content)
	if err := os.Chmod(tr.path(name), 0o755); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) remove(name string) {
	tr.t.Helper()
	if err := os.RemoveAll(tr.path(name)); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) read(name string) string {
	tr.t.Helper()
	data, err := os.ReadFile(tr.path(name))
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(data)
}

func (tr *tree) has(name string) bool {
	_, err := os.Lstat(tr.path(name))
	return err == nil
}

// wantCalls holds what was said to systemctl since the last time against want.
func (tr *tree) wantCalls(want ...string) {
	tr.t.Helper()
	got := ""
	if tr.has("systemctl.log") {
		got = tr.read("systemctl.log")
	}
	tr.remove("systemctl.log")
	if want := strings.Join(append(want, ""), "\n"); got != want {
		tr.t.Errorf("systemctl was called with\n%s, not with\n%s", got, want)
	}
}

// kernel makes the kernel tell of another boot, with those arguments.
func (tr *tree) kernel(id, args string) {
	tr.t.Helper()
	tr.write("proc/sys/kernel/random/boot_id", id+"0000-2222-3333-4444-555555555555\n")
	tr.write("proc/cmdline", "root=/dev/vda1 ro "+args+"\n")
}

// boot boots the host anew, as far as umm can see.
func (tr *tree) boot(id, args string) {
	tr.t.Helper()
	tr.kernel(id, args)
	tr.remove("run/umm")
	run(tr.t, "chroot", tr.dir, "/lib/umm/umm-boot", "begin")
}

// wantMode holds what umm says of the host against want.
func (tr *tree) wantMode(want string) {
	tr.t.Helper()
	if got := strings.TrimSpace(run(tr.t, "chroot", tr.dir, "/usr/bin/umm", "status")); got != want {
		tr.t.Errorf("umm status says %q, not %q", got, want)
	}
}

// fakeMaintenance puts a fake umm in the place of the installed one, whose host is
// in maintenance mode.
func (tr *tree) fakeMaintenance() {
	tr.t.Helper()
	tr.script("usr/bin/umm", fakeUmm)
	tr.write("umm.mode", "umm\n")
}

// leftovers lists what is in the tree of umm, but for the tree's own fakes.
func (tr *tree) leftovers() []string {
	tr.t.Helper()
	var found []string
	err := filepath.WalkDir(tr.dir, func(path string, d os.DirEntry, err error) error {
		name := strings.TrimPrefix(path, tr.dir)
		switch {
		case err != nil:
			return err
		case name == "/var/lib/rpm" || name == "/var/lib/dpkg":
			return filepath.SkipDir
		case strings.Contains(name, "umm") && !strings.HasPrefix(name, "/umm."):
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return found
}

// run runs a program that has to succeed, with no input, and returns all it says.
func run(t *testing.T, argv ...string) string {
	t.Helper()
	out, err := tryRun(argv...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return out
}

func tryRun(argv ...string) (string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// need returns the path of a program that a test cannot do without.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		needs.Absent(t, "there is no "+program+" on this machine")
	}
	return path
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		needs.Absent(t, "installing into a tree needs root")
	}
}

// built returns umm's package in dist/ for this machine's architecture.
func built(t *testing.T, format string) string { return builtOf(t, "umm", format) }

// builtOf returns the package of that name.
func builtOf(t *testing.T, name, format string) string {
	t.Helper()
	arch := map[string]map[string]string{
		"deb": {"amd64": "amd64", "arm64": "arm64"},
		"rpm": {"amd64": "x86_64", "arm64": "aarch64"},
	}[format][runtime.GOARCH]
	behind := map[string]string{"deb": "_", "rpm": "-[0-9]"}[format]
	found, _ := filepath.Glob(filepath.Join(root, "dist", name+behind+"*"+arch+"."+format))
	if len(found) != 1 {
		t.Fatalf("there are %d %s packages of %s for %s in dist/; make packages first", len(found), format, name, arch)
	}
	return found[0]
}

// packaged builds a package from an nfpm configuration, in the repository's root.
func packaged(t *testing.T, file, format, config string, env ...string) string {
	t.Helper()
	cmd := exec.Command("build/tools/nfpm", "package", "--config", config, "--packager", format, "--target", file)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nfpm: %v\n%s", err, out)
	}
	return file
}

// newer is umm's package of the same files with a higher version.
func newer(t *testing.T, format string) string { return newerOf(t, "nfpm.yaml", format) }

// newerOf is the package of a configuration in plugin/packaging. It is built once.
func newerOf(t *testing.T, config, format string) string {
	t.Helper()
	newerPackages.Lock()
	defer newerPackages.Unlock()
	file := "build/newer-" + config + "." + format
	if !newerPackages.built[file] {
		release := map[string]string{"rpm": "1", "deb": ""}[format]
		packaged(t, file, format, "plugin/packaging/"+config, "VERSION=99.0", "RELEASE="+release, "ARCH="+runtime.GOARCH)
		newerPackages.built[file] = true
	}
	return filepath.Join(root, file)
}

var newerPackages = struct {
	sync.Mutex
	built map[string]bool
}{built: map[string]bool{}}

// fuelUmm is a package like the retired one.
func fuelUmm(t *testing.T, format string) string {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "umm.conf")
	config := filepath.Join(dir, "nfpm.yaml")
	for name, content := range map[string]string{
		conf: "UMM=yes\nREBOOT_COUNT=2\nCOUNTER_RESET_TIME=10\n",
		config: `{name: fuel-umm, version: 1.0, release: "1", arch: all, maintainer: "nobody <nobody@umm.example>", description: old,
contents: [{src: "` + conf + `", dst: /etc/umm.conf, type: config}, {src: "` + conf + `", dst: /usr/bin/umm}]}`,
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return packaged(t, filepath.Join(dir, "package."+format), format, config)
}
