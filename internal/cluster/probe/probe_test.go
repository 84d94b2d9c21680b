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

// watch runs one probe whose tries fail while down is set; pass waits for some
// tries, however long the machine takes for them.
func watch(t *testing.T, during func(down *atomic.Bool, pass func())) []Gap {
	t.Helper()
	var down atomic.Bool
	var tries atomic.Int64
	pass := func() {
		for end := tries.Load() + 5; tries.Load() < end; {
			wait(time.Millisecond)
		}
	}
	p := Probe{Name: "it", Every: time.Millisecond, Limit: time.Second, Try: func(context.Context) error {
		defer tries.Add(1)
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
	during(&down, pass)
	cancel()
	<-done
	return gaps
}

func wait(d time.Duration) { <-time.After(d) }

func TestGaps(t *testing.T) {
	gaps := watch(t, func(down *atomic.Bool, pass func()) {
		for range 2 {
			pass()
			down.Store(true)
			pass()
			down.Store(false)
		}
		pass()
	})
	if len(gaps) != 2 {
		t.Fatalf("%d gaps: %v", len(gaps), gaps)
	}
	for _, g := range gaps {
		if g.Took < 3*time.Millisecond || g.Tries < 2 || g.First == nil {
			t.Errorf("%v, %s", g, g.Took)
		}
	}
}

func TestNoGap(t *testing.T) {
	if gaps := watch(t, func(_ *atomic.Bool, pass func()) { pass() }); gaps != nil {
		t.Error(gaps)
	}
}

// A gap that is not over when the watch ends is told as well.
func TestOpenGap(t *testing.T) {
	gaps := watch(t, func(down *atomic.Bool, pass func()) { down.Store(true); pass() })
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
