package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
)

func TestRun(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	h := s.host(t)
	for _, c := range []struct {
		name     string
		cmd      execx.Cmd
		out, err string
		code     int
	}{
		{"success", sh("echo out; echo err >&2"), "out\n", "err\n", 0},
		{"failure", sh("exit 3"), "", "", 3},
		{"input", execx.Cmd{Argv: []string{"cat"}, Stdin: []byte("in")}, "in", "", 0},
		{"no input", execx.Cmd{Argv: []string{"cat"}}, "", "", 0},
		{"input that nobody reads", execx.Cmd{Argv: []string{"true"}, Stdin: bytes.Repeat([]byte("x"), 4<<20)}, "", "", 0},
		{"no shell in between", execx.Cmd{Argv: []string{"printf", "%s,", "a b", "$HOME", ";reboot", "it's", ""}}, "a b,$HOME,;reboot,it's,,", "", 0},
		{"environment", execx.Cmd{Argv: []string{"sh", "-c", "echo $A $LC_ALL"}, Env: []string{"A=b  c"}}, "b c C\n", "", 0},
		{"much output", execx.Cmd{Argv: sh("head -c 5000000 /dev/zero | tr '\\0' x").Argv, Output: 6 << 20}, strings.Repeat("x", 5000000), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := h.Run(t.Context(), c.cmd)
			if err != nil || string(res.Stdout) != c.out || string(res.Stderr) != c.err || res.Code != c.code {
				t.Errorf("it came to %.80q, %.80q, %d (%v)", res.Stdout, res.Stderr, res.Code, err)
			}
		})
	}
	if n := s.Counts(); n.Connections != 1 {
		t.Errorf("it took %d connections", n.Connections)
	}
}

func TestRunThatIsNoProgram(t *testing.T) {
	h := newSite(t, sshtest.Config{}).host(t)
	res, err := h.Run(t.Context(), execx.Cmd{Argv: []string{"no-such-program-anywhere"}})
	if res.Code != 127 || err != nil {
		t.Errorf("a program that is not there: %d, %v", res.Code, err)
	}
	for want, c := range map[string]execx.Cmd{
		"cannot run an empty command":                                                                        {},
		"cannot run A=1 on n1: env would take it for a variable":                                             {Argv: []string{"A=1", "x"}},
		"cannot run true on n1: one of its variables has no name and value":                                  {Argv: []string{"true"}, Env: []string{"secret"}},
		"cannot run echo on n1: no argument may hold a zero byte":                                            {Argv: []string{"echo", "-n", "a\x00"}},
		"cannot run echo on n1: its arguments come to 140021 bytes, the limit is 131071; give them as input": {Argv: []string{"echo", "-n", strings.Repeat("x", 140000)}},
	} {
		if _, err := h.Run(t.Context(), c); err == nil || err.Error() != want {
			t.Errorf("it says %v, want %s", err, want)
		}
	}
}

func TestRunThatASignalEnds(t *testing.T) {
	h := newSite(t, sshtest.Config{Handler: func(_ context.Context, c sshtest.Call) int { c.Killed("KILL"); return 0 }}).host(t)
	if res, err := h.Run(t.Context(), sh("")); res.Code != 137 || err != nil {
		t.Errorf("it came to %d, %v", res.Code, err)
	}
}

// What a command leaves in the background holds its outputs; the command has ended
// all the same.
func TestRunThatLeavesSomethingBehind(t *testing.T) {
	h := newSite(t, sshtest.Config{Handler: func(ctx context.Context, c sshtest.Call) int {
		fmt.Fprint(c.Stdout, "out")
		c.Exit(4)
		<-ctx.Done()
		return 0
	}}).host(t)
	began := time.Now()
	if res, err := h.Run(t.Context(), sh("")); res.Code != 4 || err != nil || string(res.Stdout) != "out" {
		t.Errorf("it came to %d, %q, %v", res.Code, res.Stdout, err)
	}
	wantWithin(t, began, 4*time.Second)
}

func TestOutputWithoutEnd(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits.Output = 1000
	h := s.host(t)
	res, err := h.Run(t.Context(), sh("yes"))
	if err == nil || err.Error() != "cannot run sh on n1: it printed more than 1000 bytes" || len(res.Stdout) != 1000 {
		t.Errorf("it came to %d bytes, %v", len(res.Stdout), err)
	}
	wantOutput(t, h, "echo on", "on\n")
}

// Each command has a bound of its own, and so has what a host, and what all hosts, may print at
// the same time; what was printed by commands that are over does not count.
func TestOutputsTogether(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits.HostOutput = 5000
	h := s.host(t)
	print := func(n int) execx.Cmd { return sh(fmt.Sprintf("head -c %d /dev/zero", n)) }
	c := print(3000)
	c.Output = 2000
	if _, err := h.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "more than 2000 bytes") {
		t.Errorf("it says %v", err)
	}
	for range 4 {
		if res, err := h.Run(t.Context(), print(4000)); err != nil || len(res.Stdout) != 4000 {
			t.Errorf("%d bytes, %v", len(res.Stdout), err)
		}
	}
	if _, err := h.Run(t.Context(), print(6000)); err == nil || !strings.Contains(err.Error(), "too much is printed") {
		t.Errorf("it says %v", err)
	}
	s.opts.Limits = transport.Limits{AllOutput: 5000}
	if _, err := s.host(t).Run(t.Context(), print(6000)); err == nil || !strings.Contains(err.Error(), "too much is printed") {
		t.Errorf("it says %v", err)
	}
}

func TestAHostsWordsInErrors(t *testing.T) {
	evil := errors.New("a\x1b[2J\n\u202eforged" + strings.Repeat("x", 1000))
	for _, err := range []error{&transport.Unreachable{Host: "n1", Err: evil}, &transport.Interrupted{Host: "n1", Command: "sh", Err: evil}, &transport.SudoRefused{Host: "n1", Says: evil.Error()}} {
		if text := err.Error(); len(text) > 700 || strings.ContainsAny(text, "\x1b\n\u202e") {
			t.Errorf("%q", text)
		}
	}
}

func TestManyAtOnceOnOneConnection(t *testing.T) {
	for _, allowed := range []int{1, 3, 10} {
		t.Run(fmt.Sprintf("MaxSessions %d", allowed), func(t *testing.T) {
			s := newSite(t, sshtest.Config{MaxSessions: allowed})
			h := s.host(t)
			var wg sync.WaitGroup
			for i := range 40 {
				wg.Go(func() { wantOutput(t, h, fmt.Sprintf("echo %d", i), fmt.Sprintf("%d\n", i)) })
			}
			wg.Wait()
			if n := s.Counts(); n.Connections != 1 || n.Peak > allowed {
				t.Errorf("it took %d connections and %d sessions at once", n.Connections, n.Peak)
			}
		})
	}
}

func TestNoSessionsAtAll(t *testing.T) {
	h := newSite(t, sshtest.Config{MaxSessions: -1}).host(t)
	var wg sync.WaitGroup
	for range 15 {
		wg.Go(func() {
			_, err := h.Run(t.Context(), sh("true"))
			if err == nil || !strings.Contains(err.Error(), "its sshd refuses to open a session: open failed") {
				t.Errorf("it says %v", err)
			}
		})
	}
	wg.Wait()
}

func TestSudo(t *testing.T) {
	for _, c := range []struct {
		name, user, stderr string
		code               int
		says               string
	}{
		{"works", "joe", "a warning\n", 0, ""},
		{"the command itself fails", "joe", "cannot do it\n", 1, ""},
		{"a password", "joe", "sudo: a password is required\n", 1, "a password is required"},
		{"a terminal", "joe", "sudo: sorry, you must have a tty to run sudo\n", 1, "sorry, you must have a tty to run sudo"},
		{"nobody", "joe", "\nWe trust...\n\njoe is not in the sudoers file.  This incident will be reported.\n", 1, "joe is not in the sudoers file.  This incident will be reported."},
		{"not this one", "joe", "Sorry, user joe is not allowed to execute '/bin/sh -c secret' as root on n1.\n", 1, "it is not allowed to execute this"},
		{"not there", "joe", "env: 'sudo': No such file or directory\n", 127, "it is not installed"},
		{"root needs none", "root", "sudo: a password is required\n", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			s := newSite(t, sshtest.Config{Handler: sshtest.Answer(func(user, line string, _ []byte) (string, string, int) {
				got = user + ": " + line
				return "", c.stderr, c.code
			})})
			target := s.target()
			target.Sudo, target.User = true, c.user
			_, err := host(t, s.pool(t), "n1", target).Run(t.Context(), execx.Cmd{Argv: []string{"umm", "on", "a b"}})
			want := "joe: env LC_ALL=C sudo -n -- umm on 'a b'"
			if c.user == "root" {
				want = "root: env LC_ALL=C umm on 'a b'"
			}
			if got != want {
				t.Errorf("the host was given %s", got)
			}
			var refused *transport.SudoRefused
			if errors.As(err, &refused) != (c.says != "") || refused != nil && refused.Says != c.says {
				t.Errorf("it says %v", err)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "cannot run umm on as root on n1: sudo refuses joe: ") || strings.Contains(err.Error(), "secret")) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestSudoWithVariables(t *testing.T) {
	var got string
	s := newSite(t, sshtest.Config{Handler: sshtest.Answer(func(_, line string, _ []byte) (string, string, int) { got = line; return "", "", 0 })})
	target := s.target()
	target.Sudo = true
	if _, err := host(t, s.pool(t), "n1", target).Run(t.Context(), execx.Cmd{Argv: []string{"umm"}, Env: []string{"A=b c"}}); err != nil {
		t.Fatal(err)
	}
	if want := "env LC_ALL=C sudo -n -- env 'A=b c' umm"; got != want {
		t.Errorf("the host was given %s", got)
	}
}

// What nobody waits for any more is ended by the host itself.
func TestLimitOnTheHost(t *testing.T) {
	for want, c := range map[string]struct {
		sudo bool
		cmd  execx.Cmd
	}{
		"env LC_ALL=C timeout -k 5 62 umm on":      {cmd: execx.Cmd{Argv: []string{"umm", "on"}, Limit: time.Minute}},
		"env LC_ALL=C timeout -k 5 62 env A=b umm": {cmd: execx.Cmd{Argv: []string{"umm"}, Env: []string{"A=b"}, Limit: time.Minute}},
		"env LC_ALL=C sudo -n -- umm":              {sudo: true, cmd: execx.Cmd{Argv: []string{"umm"}, Limit: time.Minute}},
		"env LC_ALL=C A=b umm":                     {cmd: execx.Cmd{Argv: []string{"umm"}, Env: []string{"A=b"}}},
	} {
		t.Run(want, func(t *testing.T) {
			var got string
			s := newSite(t, sshtest.Config{Handler: sshtest.Answer(func(_, line string, _ []byte) (string, string, int) { got = line; return "", "", 0 })})
			target := s.target()
			target.Sudo = c.sudo
			if _, err := host(t, s.pool(t), "n1", target).Run(t.Context(), c.cmd); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("the host was given %s, want %s", got, want)
			}
		})
	}
}
