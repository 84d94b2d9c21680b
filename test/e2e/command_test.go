//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"time"

	"umm/internal/wire"
)

// commandScenarios: umm on COMMAND.
var commandScenarios = []scenario{
	{name: "several words are an argument vector", once: true, run: func(h *host) {
		words := []string{"a  b", "it's", `"$HOME"`, "*", "--flag", "x;y|z", "ü"}
		h.on(append([]string{"--", "printf", `<%s>\n`}, words...)...)
		h.ended("succeeded", 0)
		h.equal("the words", h.ok("umm", "output"), "<"+strings.Join(words, ">\n<")+">")
		h.equal("the words in status", strings.Join(h.status().Command.Argv[2:], "|"), strings.Join(words, "|"))
	}},
	{name: "a single word is a line of the shell", once: true, run: func(h *host) {
		h.on(`echo one two | tr a-z A-Z; x='a  b'; echo "$x"; exit 3`)
		h.ended("failed", 3)
		h.equal("its output", h.ok("umm", "output"), "ONE TWO\na  b")
		h.contains("the terminal", h.sh("script -qec 'umm status' /dev/null </dev/null"), "failed", "exit status 3")
	}},
	{name: "runs once network and ssh are up", run: func(h *host) {
		h.on("systemctl is-active ssh networking systemd-user-sessions; ip -4 -o addr show dev host0; systemctl is-active nginx; echo to-stderr >&2; true")
		h.ended("succeeded", 0)
		out := h.ok("umm", "output")
		h.contains("its output", out, "active\nactive\nactive\n", "192.0.2.11", "inactive", "to-stderr")
		h.contains("the journal", h.journal("-t", "umm-command"), "192.0.2.11", "to-stderr")
		files := h.sh("stat -c '%a %U' /var/lib/umm/output /var/lib/umm/output/*")
		h.equal("who may read the output", files, "700 root\n600 root")
		h.fails(4, "root", "runuser", "-u", "nobody", "--", "umm", "output")
		h.contains("history", h.ok("umm", "history"), "command", "succeeded")
		h.equal("the words of the command, to others", h.sh("runuser -u nobody -- umm status -o json | grep -c argv || true"), "0")
	}},
	{name: "output follows a command that runs", once: true, run: func(h *host) {
		h.on("echo begun; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("the command runs", func() bool { return h.status().Command.State == "running" })
		h.until("its output can be seen", func() bool { return h.try("umm", "output").out == "begun\n" })
		followed := make(chan string, 1)
		go func() {
			res, _ := h.Run(h.ctx, "umm", "output", "-f")
			followed <- string(res.Stdout)
		}()
		h.until("somebody follows", func() bool { return h.try("pgrep", "-f", "umm output -f").code == 0 })
		h.goOn()
		h.equal("what was followed", <-followed, "begun\ndone\n")
		h.ended("succeeded", 0)
	}},
	{name: "a program that is not there", once: true, run: func(h *host) {
		h.on("--", "/no/such program", "x")
		h.ended("failed", 0)
		h.contains("why", h.status().Command.Error, "/no/such program", "no such file")
		h.is(inMM)
	}},
	{name: "a power cut while it runs interrupts it, and it never runs again", run: func(h *host) {
		h.on("echo run >>/root/runs; sync; echo begun; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
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
	{name: "a requested reboot while it runs interrupts it", once: true, run: func(h *host) {
		h.on("echo run >>/root/runs; while :; do sleep 0.1; done")
		h.until("the command runs", func() bool { return h.read("/root/runs") != "" })
		h.reboots()
		h.is(operational)
		h.equal("runs", h.read("/root/runs"), "run\n")
		h.contains("history", h.ok("umm", "history"), "interrupted")
	}},
	{name: "umm off while it runs leaves it running", once: true, run: func(h *host) {
		h.on("echo $$; while ! [ -e /run/go-on ]; do sleep 0.05; done; echo done")
		h.until("the command runs", func() bool { return h.status().Command.State == "running" })
		h.until("its output can be seen", func() bool { return h.try("umm", "output").out != "" })
		pid := h.ok("umm", "output")
		h.off()
		h.ok("kill", "-0", pid)
		h.goOn()
		h.until("the command ends", func() bool { return h.try("kill", "-0", pid).code != 0 })
		h.contains("its output", h.ok("umm", "output"), "done")
		h.until("its end is known", func() bool { return strings.Contains(h.ok("umm", "history"), "succeeded") })
	}},
	{name: "then off, when it succeeded", run: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--then=off", "true")
		h.boots(old)
		in := h.id()
		h.until("operational mode", func() bool { return h.try("umm", "status").out == operational+"\n" })
		h.settle()
		h.equal("the boot", h.id(), in)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.contains("history", h.ok("umm", "history"), "succeeded", "left by umm on --then=off")
	}},
	{name: "then reboot, when it succeeded", once: true, run: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--then=reboot", "--", "sh", "-c", "while ! [ -e /run/go-on ]; do sleep 0.05; done")
		h.boots(old)
		h.is(inMM)
		old = h.id()
		h.goOn()
		h.boots(old)
		h.is(operational)
		h.counts(0)
	}},
	{name: "then nothing, when it failed", once: true, run: func(h *host) {
		for _, then := range []string{"off", "reboot"} {
			h.on("--then="+then, "exit 5")
			h.ended("failed", 5)
			old := h.id()
			h.untilIdle("umm-command.service")
			h.is(inMM)
			h.equal("the boot", h.id(), old)
			h.off()
		}
	}},
	{name: "a time limit ends it", once: true, run: func(h *host) {
		h.on("--timeout=1s", "--then=off", "sleep 1000 & echo $!; trap '' TERM; sleep 1001")
		h.until("its end", func() bool { return h.status().Command.State == "timed-out" })
		h.untilIdle("umm-command.service")
		h.is(inMM)
		h.fails(1, "", "pgrep", "-x", "sleep")
	}},
	{name: "the time limit of the configuration", once: true, run: func(h *host) {
		h.configure("UMM=yes", "COMMAND_TIMEOUT=7")
		for limit, args := range map[time.Duration][]string{7 * time.Minute: {"true"}, 3 * time.Second: {"--timeout=3s", "true"}, 0: {"--timeout=0", "true"}} {
			h.on(args...)
			h.ended("succeeded", 0)
			rec, err := h.load()
			h.must(err)
			if rec.Session.Command.Limit != limit {
				h.t.Errorf("%v: the limit is %v, want %v", args, rec.Session.Command.Limit, limit)
			}
			h.off()
		}
	}},
	{name: "what it leaves running lives on and can write", once: true, run: func(h *host) {
		h.on("(while ! [ -e /run/go-on ]; do sleep 0.05; done; echo later) & echo $!")
		h.ended("succeeded", 0)
		h.untilIdle("umm-command.service")
		pid := h.ok("umm", "output")
		h.ok("kill", "-0", pid)
		h.off()
		h.ok("kill", "-0", pid)
		h.goOn()
		h.until("it writes", func() bool { return strings.HasSuffix(h.ok("umm", "output"), "\nlater") })
	}},
	{name: "wrong usage", once: true, run: func(h *host) {
		old := h.id()
		for _, args := range [][]string{{"--then=off"}, {"--then=halt", "true"}, {"--timeout=1s"}, {"--timeout=-1s", "true"},
			{"--for=-1s"}, {"--for=soon"}, {""}, {"--accept-risk=everything"}, {"--no-such-flag"}} {
			h.fails(2, "hint", append([]string{"umm", "on"}, args...)...)
		}
		h.fails(2, "bytes", "/bin/sh", "-c", `umm on "$(head -c 20000 /dev/zero | tr '\0' x)"`)
		h.fails(1, "no command", "umm", "output")
		h.equal("the boot", h.id(), old)
		h.is(operational)
	}},
	{name: "a stay for a time ends by itself", run: func(h *host) {
		old := h.id()
		h.dies("umm", "on", "--for=3s")
		h.boots(old)
		in := h.id()
		h.until("operational mode", func() bool { return h.try("umm", "status").out == operational+"\n" })
		h.settle()
		h.equal("the boot", h.id(), in)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
		h.contains("history", h.ok("umm", "history"), "left by umm on --for")

		h.ok("umm", "on", "--live", "--for=2s")
		h.until("operational mode again", func() bool { return h.try("umm", "status").out == operational+"\n" })
		h.settle()
		h.equal("the boot", h.id(), in)
		h.equal("nginx", h.ok("systemctl", "is-active", "nginx"), "active")
	}},
	{name: "a stay for a time ends in time after power cuts too", once: true, run: func(h *host) {
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
		h.armed()
		h.off()
		h.fails(3, "", "systemctl", "is-active", "umm-expire.timer")
	}},
}

// ended wants the command's end, soon.
func (h *host) ended(state string, code int) {
	h.t.Helper()
	var c *wire.Command
	h.until("the command ends", func() bool {
		c = h.status().Command
		return c != nil && c.State != "pending" && c.State != "running"
	})
	got := 0
	if c.ExitCode != nil {
		got = *c.ExitCode
	}
	if c.State != state || got != code || (c.ExitCode == nil) != (state == "interrupted") {
		h.t.Fatalf("the command ended as %+v, want %s with status %d", c, state, code)
	}
	if c.Started == nil || c.Ended == nil || c.Ended.Before(*c.Started) {
		h.t.Errorf("the command ran from %v to %v", c.Started, c.Ended)
	}
}

// untilIdle waits until a service has done its work.
func (h *host) untilIdle(unit string) {
	h.t.Helper()
	h.until(unit+" has ended", func() bool {
		return h.try("systemctl", "show", "-p", "ActiveState", unit).out == "ActiveState=inactive\n"
	})
}

// armed wants the timer that ends the stay, with less than an hour left.
func (h *host) armed() {
	h.t.Helper()
	h.equal("the timer", h.ok("systemctl", "is-active", "umm-expire.timer"), "active")
	var left int
	if _, err := fmt.Sscanf(h.sh("systemctl show -p TimersMonotonic umm-expire.timer"), "TimersMonotonic={ OnActiveUSec=%dmin", &left); err != nil || left < 50 || left > 60 {
		h.t.Errorf("the timer is set to %d min, %v", left, err)
	}
}
