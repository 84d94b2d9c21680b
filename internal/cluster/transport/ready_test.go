package transport_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
)

// booted is a site whose host tells its boot.
func booted(t *testing.T) (s *site, boot *atomic.Int32) {
	t.Helper()
	boot = &atomic.Int32{}
	s = newSite(t, sshtest.Config{Handler: sshtest.Answer(func(string, string, []byte) (string, string, int) {
		return string(rune('0' + boot.Load())), "", 0
	})})
	return s, boot
}

// isBoot is ready once the host is in that boot.
func isBoot(h *transport.Host, want string, asked *atomic.Int32) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		asked.Add(1)
		res, err := h.Run(ctx, execx.Cmd{Argv: []string{"boot-id"}, Limit: 5 * time.Second})
		return string(res.Stdout) == want, err
	}
}

// goAndCome takes the host away and brings it back, and says when it was back.
func goAndCome(t *testing.T, s *site, boot *atomic.Int32, gone time.Duration, how string) (back chan time.Time) {
	t.Helper()
	back = make(chan time.Time, 1)
	go func() {
		pauseFor(300 * time.Millisecond)
		var hole net.Listener
		switch how {
		case "refusing":
			s.Down()
		case "silent":
			s.Freeze()
		case "a listener that never answers":
			s.Down()
			hole, _ = net.Listen("tcp", s.Addr())
		case "a login that never ends":
			s.Down()
			hole = greets(t, s.Addr())
		}
		pauseFor(gone)
		boot.Store(1)
		switch how {
		case "silent":
			// After a power cut nobody knows the old connections any more.
			s.Cut()
			s.Thaw()
		case "a listener that never answers", "a login that never ends":
			hole.Close()
			fallthrough
		default:
			for s.Up() != nil {
				pauseFor(time.Millisecond)
			}
		}
		back <- time.Now()
	}()
	return back
}

// greets listens as a host does that goes down after its greeting: its connections stay.
func greets(t *testing.T, addr string) net.Listener {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			conn.Write([]byte("SSH-2.0-OpenSSH_9.2\r\n")) //nolint:errcheck // The other end notices.
		}
	}()
	return ln
}

func TestWaitReady(t *testing.T) {
	for _, how := range []string{"refusing", "silent", "a listener that never answers", "a login that never ends"} {
		t.Run(how, func(t *testing.T) {
			s, boot := booted(t)
			h := s.host(t)
			if err := run(t, h); err != nil {
				t.Fatal(err)
			}
			var asked atomic.Int32
			back := goAndCome(t, s, boot, 1500*time.Millisecond, how)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if err := h.WaitReady(ctx, isBoot(h, "1", &asked)); err != nil {
				t.Fatal(err)
			}
			late := time.Since(<-back)
			t.Logf("noticed after %s; asked %d times; %+v", late, asked.Load(), s.Counts())
			limit := 200*time.Millisecond + slow/3
			if how == "a login that never ends" {
				// The interval that had begun when the host came back.
				limit += 2 * time.Second
			}
			if late > limit {
				t.Errorf("it was noticed after %s", late)
			}
			if n := asked.Load(); n > 12 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}

func TestWaitReadyEnds(t *testing.T) {
	t.Run("the host never returns", func(t *testing.T) {
		s, _ := booted(t)
		s.Down()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		h := s.host(t)
		err := h.WaitReady(ctx, isBoot(h, "1", &atomic.Int32{}))
		var unreachable *transport.Unreachable
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &unreachable) || !strings.HasSuffix(err.Error(), "connection refused") {
			t.Errorf("it says %v", err)
		}
		wantWithin(t, began, 300*time.Millisecond+prompt)
	})
	t.Run("it is never ready", func(t *testing.T) {
		s, _ := booted(t)
		ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
		defer cancel()
		h := s.host(t)
		var asked atomic.Int32
		err := h.WaitReady(ctx, isBoot(h, "1", &asked))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "n1 did not come back: ") || asked.Load() > 4 {
			t.Errorf("asked %d times, it says %v", asked.Load(), err)
		}
	})
	t.Run("it is somebody else", func(t *testing.T) {
		s, boot := booted(t)
		h := s.host(t)
		if err := run(t, h); err != nil {
			t.Fatal(err)
		}
		if err := s.NewHostKeys("ed25519"); err != nil {
			t.Fatal(err)
		}
		goAndCome(t, s, boot, 200*time.Millisecond, "refusing")
		var changed *transport.HostKeyChanged
		if err := h.WaitReady(t.Context(), isBoot(h, "1", &atomic.Int32{})); !errors.As(err, &changed) {
			t.Errorf("it says %v", err)
		}
	})
	t.Run("what was asked failed", func(t *testing.T) {
		s, _ := booted(t)
		mine := errors.New("mine")
		if err := s.host(t).WaitReady(t.Context(), func(context.Context) (bool, error) { return false, mine }); !errors.Is(err, mine) {
			t.Errorf("it says %v", err)
		}
	})
	t.Run("the host is closed", func(t *testing.T) {
		s, _ := booted(t)
		h := s.host(t)
		ended := make(chan error, 1)
		go func() { ended <- h.WaitReady(t.Context(), isBoot(h, "1", &atomic.Int32{})) }()
		pauseFor(300 * time.Millisecond)
		h.Close()
		if err := <-ended; err == nil {
			t.Error("it is ready")
		}
	})
}

// A host may let nobody in until it has booted.
func TestWaitReadyOutlastsNologin(t *testing.T) {
	s, boot := booted(t)
	boot.Store(1)
	s.Set(func(k *sshtest.Knobs) { k.RefuseAuth = true })
	time.AfterFunc(500*time.Millisecond, func() { s.Set(func(k *sshtest.Knobs) { k.RefuseAuth = false }) })
	h := s.host(t)
	if err := h.WaitReady(t.Context(), isBoot(h, "1", &atomic.Int32{})); err != nil {
		t.Error(err)
	}
	if n := s.Counts(); n.Connections > 4 {
		t.Errorf("it took %d connections", n.Connections)
	}
}
