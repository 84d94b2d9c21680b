//go:build e2e

package e2e

import (
	"strings"
	"time"
)

// commandScenarios: umm on COMMAND.
var commandScenarios = []scenario{
	{name: "several words are an argument vector", once: true, both: func(h *host) {
		words := []string{"a  b", "it's", `"$HOME"`, "*", "--flag", "x;y|z", "ü"}
		h.on(append([]string{"--", "printf", `<%s>\n`}, words...)...)
		h.ended("succeeded", 0)
		h.equal("the words", h.ok("umm", "output"), "<"+strings.Join(words, ">\n<")+">")
		h.equal("the words in status", strings.Join(h.status().Command.Argv[2:], "|"), strings.Join(words, "|"))
	}},
	{name: "a single word is a line of the shell", once: true, both: func(h *host) {
		h.on(`echo one two | tr a-z A-Z; x='a  b'; echo "$x"; exit 3`)
		h.ended("failed", 3)
		h.equal("its output", h.ok("umm", "output"), "ONE TWO\na  b")
		h.contains("the terminal", h.sh("script -qec 'umm status' /dev/null </dev/null"), "failed", "exit status 3")
	}},
	{name: "runs once network and ssh are up", systemd: func(h *systemdHost) {
		h.on("systemctl is-active ssh networking systemd-user-sessions; ip -4 -o addr show dev host0; systemctl is-active nginx; echo to-stderr >&2; true")
		h.ended("succeeded", 0)
		h.contains("its output", h.ok("umm", "output"), "active\nactive\nactive\n", "192.0.2.11", "inactive", "to-stderr")
		h.contains("the journal", h.journal("-t", "umm-command"), "192.0.2.11", "to-stderr")
		h.outputIsPrivate()
	}, upstart: func(h *upstartHost) {
		h.on("cat /run/network/ifstate; initctl status ssh; initctl status cron; echo to-stderr >&2; echo home $HOME; true")
		h.ended("succeeded", 0)
		h.contains("its output", h.ok("umm", "output"), "eth0=eth0", "ssh start/running", "cron stop/waiting", "to-stderr", "home /root")
		h.outputIsPrivate()
	}},
	{name: "output follows a command that runs", once: true, both: func(h *host) {
		h.on("echo begun; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("the command runs", func() bool { return h.status().Command.State == "running" })
		h.until("its output can be seen", func() bool { return h.try("umm", "output").out == "begun\n" })
		followed := h.background("umm", "output", "-f")
		h.until("somebody follows", func() bool { return h.try("pgrep", "-f", "umm output -f").code == 0 })
		h.goOn()
		h.equal("what was followed", (<-followed).out, "begun\ndone\n")
		h.ended("succeeded", 0)
	}},
	{name: "a program that is not there", once: true, both: func(h *host) {
		old := h.id()
		for _, words := range [][]string{{"/no/such program", "x"}, {"no-such-program", "x"}, {"no-such-program x; true"}, {"/etc/hostname", "x"}} {
			h.fails(3, "nothing was changed", append([]string{"umm", "on", "--"}, words...)...)
		}
		h.equal("the boot", h.id(), old)
		// There when it is asked for, and gone by then.
		h.sh("install -m 755 /bin/true /run/gone")
		h.on("--", "/run/gone", "x")
		h.ended("failed", 127)
		h.contains("why", h.status().Command.Error, "/run/gone", "no such file")
		h.is(inMM)
	}},
	{name: "its environment asks no questions, and can be overridden", once: true, both: func(h *host) {
		const names = "DEBIAN_FRONTEND DPKG_FORCE UCF_FORCE_CONFFOLD APT_LISTCHANGES_FRONTEND APT_LISTBUGS_FRONTEND NEEDRESTART_MODE APT_CONFIG HOME PATH"
		h.on("--", "DPKG_FORCE=confnew", "A=b c", "sh", "-c", `for n in `+names+`; do eval echo $n=\$$n; done; echo "$A"; pwd; cat`)
		h.ended("succeeded", 0)
		h.equal("the environment", h.ok("umm", "output"), strings.Join([]string{"DEBIAN_FRONTEND=noninteractive", "DPKG_FORCE=confnew", "UCF_FORCE_CONFFOLD=1",
			"APT_LISTCHANGES_FRONTEND=none", "APT_LISTBUGS_FRONTEND=none", "NEEDRESTART_MODE=l", "APT_CONFIG=/lib/umm/apt.conf", "HOME=/root",
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "b c", "/"}, "\n"))
	}},
	{name: "packages start nothing, and what else the command starts is stopped", systemd: func(h *systemdHost) {
		h.live("dpkg-reconfigure cron && policy-rc.d ssh restart && systemctl start nginx && systemctl is-active nginx ssh; systemctl is-active cron")
		h.ended("failed", 3)
		h.commandIdle()
		h.contains("its output", h.ok("umm", "output"), "not starting cron in maintenance mode", "active\nactive\ninactive\n", "not essential: nginx.service")
		h.stopped("cron.service", "nginx.service")
		h.runs("ssh.service")
		h.contains("history", h.ok("umm", "history"), "not essential: nginx.service")
		// By hand it may be started, and goes on.
		h.ok("systemctl", "start", "nginx")
		h.off()
		h.all()
		h.equal("who answers package scripts", h.sh("ls /usr/sbin/policy-rc.d 2>/dev/null || echo nobody"), "nobody")
	}, upstart: func(h *upstartHost) {
		h.write("/usr/sbin/invoke-rc.d", "#!/bin/sh\n", 0o755)
		h.live("true; policy-rc.d cron start; echo $?; policy-rc.d ssh restart; echo $?; policy-rc.d cron stop; echo $?; initctl start nova-api; initctl status nova-api")
		h.ended("succeeded", 0)
		h.commandIdle()
		h.contains("its output", h.ok("umm", "output"), "not starting cron in maintenance mode", "\n101\n0\n0\n", "nova-api start/running", "not essential: nova-api")
		h.stopped("cron", "nova-api")
		h.contains("history", h.ok("umm", "history"), "not essential: nova-api")
		h.off()
		h.all()
		h.equal("who answers package scripts", h.sh("ls /usr/sbin/policy-rc.d 2>/dev/null || echo nobody"), "nobody")
	}},
	{name: "a power cut while it runs interrupts it, and it never runs again", both: func(h *host) {
		h.on("echo run >>/root/runs; sync; echo begun; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.try("umm", "output").out == "begun\n" })
		h.cuts()
		h.is(inMM)
		h.ended("interrupted", 0)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.equal("its output", h.ok("umm", "output"), "begun")
		h.cuts()
		h.is(inMM)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.off()
		h.equal("runs", h.read("/root/runs"), "run\n")
	}},
	{name: "a requested reboot while it runs interrupts it", once: true, both: func(h *host) {
		h.on("echo run >>/root/runs; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		h.restarts()
		h.is(h.operational)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.contains("history", h.ok("umm", "history"), "interrupted")
	}},
	{name: "umm off while it runs leaves it running, if that is accepted", both: func(h *host) {
		h.on("echo $$; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done; exit 7")
		h.until("the command runs", func() bool { return h.status().Command.State == "running" })
		h.until("its output can be seen", func() bool { return h.try("umm", "output").out != "" })
		pid := h.ok("umm", "output")
		for _, words := range [][]string{{"off"}, {"off", "reboot"}} {
			h.fails(3, "command-running", append([]string{"umm"}, words...)...)
		}
		h.is(inMM)
		h.off("--accept-risk=command-running")
		h.fails(1, "the command of umm on is still running", "dpkg", "-r", "umm")
		h.ok("kill", "-0", pid)
		// The next stay has a command and a time of its own.
		h.live("--for=1h", "echo second")
		h.ended("succeeded", 0)
		h.equal("its output", h.ok("umm", "output"), "second")
		if !h.armed() {
			h.t.Error("the second stay would not end by itself")
		}
		h.ok("kill", "-0", pid)
		h.goOn()
		h.until("the command ends", func() bool { return h.try("kill", "-0", pid).code != 0 })
		h.until("its end is known", func() bool {
			return strings.Contains(h.ok("umm", "history"), "of an earlier session: failed with exit status 7")
		})
		h.ended("succeeded", 0)
		h.commandIdle()
		h.off()
	}},
	{name: "its end is recorded also where umm-boot is killed", both: func(h *host) {
		h.on("--timeout=1h", "--then=off", "echo run >>/root/runs; while ! [ -e /run/go-on ]; do sleep 0.05; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		starter := "umm-boot command"
		old := h.ok("pgrep", "-f", starter)
		h.ok("kill", "-9", old)
		h.until("it is waited for", func() bool { r := h.try("pgrep", "-f", starter); return r.code == 0 && strings.TrimSpace(r.out) != old })
		h.equal("the command", h.status().Command.State, "running")
		h.fails(3, "command-running", "umm", "off")
		h.goOn()
		h.until("its end is known", func() bool { return h.status().Command.State == "interrupted" })
		h.contains("why", h.status().Command.Error, "unknown")
		h.commandIdle()
		h.is(inMM)
		h.equal("runs", h.read("/root/runs"), "run\n")
	}},
	{name: "then off, when it succeeded", both: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--then=off", "true")
		h.boots(old)
		in := h.id()
		h.becomes(h.operational)
		h.settle()
		h.equal("the boot", h.id(), in)
		h.all()
		h.contains("history", h.ok("umm", "history"), "succeeded", "left by umm on --then=off")
	}},
	{name: "then reboot, when it succeeded", once: true, both: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--then=reboot", "--", "sh", "-c", "while ! [ -e /run/go-on ]; do sleep 0.05; done")
		h.boots(old)
		h.is(inMM)
		old = h.id()
		h.goOn()
		h.boots(old)
		h.is(h.operational)
		h.counts(0)
	}},
	{name: "then nothing, when it failed", once: true, both: func(h *host) {
		for _, then := range []string{"off", "reboot"} {
			h.on("--then="+then, "exit 5")
			h.ended("failed", 5)
			old := h.id()
			h.commandIdle()
			h.is(inMM)
			h.equal("the boot", h.id(), old)
			h.off()
		}
	}},
	{name: "a time limit ends it", once: true, both: func(h *host) {
		h.on("--timeout=1s", "--then=off", "sleep 1000 & echo $!; trap '' TERM; sleep 1001")
		h.until("its end", func() bool { return h.status().Command.State == "timed-out" })
		h.commandIdle()
		h.is(inMM)
		h.fails(1, "", "pgrep", "-f", "^sleep 100[01]$")
	}},
	{name: "the time limit of the configuration", once: true, both: func(h *host) {
		h.configure("UMM=yes", "COMMAND_TIMEOUT=7")
		for limit, args := range map[time.Duration][]string{7 * time.Minute: {"true"}, 3 * time.Second: {"--timeout=3s", "true"}, 0: {"--timeout=0", "true"}} {
			h.on(args...)
			h.ended("succeeded", 0)
			if got := h.record().Session.Command.Limit; got != limit {
				h.t.Errorf("%v: the limit is %v, want %v", args, got, limit)
			}
			h.off()
		}
	}},
	{name: "what it leaves running lives on and can write", once: true, both: func(h *host) {
		h.on("(while ! [ -e /run/go-on ]; do sleep 0.05; done; echo later) & echo $!")
		h.ended("succeeded", 0)
		h.commandIdle()
		pid := h.ok("umm", "output")
		h.ok("kill", "-0", pid)
		h.off()
		h.ok("kill", "-0", pid)
		h.goOn()
		h.until("it writes", func() bool { return strings.HasSuffix(h.ok("umm", "output"), "\nlater") })
	}},
	{name: "wrong usage", once: true, both: func(h *host) {
		old := h.id()
		for _, args := range [][]string{{"--then=off"}, {"--then=halt", "true"}, {"--timeout=1s"}, {"--timeout=-1s", "true"},
			{"--for=-1s"}, {"--for=soon"}, {""}, {"--accept-risk=everything"}, {"--no-such-flag"}} {
			h.fails(2, "hint", append([]string{"umm", "on"}, args...)...)
		}
		h.fails(2, "bytes", "/bin/sh", "-c", `umm on "$(head -c 20000 /dev/zero | tr '\0' x)"`)
		h.fails(1, "no command", "umm", "output")
		h.equal("the boot", h.id(), old)
		h.is(h.operational)
	}},
	{name: "a stay for a time ends by itself", both: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--for=3s")
		h.boots(old)
		in := h.id()
		h.becomes(h.operational)
		h.settle()
		h.equal("the boot", h.id(), in)
		h.all()
		h.contains("history", h.ok("umm", "history"), "left by umm on --for")

		h.live("--for=2s")
		h.becomes(h.operational)
		h.settle()
		h.equal("the boot", h.id(), in)
		h.all()
	}},
	{name: "a stay for a time ends in time after power cuts too", once: true, both: func(h *host) {
		h.on("--for=1h")
		until := h.status().Until
		if until == nil || time.Until(*until) < 50*time.Minute || time.Until(*until) > time.Hour {
			h.t.Errorf("the end is told as %v", until)
		}
		h.cuts()
		h.is(inMM)
		if again := h.status().Until; again == nil || !again.Equal(*until) {
			h.t.Errorf("the end is told as %v, and was %v before the cut", again, until)
		}
		if !h.armed() {
			h.t.Error("the stay would not end by itself")
		}
		h.off()
		if h.armed() {
			h.t.Error("the time runs on after umm off")
		}
	}},
}

// outputIsPrivate wants the last command, and what it printed, to be known to root alone.
func (h *host) outputIsPrivate() {
	h.t.Helper()
	h.equal("who may read the output", h.sh("stat -c '%a %U' /var/lib/umm/output /var/lib/umm/output/*"), "700 root\n600 root")
	h.fails(4, "root", nobody("umm", "output")...)
	h.contains("history", h.ok("umm", "history"), "command", "succeeded")
	if strings.Contains(h.ok(nobody("umm", "status", "-o", "json")...), "argv") {
		h.t.Error("everybody can read the words of the command")
	}
}
