//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/lab"
)

// systemdHost is a practice host of umm-lab.
type systemdHost struct {
	*host
	*systemd
}

// systemd is what is its own of it.
type systemd struct {
	*lab.Host
	lab *lab.Lab
	h   *host
}

var _ system = (*systemd)(nil)

// newSystemdHost boots a host of its own for the test.
func newSystemdHost(t *testing.T, suite string, spec lab.HostSpec) *systemdHost {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scenarioLimit)
	t.Cleanup(cancel)
	name := labName()
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	spec.Name = "n1"
	l, err := lab.Up(ctx, lab.Spec{Name: name, Hosts: []lab.HostSpec{spec}, Image: lab.Image{Suite: suite}})
	if err != nil {
		t.Fatal(err)
	}
	s := &systemd{Host: l.Host("n1"), lab: l}
	s.h = &host{system: s, t: t, ctx: ctx, words: words{
		operational: "runlevel N 5",
		reboots:     []string{"reboot", "shutdown -r now", "kill -s INT 1", "systemctl isolate reboot.target", "telinit 6"},
		forced:      "systemctl reboot --force --force",
		aside:       "systemd.unit=runlevel3.target",
		lastWord:    "/usr/local/bin/wall",
		stays:       []string{"ssh", "dbus", "systemd-logind", "systemd-journald"},
		logs:        1,
		dpkg:        "dpkg -i",
	}}
	t.Cleanup(func() {
		if t.Failed() {
			s.tell()
		}
	})
	if s.On() {
		s.settle()
	}
	return &systemdHost{s.h, s}
}

func (s *systemd) root() string { return s.Root() }

func (s *systemd) id() string {
	id, err := s.BootID()
	if err != nil {
		return ""
	}
	return id
}

func (s *systemd) try(argv ...string) result {
	s.h.t.Helper()
	ctx, cancel := context.WithTimeout(s.h.ctx, patience)
	defer cancel()
	return s.result(s.Run(ctx, argv...))
}

func (s *systemd) background(argv ...string) <-chan result {
	done := make(chan result, 1)
	go func() {
		res, err := s.Run(s.h.ctx, argv...)
		if err != nil {
			res.Stderr = []byte(err.Error())
			res.Code = -1
		}
		done <- resultOf(res)
	}()
	return done
}

func (s *systemd) inside(argv ...string) result {
	s.h.t.Helper()
	ctx, cancel := context.WithTimeout(s.h.ctx, patience)
	defer cancel()
	return s.result(s.Enter(ctx, argv...))
}

// outside runs a shell line on this machine, inside the lab's network.
func (s *systemd) outside(line string) result {
	s.h.t.Helper()
	argv := s.lab.InNet("/bin/sh", "-c", line)
	return s.result(execx.Local{}.Run(s.h.ctx, execx.Cmd{Argv: argv, Limit: patience}))
}

func (s *systemd) result(res execx.Result, err error) result {
	s.h.t.Helper()
	s.h.must(err)
	return resultOf(res)
}

func resultOf(res execx.Result) result {
	return result{string(res.Stdout), string(res.Stderr), res.Code}
}

// login is by ssh; one by su or sudo, which root tries, is none.
func (s *systemd) login(user string) string {
	s.h.t.Helper()
	line := "echo the-shell; exit"
	if user == "root" {
		line = "echo the-shell; su - op -c true; su - op -s /bin/bash </dev/null; exit"
	}
	r := s.outside("echo '" + line + "' | ssh -tt -F " + s.lab.SSHConfig() + " " + user + "@n1 2>&1")
	s.h.contains("the login of "+user, r.out, "the-shell")
	return r.out
}

func (s *systemd) install(deb string) {
	s.h.t.Helper()
	data, err := os.ReadFile(deb)
	s.h.must(err)
	s.h.write("/root/umm.deb", string(data), 0o644)
	s.h.sh("dpkg -i /root/umm.deb </dev/null && rm /root/umm.deb")
}

func (s *systemd) cut()       { s.h.t.Helper(); s.h.must(s.Cut(s.h.ctx)) }
func (s *systemd) power()     { s.h.t.Helper(); s.h.must(s.Power(s.h.ctx)) }
func (s *systemd) powersOff() { s.h.t.Helper(); s.h.must(s.PowerOff(s.h.ctx)) }

func (s *systemd) restarts() {
	s.h.t.Helper()
	_, err := s.Reboot(s.h.ctx)
	s.h.must(err)
	s.settle()
}

func (s *systemd) boots(old string) {
	s.h.t.Helper()
	_, err := s.WaitBoot(s.h.ctx, old)
	s.h.must(err)
	s.settle()
}

func (s *systemd) settle() {
	s.h.t.Helper()
	s.h.until("the host has started everything", func() bool {
		state := strings.TrimSpace(s.inside("timeout", "10", "systemctl", "is-system-running").out)
		return state != "" && state != "initializing" && state != "starting" && state != "offline" && state != "unknown" &&
			s.idle()
	})
}

// idle tells whether the init system has nothing to do.
func (s *systemd) idle() bool {
	s.h.t.Helper()
	r := s.inside("timeout", "10", "systemctl", "list-jobs", "--no-legend")
	return r.code == 0 && strings.TrimSpace(r.out) == ""
}

// bootsSoFar is told by the console.
func (s *systemd) bootsSoFar() int {
	s.h.t.Helper()
	data, err := os.ReadFile(s.Console())
	s.h.must(err)
	return strings.Count(string(data), ": power on")
}

func (s *systemd) args(args ...string) { s.h.t.Helper(); s.h.must(s.SetKernelArgs(args...)) }

func (s *systemd) nextArgs(args ...string) { s.h.t.Helper(); s.h.must(s.SetNextKernelArgs(args...)) }

const forEver = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"

func (s *systemd) service(name string) {
	s.h.t.Helper()
	s.serviceOf(name, forEver)
	s.h.ok("systemctl", "enable", "-q", name)
}

// serviceOf puts a service with that text on the host.
func (s *systemd) serviceOf(name, text string) {
	s.h.t.Helper()
	s.h.write("/etc/systemd/system/"+name+".service", text, 0o644)
	s.h.ok("systemctl", "daemon-reload")
}

func (s *systemd) failing() {
	s.h.t.Helper()
	s.serviceOf("broken", "[Service]\nType=oneshot\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n")
	s.h.ok("systemctl", "enable", "-q", "broken")
}

func (s *systemd) start(service string) { s.h.t.Helper(); s.h.ok("systemctl", "start", service) }

func (s *systemd) running(service string) bool {
	s.h.t.Helper()
	return s.unitInside(service) == "active"
}

// unitInside is the state of a unit.
func (s *systemd) unitInside(unit string) string {
	s.h.t.Helper()
	return strings.TrimSpace(s.inside("systemctl", "is-active", unit).out)
}

func (s *systemd) pids(names ...string) string {
	s.h.t.Helper()
	var b strings.Builder
	for _, name := range names {
		pid := strings.TrimPrefix(s.h.ok("systemctl", "show", "-p", "MainPID", name), "MainPID=")
		if pid == "0" {
			s.h.t.Fatalf("%s does not run", name)
		}
		fmt.Fprintf(&b, "%s=%s ", name, pid)
	}
	return b.String()
}

func (s *systemd) up() []string {
	s.h.t.Helper()
	out := s.h.sh("systemctl list-units --no-legend --plain --full --state=active --type=service,socket,timer,path,target | cut -d' ' -f1")
	return slices.DeleteFunc(strings.Split(out, "\n"), func(u string) bool {
		return strings.HasPrefix(u, "user@") || strings.HasPrefix(u, "user-runtime-dir@")
	})
}

// processes come with the moment of each.
func (s *systemd) processes() []string {
	s.h.t.Helper()
	out := s.h.sh(`systemctl show --property=Id,MainPID,ActiveEnterTimestampMonotonic -- $(systemctl list-units --no-legend --plain --state=active --type=service,socket,timer,path |
cut -d' ' -f1 | grep -v -e ^umm- -e ^user -e ^session)`)
	var all []string
	for _, block := range strings.Split(out, "\n\n") {
		all = append(all, strings.ReplaceAll(block, "\n", " "))
	}
	slices.Sort(all)
	return all
}

func (s *systemd) all() {
	s.h.t.Helper()
	s.h.runs("nginx", "cron", "ssh")
}

func (s *systemd) onlyKept() { s.h.t.Helper(); s.keptAndPorts() }

// keptAndPorts wants what umm units says: all of that, and nothing else but early boot and
// logins; and that nobody listens but on those ports and ssh's.
func (s *systemd) keptAndPorts(ports ...int) {
	h := s.h
	h.t.Helper()
	s.settle()
	running := strings.Fields(h.sh("systemctl list-units --no-legend --plain --full --state=active,activating,reloading --type=service,socket,timer,path | cut -d' ' -f1"))
	early := strings.Fields(h.sh("systemctl list-dependencies --plain --all sysinit.target"))
	var kept []string
	for _, u := range h.units().Essential {
		kept = append(kept, u.Name)
	}
	for _, unit := range running {
		login := strings.HasPrefix(unit, "user@") || strings.HasPrefix(unit, "user-runtime-dir@") || strings.Contains(unit, "getty")
		needed := unit == "ifupdown-pre.service" || unit == "umm-record.service" || unit == "umm-expire.timer"
		if !login && !needed && !slices.Contains(kept, unit) && !slices.Contains(early, unit) {
			h.t.Errorf("%s runs in maintenance mode", unit)
		}
	}
	for _, unit := range kept {
		if slices.Contains(running, unit) || !slices.Contains([]string{".service", ".socket", ".timer", ".path"}, filepath.Ext(unit)) {
			continue
		}
		// What the host has no use for is not there in operational mode either.
		if r := h.ok("systemctl", "show", "-p", "ConditionResult", unit); r != "ConditionResult=no" {
			h.t.Errorf("%s is kept and does not run: %s", unit, r)
		}
	}
	open := []string{":22"}
	for _, port := range ports {
		open = append(open, fmt.Sprintf(":%d", port))
	}
	for _, address := range strings.Fields(h.sh("ss -Htuln | while read -r kind state received sent address rest; do echo $address; done")) {
		if !slices.Contains(open, address[strings.LastIndexByte(address, ':'):]) {
			h.t.Errorf("somebody listens on %s in maintenance mode", address)
		}
	}
}

func (h *host) units() (u api.Units) {
	h.t.Helper()
	h.json(&u, "umm", "units", "-o", "json")
	return u
}

func (s *systemd) reload() { s.h.t.Helper(); s.h.ok("systemctl", "daemon-reload") }

func (s *systemd) commandIdle() {
	s.h.t.Helper()
	s.h.until("the command's unit has ended", func() bool {
		r := s.try("systemctl", "list-units", "--no-legend", "--plain", "--state=active,activating,deactivating", "umm-command@*")
		return r.code == 0 && r.out == ""
	})
}

func (s *systemd) armed() bool {
	s.h.t.Helper()
	if !s.running("umm-expire.timer") {
		return false
	}
	var left int
	if _, err := fmt.Sscanf(s.h.sh("systemctl show -p TimersMonotonic umm-expire.timer"), "TimersMonotonic={ OnActiveUSec=%dmin", &left); err != nil || left < 50 || left > 60 {
		s.h.t.Errorf("the timer is set to %d min, %v", left, err)
	}
	return true
}

func (s *systemd) counting() bool { s.h.t.Helper(); return s.running("umm-healthy.timer") }

func (s *systemd) slowToStop() {
	s.h.t.Helper()
	s.h.write("/usr/local/bin/stop-slowly", "#!/bin/sh\nwhile ! [ -e /run/go-on ]; do sleep 0.05; done\n", 0o755)
	s.serviceOf("slow", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/usr/local/bin/stop-slowly\n")
	s.start("slow")
}

func (s *systemd) goOn() {
	s.h.t.Helper()
	s.inside("touch", "/run/go-on")
}

func (s *systemd) noReboots(yes bool) {
	s.h.t.Helper()
	line := "rm /run/systemd/system/reboot.target"
	if yes {
		line = "mkdir -p /run/systemd/system && ln -s /dev/null /run/systemd/system/reboot.target"
	}
	s.h.sh(line + " && systemctl daemon-reload")
}

func (s *systemd) noSSH() { s.h.t.Helper(); s.h.ok("systemctl", "disable", "ssh") }

// fstab also makes the folders to mount on.
func (s *systemd) fstab(line string) {
	s.h.t.Helper()
	s.h.write("/etc/fstab", line+"\n", 0o644)
	s.h.write("/data/.keep", "", 0o644)
	s.h.write("/srv/data/.keep", "", 0o644)
}

func (s *systemd) caught(mount string) {
	s.h.t.Helper()
	s.h.is(inMM)
	s.h.why("emergency", mount)
	s.h.runs("ssh")
	s.h.stopped("nginx")
	s.h.equal("the emergency shell", s.unitInside("emergency.service"), "inactive")
}

func (s *systemd) emergencyShell() {
	s.h.t.Helper()
	s.fstab(badLine)
	s.cut()
	s.power()
	s.h.until("the emergency shell", func() bool { return s.id() != "" && s.running("emergency.service") })
	s.h.until("there are no jobs left", s.idle)
	s.h.runs("emergency.service")
	s.h.equal("ssh", s.unitInside("ssh.service"), "inactive")
}

func (s *systemd) said() string { s.h.t.Helper(); return s.journal("-b", "-p", "warning") }

// journal is what umm said on the host, in all its boots.
func (s *systemd) journal(args ...string) string {
	s.h.t.Helper()
	s.inside("journalctl", "--sync")
	text, err := s.Journal(s.h.ctx, append([]string{"-o", "cat"}, args...)...)
	s.h.must(err)
	return text
}

func (s *systemd) tell() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{"-n", "100", "-o", "short-precise", "-t", "umm", "-t", "umm-command", "-t", "umm-generator"},
		{"-n", "150", "-o", "short-precise"},
	} {
		text, err := s.Journal(ctx, args...)
		s.h.t.Logf("journal of %s: %v\n%s", s.Name(), err, text)
	}
	console, _ := os.ReadFile(s.Console())
	s.h.t.Logf("console of %s, its end:\n%s", s.Name(), console[max(0, len(console)-3000):])
	s.h.tellRecord()
}

// user makes an ordinary user who may log in.
func (s *systemd) user(name string) {
	s.h.t.Helper()
	home := "/home/" + name
	s.h.sh("useradd -m -s /bin/bash " + name + " && mkdir -m 700 " + home + "/.ssh && cp ~/.ssh/authorized_keys " + home + "/.ssh/ && chown -R " + name + " " + home + "/.ssh")
}

// exists tells whether there is such a file, or link to nowhere, on the host's
// disk.
func (s *systemd) exists(path string) bool {
	_, err := os.Lstat(filepath.Join(s.Root(), path))
	return err == nil
}

// nothingFailed wants that no unit did.
func (s *systemd) nothingFailed() {
	s.h.t.Helper()
	s.h.equal("failed units", s.h.sh("systemctl --failed --no-legend --plain"), "")
}
