//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/test/upstart/machine"
)

// upstartHost is a host whose PID 1 is test/upstart/init.
type upstartHost struct {
	*host
	*upstart
}

// upstart is what is its own of it.
type upstart struct {
	*machine.Host
	h *host
}

var _ system = (*upstart)(nil)

// newUpstartHost makes a host of its own for the test, with umm on it unless it is bare, and
// switches it on.
func newUpstartHost(t *testing.T, bare bool) *upstartHost {
	t.Helper()
	var m *machine.Host
	var err error
	if bare {
		m, err = machine.New(freshDir(t), upstartInit)
	} else {
		var dir string
		if dir, err = upstartTemplate(); err == nil {
			m, err = machine.Copy(dir, freshDir(t))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return upstartHostOf(t, m)
}

// freshDir has a name that can stand among the options of a mount.
func freshDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(upstartInit), "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func upstartHostOf(t *testing.T, m *machine.Host) *upstartHost {
	ctx, cancel := context.WithTimeout(t.Context(), scenarioLimit)
	t.Cleanup(cancel)
	u := &upstart{Host: m}
	u.h = &host{system: u, t: t, ctx: ctx, words: words{
		operational: "runlevel N 2",
		reboots:     []string{"reboot", "shutdown -r now", "kill -s INT 1", "telinit 6"},
		forced:      "reboot -f",
		aside:       "recovery",
		lastWord:    "/usr/local/sbin/shutdown",
		stays:       upstartKept,
		warns:       []string{"boot-menu"},
		logs:        2, // the kernel's and a job's
		// Its dependencies are those of Debian.
		dpkg: "dpkg --force-depends -i",
	}}
	t.Cleanup(func() {
		if t.Failed() {
			u.tell()
		}
		if err := u.Cut(); err != nil {
			t.Error(err)
		}
		if text := u.lab("forbidden"); text != "" {
			t.Errorf("programs that Ubuntu 14.04 does not have were called:\n%s", text)
		}
	})
	u.h.starts()
	return &upstartHost{u.h, u}
}

func (u *upstart) root() string { return u.Root() }
func (u *upstart) id() string   { return u.BootID() }

func (u *upstart) try(argv ...string) result {
	u.h.t.Helper()
	ctx, cancel := context.WithTimeout(u.h.ctx, patience)
	defer cancel()
	o, err := u.SSH(ctx, machine.Login{Argv: argv})
	if errors.Is(err, machine.ErrDown) {
		return result{code: 255}
	}
	u.h.must(err)
	return result{o.Out, o.Err, o.Code}
}

func (u *upstart) background(argv ...string) <-chan result {
	done := make(chan result, 1)
	go func() {
		o, err := u.SSH(u.h.ctx, machine.Login{Argv: argv})
		if err != nil {
			o.Code = 255
		}
		done <- result{o.Out, o.Err, o.Code}
	}()
	return done
}

func (u *upstart) inside(argv ...string) result {
	u.h.t.Helper()
	ctx, cancel := context.WithTimeout(u.h.ctx, patience)
	defer cancel()
	o, err := u.Inside(ctx, argv...)
	if !errors.Is(err, machine.ErrDown) {
		u.h.must(err)
	}
	return result{o.Out, o.Err, o.Code}
}

// login is by a script in the place of login(1).
func (u *upstart) login(user string) string {
	u.h.t.Helper()
	if user != "root" {
		u.h.t.Fatal("root alone can log in here")
	}
	u.h.write("/root/login", "#!/bin/sh\nbash -il\ntrue\n", 0o755)
	text := u.h.sh("echo 'echo the-shell; exit' | script -qec /root/login /dev/null")
	u.h.contains("the login", text, "the-shell")
	return text
}

func (u *upstart) install(deb string) {
	u.h.t.Helper()
	data, err := os.ReadFile(deb)
	u.h.must(err)
	u.h.write("/root/umm.deb", string(data), 0o644)
	u.h.sh(u.h.dpkg + " /root/umm.deb </dev/null && rm /root/umm.deb")
	u.settle()
	u.h.until("Upstart knows umm's jobs", func() bool { return u.inside("initctl", "status", "umm-record").code == 0 })
}

func (u *upstart) cut()   { u.h.t.Helper(); u.h.must(u.Cut()) }
func (u *upstart) power() { u.h.t.Helper(); u.h.must(u.Power()) }

func (u *upstart) powersOff() {
	u.h.t.Helper()
	u.inside("poweroff")
	u.h.must(u.WaitOff(u.h.ctx))
}

func (u *upstart) restarts() {
	u.h.t.Helper()
	old := u.id()
	u.inside("reboot")
	u.boots(old)
}

// boots also comes to its end with what holds a boot up.
func (u *upstart) boots(old string) {
	u.h.t.Helper()
	u.h.until("a boot that can be reached", func() bool {
		u.h.must(u.Failed())
		id := u.id()
		return id != "" && id != old && u.try("true").code == 0
	})
	u.settle()
}

func (u *upstart) settle() {
	u.h.t.Helper()
	u.h.until("all jobs are at rest", func() bool { u.h.must(u.Failed()); return u.atRest() })
}

// settleBut is settle where a task runs on purpose.
func (u *upstart) settleBut(task string) {
	u.h.t.Helper()
	u.h.until("all jobs but "+task+" are at rest", func() bool {
		return slices.IndexFunc(strings.Split(u.inside("initctl", "list").out, "\n"), func(line string) bool {
			name, _, _ := strings.Cut(line, " ")
			return line != "" && !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, task) && !strings.Contains(line, "stop/waiting") &&
				(!strings.Contains(line, "start/running") || slices.Contains(upstartTasks, name))
		}) < 0
	})
}

// upstartTasks are those that come to an end soon.
var upstartTasks = []string{"rc", "worker", "umm-record", "umm-enter", "umm-end", "umm-live", "umm-resume"}

// atRest tells whether every job waits or runs, and no task but the gate does.
func (u *upstart) atRest() bool {
	r := u.inside("initctl", "list")
	if r.code != 0 {
		return false
	}
	// The gate holds the boot: maintenance mode is reached when umm-enter has run.
	if strings.Contains(r.out, "umm start/running") && u.inside("test", "-s", "/run/umm/banner").code != 0 {
		return false
	}
	for _, line := range strings.Split(r.out, "\n") {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "\t"), name == "rc-sysinit" && strings.Contains(u.job("umm"), "start/running"):
		case slices.Contains(upstartTasks, name) && !strings.Contains(rest, "stop/waiting"):
			return false
		case strings.Contains(rest, "stop/waiting"), strings.Contains(rest, "start/running"):
		default:
			return false
		}
	}
	return true
}

func (u *upstart) bootsSoFar() int         { return u.Boots() }
func (u *upstart) args(args ...string)     { u.SetArgs(args...) }
func (u *upstart) nextArgs(args ...string) { u.SetNextArgs(args...) }
func (u *upstart) reload()                 { u.h.t.Helper(); u.h.ok("initctl", "reload-configuration") }
func (u *upstart) armed() bool             { return strings.Contains(u.job("umm-expire"), "start/running") }
func (u *upstart) counting() bool          { return strings.Contains(u.job("umm-healthy"), "start/running") }
func (u *upstart) said() string {
	u.h.t.Helper()
	return u.lab("kmsg") + u.h.sh("cat /var/log/upstart/umm*.log")
}
func (u *upstart) noSSH()              { u.h.t.Helper(); u.h.write("/etc/init/ssh.override", "manual\n", 0o644) }
func (u *upstart) service(name string) { u.h.t.Helper(); u.serviceOf(name, upstartForEver) }

const upstartForEver = "start on runlevel [2345]\nstop on runlevel [!2345]\nexec sleep 100070\n"

// serviceOf puts a job with that text on the host.
func (u *upstart) serviceOf(name, text string) {
	u.h.t.Helper()
	u.h.write("/etc/init/"+name+".conf", text, 0o644)
	u.h.until("Upstart knows "+name, func() bool { return u.inside("initctl", "status", name).code == 0 })
}

// start knows init scripts too, as running does.
func (u *upstart) start(name string) {
	u.h.t.Helper()
	if u.h.read("etc/init/"+name+".conf") == "" {
		u.h.ok("service", name, "start")
	} else {
		u.h.ok("start", name)
	}
}

// failing puts a job and an init script there.
func (u *upstart) failing() {
	u.h.t.Helper()
	u.serviceOf("broken", "start on runlevel [2345]\ntask\nexec /bin/false\n")
	u.h.write("/etc/init.d/broken-script", "#!/bin/sh\nexit 1\n", 0o755)
	u.h.sh("ln -s ../init.d/broken-script /etc/rc2.d/S10broken-script")
}

// job is what initctl says of one.
func (u *upstart) job(name string) string {
	return strings.TrimSuffix(u.inside("initctl", "status", name).out, "\n")
}

func (u *upstart) running(name string) bool {
	if u.h.read("etc/init/"+name+".conf") == "" {
		return u.inside("service", name, "status").code == 0
	}
	return strings.Contains(u.job(name), "start/running")
}

func (u *upstart) pids(names ...string) string {
	u.h.t.Helper()
	var b strings.Builder
	for _, name := range names {
		_, pid, found := strings.Cut(u.job(name), "start/running, process ")
		if !found {
			u.h.t.Fatalf("%s does not run: %s", name, u.job(name))
		}
		b.WriteString(name + "=" + pid + " ")
	}
	return b.String()
}

// processes are the lines of initctl list, sorted.
func (u *upstart) processes() []string {
	u.h.t.Helper()
	lines := slices.DeleteFunc(strings.Split(u.h.ok("initctl", "list"), "\n"), func(line string) bool {
		// Somebody may sit at a serial console that umm put a login on.
		return strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "umm-console")
	})
	slices.Sort(lines)
	return lines
}

// up are the same without the processes.
func (u *upstart) up() []string {
	u.h.t.Helper()
	lines := u.processes()
	for i := range lines {
		lines[i], _, _ = strings.Cut(lines[i], ", process")
	}
	return lines
}

// upstartKept are the services of a host that maintenance mode has too, upstartOrdinary
// those that it has not.
var (
	upstartKept     = []string{"ssh", "tty1", "tty2", "udev", "rsyslog", "dbus"}
	upstartOrdinary = []string{"cron", "nova-api", "early", "nginx"}
)

func (u *upstart) onlyKept() { u.h.t.Helper(); u.keptAnd() }

// keptAnd is onlyKept where more is kept.
func (u *upstart) keptAnd(also ...string) {
	u.h.t.Helper()
	u.h.runs(append(slices.Clone(upstartKept), also...)...)
	for _, name := range upstartOrdinary {
		if !slices.Contains(also, name) {
			u.h.stopped(name)
		}
	}
	if list := u.inside("initctl", "list").out; strings.Contains(list, "worker-at (") && !slices.Contains(also, "nova-api") {
		u.h.t.Errorf("an instance of worker-at runs in maintenance mode:\n%s", list)
	}
}

func (u *upstart) all() {
	u.h.t.Helper()
	u.h.runs(append(append([]string{"tty6"}, upstartKept...), upstartOrdinary...)...)
	u.h.equal("instances", u.h.sh("initctl list | grep -c '^worker-at (.) start/running'"), "2")
	u.h.equal("run level", u.h.ok("runlevel"), "N 2")
}

func (u *upstart) commandIdle() {
	u.h.t.Helper()
	u.h.until("umm-command has ended, and the file systems need no watching", func() bool {
		r := u.inside("initctl", "list")
		return r.code == 0 && !strings.Contains(r.out, "umm-command (") && strings.Contains(r.out, "umm-emergency stop/waiting")
	})
	u.settle()
}

func (u *upstart) slowToStop() { u.h.t.Helper(); u.set("hold", "yes") }

func (u *upstart) goOn() {
	u.h.t.Helper()
	u.inside("touch", "/run/go-on")
	u.set("hold", "")
}

func (u *upstart) noReboots(yes bool) {
	u.h.t.Helper()
	if yes {
		u.h.sh("ln -s /bin/false /usr/local/sbin/shutdown")
	} else {
		u.h.sh("rm /usr/local/sbin/shutdown")
	}
}

// fstab adds the line to that of the root. Where it is badLine, mountall does not ask anybody,
// but gives up.
func (u *upstart) fstab(line string) {
	u.h.t.Helper()
	if line == badLine {
		u.set("mountall", "shell")
	}
	u.h.write("/etc/fstab", "/dev/sda1 / ext4 errors=remount-ro 0 1\n"+line+"\n", 0o644)
}

func (u *upstart) caught(mount string) {
	u.h.t.Helper()
	u.h.becomes(inMM)
	u.settle()
	u.h.why("emergency", mount)
	u.onlyKept()
}

func (u *upstart) emergencyShell() {
	u.h.t.Helper()
	u.fstab(badLine)
	u.cut()
	u.power()
	u.h.until("the shell", func() bool { return u.lab("shell") == "" && strings.Contains(u.job("mountall-shell"), "start/running") })
	u.settleBut("mountall-shell")
	u.h.equal("ssh", u.job("ssh"), "ssh stop/waiting")
	u.h.contains("the shell", u.job("mountall-shell"), "start/running")
}

func (u *upstart) tell() {
	t := u.h.t
	if err := u.Failed(); err != nil {
		t.Log(err)
	}
	log := u.lab("upstart.log")
	t.Logf("the end of Upstart's log:\n%s", log[max(0, len(log)-12000):])
	console := u.lab("console")
	t.Logf("the end of the console:\n%s", console[max(0, len(console)-2000):])
	logs, _ := filepath.Glob(filepath.Join(u.Root(), "var/log/upstart/umm*"))
	for _, name := range logs {
		data, _ := os.ReadFile(name)
		t.Logf("%s:\n%s", filepath.Base(name), data[max(0, len(data)-2000):])
	}
	u.h.tellRecord()
}

// lab reads one of the machine's files.
func (u *upstart) lab(name string) string {
	data, _ := os.ReadFile(filepath.Join(u.Lab(), name))
	return string(data)
}

// set makes one of the machine's files, or removes it with text "".
func (u *upstart) set(name, text string) {
	u.h.t.Helper()
	path := filepath.Join(u.Lab(), name)
	if text == "" {
		if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
			u.h.must(err)
		}
		return
	}
	u.h.must(os.WriteFile(path, []byte(text), 0o644))
}

// bootProgram puts something in the place of umm-boot.
func (u *upstart) bootProgram(text string, mode os.FileMode) {
	u.h.t.Helper()
	path := u.bootProgramPath()
	u.h.must(os.WriteFile(path, []byte(text), mode))
	u.h.must(os.Chmod(path, mode))
}

func (u *upstart) bootProgramPath() string { return filepath.Join(u.Root(), "../usr/lib/umm/umm-boot") }
