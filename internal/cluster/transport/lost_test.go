package transport_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
)

// prompt is how soon whoever waits is let go.
const prompt = time.Second

// slow is a machine under load, with the race detector.
const slow = 3 * time.Second

var quick = transport.Limits{
	Connect: time.Second, Login: time.Second, Open: time.Second,
	Quiet: 200 * time.Millisecond, Dead: time.Second,
}

// begun starts a command that lasts, and returns when it runs.
func begun(t *testing.T, s *site, h *transport.Host, cmd execx.Cmd) <-chan error {
	t.Helper()
	before := s.Counts().Commands
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(t.Context(), cmd)
		ended <- err
	}()
	until(t, "the command runs", func() bool { return s.Counts().Commands > before })
	return ended
}

func TestCancelledCommand(t *testing.T) {
	gone := make(chan struct{})
	s := newSite(t, sshtest.Config{Handler: func(ctx context.Context, c sshtest.Call) int {
		defer close(gone)
		return blocks(ctx, c)
	}})
	h := s.host(t)
	ctx, cancel := context.WithCancel(t.Context())
	type end struct {
		res execx.Result
		err error
		at  time.Time
	}
	ended := make(chan end)
	go func() {
		res, err := h.Run(ctx, execx.Cmd{Argv: []string{"mysql", "-psecret"}})
		ended <- end{res, err, time.Now()}
	}()
	until(t, "it runs", func() bool { return s.Counts().Commands == 1 })
	pauseFor(50 * time.Millisecond)
	began := time.Now()
	cancel()
	e := <-ended
	if took := e.at.Sub(began); took > prompt {
		t.Errorf("it took %s", took)
	}
	if !errors.Is(e.err, context.Canceled) || e.err.Error() != "cannot finish mysql on n1: context canceled" || string(e.res.Stdout) != "begun\n" {
		t.Errorf("it came to %q, %v", e.res.Stdout, e.err)
	}
	<-gone // The host was told to end it.
}

func TestLimit(t *testing.T) {
	h := newSite(t, sshtest.Config{Handler: blocks}).host(t)
	began := time.Now()
	res, err := h.Run(t.Context(), execx.Cmd{Argv: []string{"sleep"}, Limit: 300 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "cannot finish sleep on n1: ") || string(res.Stdout) != "begun\n" {
		t.Errorf("it came to %q, %v", res.Stdout, err)
	}
	wantWithin(t, began, 300*time.Millisecond+prompt)
}

// Wherever a host hangs, whoever waits is let go at once when the context ends.
func TestCancelledWhereverItHangs(t *testing.T) {
	for name, hang := range map[string]func(*sshtest.Server){
		"before the greeting": func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangBanner = true }) },
		"in the login":        func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangAuth = true }) },
		"opening a session":   func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangSession = true }) },
		"altogether":          func(s *sshtest.Server) { s.Freeze() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, sshtest.Config{Handler: blocks})
			hang(s.Server)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := s.host(t).Run(ctx, sh("true"))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it says %v", err)
			}
			wantWithin(t, began, 200*time.Millisecond+prompt)
		})
	}
}

// Nothing waits for ever, without a context that ends it.
func TestLimitsWhereverItHangs(t *testing.T) {
	for _, c := range []struct {
		name string
		hang func(*sshtest.Server)
		want string
	}{
		{"before the greeting", func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangBanner = true }) }, "no login within 1s"},
		{"in the login", func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangAuth = true }) }, "no login within 1s"},
		{"opening a session", func(s *sshtest.Server) { s.Set(func(k *sshtest.Knobs) { k.HangSession = true }) }, "no session within 1s"},
		{"altogether", func(s *sshtest.Server) { s.Freeze() }, "no login within 1s"},
		{"it is down", func(s *sshtest.Server) { s.Down() }, "connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, sshtest.Config{Handler: blocks})
			s.opts.Limits = quick
			c.hang(s.Server)
			began := time.Now()
			_, err := s.host(t).Run(t.Context(), sh("true"))
			var unreachable *transport.Unreachable
			if !errors.As(err, &unreachable) || err.Error() != "cannot reach n1 ("+s.Addr()+"): "+c.want {
				t.Errorf("it says %v", err)
			}
			wantWithin(t, began, time.Second+slow)
		})
	}
}

// An address where nothing is: packets go nowhere.
func TestNoAnswerAtAll(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits = quick
	h := host(t, s.pool(t), "n1", transport.Target{Address: "192.0.2.254"})
	began := time.Now()
	_, err := h.Run(t.Context(), sh("true"))
	var unreachable *transport.Unreachable
	if !errors.As(err, &unreachable) || !strings.HasPrefix(err.Error(), "cannot reach n1 (192.0.2.254:22): ") {
		t.Errorf("it says %v", err)
	}
	wantWithin(t, began, time.Second+slow)
}

func TestLostWhileACommandRuns(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(*sshtest.Server)
		want string
	}{
		{"cut", func(s *sshtest.Server) { s.Cut() }, "the host closed the connection"},
		{"silent", func(s *sshtest.Server) { s.Freeze() }, "no sign of life within 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, sshtest.Config{Handler: blocks})
			s.opts.Limits = quick
			h := s.host(t)
			ended := begun(t, s, h, execx.Cmd{Argv: []string{"umm", "on", "secret"}})
			began := time.Now()
			c.lose(s.Server)
			err := <-ended
			var interrupted *transport.Interrupted
			if !errors.As(err, &interrupted) || err.Error() != "the connection to n1 was lost while umm on ran there, and how it ended is not known: "+c.want {
				t.Errorf("it says %v", err)
			}
			wantWithin(t, began, 1500*time.Millisecond+slow)
		})
	}
}

func TestSessionLostAlone(t *testing.T) {
	s := newSite(t, sshtest.Config{Handler: func(context.Context, sshtest.Call) int { return sshtest.NoStatus }})
	_, err := s.host(t).Run(t.Context(), sh("true"))
	var interrupted *transport.Interrupted
	if !errors.As(err, &interrupted) || !strings.HasSuffix(err.Error(), "its sshd ended the session") {
		t.Errorf("it says %v", err)
	}
}

// A silent command on a host that is there is nothing to worry about.
func TestQuietCommandGoesOn(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits = quick
	wantOutput(t, s.host(t), "sleep 2; echo done", "done\n")
}

// A connection that was lost while nothing ran is made again, and nobody notices.
func TestConnectionMadeAgain(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	h := s.host(t)
	wantOutput(t, h, "echo a", "a\n")
	s.Cut()
	wantOutput(t, h, "echo b", "b\n")
	h.Drop()
	wantOutput(t, h, "echo c", "c\n")
	if n := s.Counts(); n.Connections != 3 {
		t.Errorf("it took %d connections", n.Connections)
	}
}

// A host that opens no more sessions on a connection gets a new one; what runs on the
// old one goes on.
func TestSessionsThatHangOnAnOldConnection(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits = quick
	h := s.host(t)
	ended := begun(t, s, h, sh("sleep 4"))
	s.Set(func(k *sshtest.Knobs) { k.HangSession = true })
	began := time.Now()
	_, err := h.Run(t.Context(), sh("true"))
	var unreachable *transport.Unreachable
	if !errors.As(err, &unreachable) {
		t.Errorf("it says %v", err)
	}
	wantWithin(t, began, 3*time.Second+slow)
	s.Set(func(k *sshtest.Knobs) { k.HangSession = false })
	wantOutput(t, h, "echo a", "a\n")
	if err := <-ended; err != nil {
		t.Errorf("what ran has ended with %v", err)
	}
}

func TestClose(t *testing.T) {
	s := newSite(t, sshtest.Config{Handler: blocks})
	p := s.pool(t)
	h := host(t, p, "n1", s.target())
	ended := begun(t, s, h, sh("true"))
	p.Close()
	var interrupted *transport.Interrupted
	if err := <-ended; !errors.As(err, &interrupted) {
		t.Errorf("it says %v", err)
	}
	if _, err := h.Run(t.Context(), sh("true")); err == nil || !strings.HasSuffix(err.Error(), "the connections are closed") {
		t.Errorf("it says %v", err)
	}
	if _, err := p.Host("n2", s.target()); err == nil {
		t.Error("a closed pool has hosts")
	}
}

// What is no ssh at all is told so.
func TestNotSSH(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.opts.Limits = quick
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) //nolint:errcheck // A test's.
			c.Close()
		}
	}()
	h := host(t, s.pool(t), "n1", transport.Target{Address: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port})
	_, err = h.Run(t.Context(), sh("true"))
	var unreachable *transport.Unreachable
	if !errors.As(err, &unreachable) {
		t.Errorf("it says %v", err)
	}
	t.Log(err)
}

func pauseFor(d time.Duration) { <-time.After(d) }
