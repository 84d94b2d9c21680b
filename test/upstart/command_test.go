//go:build e2e

package upstart

import (
	"strings"
	"time"

	"umm/test/upstart/machine"
)

var commandRows = []row{
	{section: "command", systemd: "several words are an argument vector", upstart: func(h *host) {
		words := []string{"a  b", "it's", `"$HOME"`, "*", "--flag", "x;y|z", "ü"}
		h.on(append([]string{"--", "printf", `<%s>\n`}, words...)...)
		h.ended("succeeded", 0)
		h.equal("the words", h.ok("umm", "output"), "<"+strings.Join(words, ">\n<")+">")
	}},
	{section: "command", systemd: "a single word is a line of the shell", upstart: func(h *host) {
		h.ok("umm", "on", "--live", `echo one two | tr a-z A-Z; x='a  b'; echo "$x"; exit 3`)
		h.ended("failed", 3)
		h.equal("its output", h.ok("umm", "output"), "ONE TWO\na  b")
	}},
	{section: "command", systemd: "runs once network and ssh are up", upstart: func(h *host) {
		h.on("cat /run/network/ifstate; initctl status ssh; initctl status cron; echo to-stderr >&2; echo home $HOME; true")
		h.ended("succeeded", 0)
		h.contains("its output", h.ok("umm", "output"), "eth0=eth0", "ssh start/running", "cron stop/waiting", "to-stderr", "home /root")
		h.equal("who may read the output", h.sh("stat -c '%a %U' /var/lib/umm/output /var/lib/umm/output/*"), "700 root\n600 root")
		h.contains("history", h.ok("umm", "history"), "command", "succeeded")
	}},
	{section: "command", systemd: "output follows a command that runs", upstart: func(h *host) {
		h.ok("umm", "on", "--live", "echo begun; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("its output can be seen", func() bool { return h.try("umm", "output").Out == "begun\n" })
		followed := h.inBackground("umm", "output", "-f")
		h.until("somebody follows", func() bool { return h.try("pgrep", "-f", "umm output -f").Code == 0 })
		h.ok("touch", "/run/go-on")
		h.equal("what was followed", (<-followed).Out, "begun\ndone\n")
		h.ended("succeeded", 0)
	}},
	{section: "command", systemd: "a program that is not there", upstart: func(h *host) {
		h.ok("umm", "on", "--live", "--", "/no/such program", "x")
		h.ended("failed", 0)
		h.contains("why", h.status().Command.Error, "/no/such program", "no such file")
		h.is(inMM)
	}},
	{section: "command", systemd: "a power cut while it runs interrupts it, and it never runs again", upstart: func(h *host) {
		h.on("echo run >>/root/runs; sync; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		h.cuts()
		h.is(inMM)
		h.ended("interrupted", 0)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.cuts()
		h.is(inMM)
		h.off()
		h.equal("runs", h.read("/root/runs"), "run\n")
	}},
	{section: "command", systemd: "a requested reboot while it runs interrupts it", upstart: func(h *host) {
		h.on("echo run >>/root/runs; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		h.reboots()
		h.is(operational)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.contains("history", h.ok("umm", "history"), "interrupted")
	}},
	{section: "command", systemd: "umm off while it runs leaves it running", upstart: func(h *host) {
		h.on("echo $$; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("its output can be seen", func() bool { return h.try("umm", "output").Out != "" })
		pid := h.ok("umm", "output")
		h.ok("umm", "off")
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.ok("kill", "-0", pid)
		h.ok("touch", "/run/go-on")
		h.until("its end is known", func() bool { return strings.Contains(h.ok("umm", "history"), "succeeded") })
		h.contains("its output", h.ok("umm", "output"), "done")
	}},
	{section: "command", systemd: "then off, when it succeeded", upstart: func(h *host) {
		old := h.BootID()
		h.dies("umm", "on", "--then=off", "true")
		h.up(old)
		in := h.BootID()
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.equal("the boot", h.BootID(), in)
		h.all()
		h.contains("history", h.ok("umm", "history"), "succeeded", "left by umm on --then=off")
	}},
	{section: "command", systemd: "then reboot, when it succeeded", upstart: func(h *host) {
		old := h.BootID()
		h.dies("umm", "on", "--then=reboot", "--", "sh", "-c", "while ! [ -e /run/go-on ]; do sleep 0.05; done")
		h.until("maintenance mode", func() bool { return h.BootID() != old && h.try("umm", "status").Out == inMM+"\n" })
		old = h.BootID()
		h.ok("touch", "/run/go-on")
		h.up(old)
		h.is(operational)
		h.counts(0)
	}},
	{section: "command", systemd: "then nothing, when it failed", upstart: func(h *host) {
		h.ok("umm", "on", "--live", "--then=off", "exit 5")
		h.ended("failed", 5)
		h.is(inMM)
		h.off()
		h.ok("umm", "on", "--live", "--then=reboot", "exit 5")
		old := h.BootID()
		h.ended("failed", 5)
		h.is(inMM)
		h.equal("the boot", h.BootID(), old)
	}},
	{section: "command", systemd: "a time limit ends it", upstart: func(h *host) {
		h.ok("umm", "on", "--live", "--timeout=1s", "--then=off", "sleep 1000 & echo $!; sleep 1001")
		h.until("its end", func() bool { return h.status().Command.State == "timed-out" })
		h.settle()
		h.is(inMM)
		h.fails(1, "", "pgrep", "-f", "^sleep 100[01]$")
	}},
	{section: "command", systemd: "the time limit of the configuration", why: "the same code, and nothing of the init system in it"},
	{section: "command", systemd: "what it leaves running lives on and can write", upstart: func(h *host) {
		h.on("(while ! [ -e /run/go-on ]; do sleep 0.05; done; echo later) & echo $!")
		h.ended("succeeded", 0)
		pid := h.ok("umm", "output")
		h.ok("kill", "-0", pid)
		h.off()
		h.ok("kill", "-0", pid)
		h.ok("touch", "/run/go-on")
		h.until("it writes", func() bool { return strings.HasSuffix(h.ok("umm", "output"), "\nlater") })
	}},
	{section: "command", systemd: "wrong usage", why: "the same code, and nothing of the init system in it"},
	{section: "command", systemd: "a stay for a time ends by itself", upstart: func(h *host) {
		old := h.BootID()
		h.dies("umm", "on", "--for=2s")
		h.up(old)
		in := h.BootID()
		h.until("operational mode", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.equal("the boot", h.BootID(), in)
		h.all()
		h.contains("history", h.ok("umm", "history"), "left by umm on --for")

		h.ok("umm", "on", "--live", "--for=1s")
		h.until("operational mode again", func() bool { return h.try("umm", "status").Out == operational+"\n" })
		h.settle()
		h.all()
	}},
	{section: "command", systemd: "a stay for a time ends in time after power cuts too", upstart: func(h *host) {
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
		h.contains("the timer", h.job("umm-expire"), "start/running")
		h.off()
		h.contains("the timer", h.job("umm-expire"), "stop/waiting")
	}},
}

// inBackground runs argv over ssh; what it comes to can be had later.
func (h *host) inBackground(argv ...string) <-chan machine.Outcome {
	done := make(chan machine.Outcome, 1)
	go func() {
		o, err := h.SSH(h.ctx, machine.Login{Argv: argv})
		if err != nil {
			o.Code = 255
		}
		done <- o
	}()
	return done
}
