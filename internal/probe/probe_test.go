package probe

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"umm/internal/execx"
)

// watch runs one probe whose tries fail while down is set.
func watch(t *testing.T, during func(down *atomic.Bool)) []Gap {
	t.Helper()
	var down atomic.Bool
	p := Probe{Name: "it", Every: time.Millisecond, Limit: time.Second, Try: func(context.Context) error {
		if down.Load() {
			return errors.New("no")
		}
		return nil
	}}
	var lock sync.Mutex
	var gaps []Gap
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, []Probe{p}, func(g Gap) { lock.Lock(); gaps = append(gaps, g); lock.Unlock() })
	}()
	during(&down)
	cancel()
	<-done
	return gaps
}

func wait(d time.Duration) { <-time.After(d) }

func TestGaps(t *testing.T) {
	gaps := watch(t, func(down *atomic.Bool) {
		for range 2 {
			wait(20 * time.Millisecond)
			down.Store(true)
			wait(50 * time.Millisecond)
			down.Store(false)
		}
		wait(20 * time.Millisecond)
	})
	if len(gaps) != 2 {
		t.Fatalf("%d gaps: %v", len(gaps), gaps)
	}
	for _, g := range gaps {
		if g.Took < 40*time.Millisecond || g.Tries < 2 || g.First == nil {
			t.Errorf("%v, %s", g, g.Took)
		}
	}
}

func TestNoGap(t *testing.T) {
	if gaps := watch(t, func(*atomic.Bool) { wait(20 * time.Millisecond) }); gaps != nil {
		t.Error(gaps)
	}
}

// A gap that is not over when the watch ends is told as well.
func TestOpenGap(t *testing.T) {
	gaps := watch(t, func(down *atomic.Bool) { down.Store(true); wait(500 * time.Millisecond) })
	if len(gaps) != 1 {
		t.Error(gaps)
	}
}

func TestTCP(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(net.Conn)
		ok    bool
	}{
		"greets":   {func(c net.Conn) { _, _ = c.Write([]byte("hello")); wait(time.Second) }, true},
		"is quiet": {func(net.Conn) { wait(time.Second) }, true},
		"hangs up": {func(c net.Conn) { _ = c.Close() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				conn, err := l.Accept()
				if err == nil {
					c.serve(conn)
				}
			}()
			if err := TCP(l.Addr().String())(t.Context()); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := TCP("127.0.0.1:1")(t.Context()); err == nil {
		t.Error("a closed port is served")
	}
}

func TestCommand(t *testing.T) {
	if err := Command(execx.Local{}, []string{"true"})(t.Context()); err != nil {
		t.Error(err)
	}
	if err := Command(execx.Local{}, []string{"false"})(t.Context()); err == nil {
		t.Error("false is a success")
	}
}
