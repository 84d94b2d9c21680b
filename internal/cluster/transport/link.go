package transport

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// link is one connection that has logged in.
type link struct {
	client *ssh.Client
	conn   *monitored
	limits Limits
	slots  chan struct{} // One for each session that may be open at once.
	// alert counts those who want to know quickly whether the host is there.
	alert atomic.Int32
	// asked is when the host was asked whether it is there, and has not answered yet.
	asked atomic.Int64

	mu      sync.Mutex
	pending int  // Sessions asked for, and open.
	running int  // Sessions in which the host was asked to run something.
	retired bool // No more sessions; the link ends with the last that is running.
	barren  error

	once sync.Once
	down chan struct{} // Closed when the connection is lost.
	err  error         // Why; set before down is closed.
}

// linkError says that a connection was lost.
type linkError struct{ err error }

func (e *linkError) Error() string { return e.err.Error() }

// monitored is a connection that knows when something was last heard through it.
type monitored struct {
	net.Conn
	heard atomic.Int64
}

func (w *monitored) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.heard.Store(int64(since()))
	}
	return n, err
}

// start is where the clock of since starts; only differences count.
var start = time.Now()

func since() time.Duration { return time.Since(start) }

func newLink(client *ssh.Client, w *monitored, limits Limits) *link {
	l := &link{client: client, conn: w, limits: limits, slots: make(chan struct{}, limits.Sessions), down: make(chan struct{})}
	for range limits.Sessions {
		l.slots <- struct{}{}
	}
	go func() {
		client.Wait() //nolint:errcheck // Its words are not for operators.
		l.fail(errors.New("the host closed the connection"))
	}()
	go l.watch()
	return l
}

// fail ends the connection; the first reason stays.
func (l *link) fail(err error) {
	l.once.Do(func() {
		l.err = err
		l.conn.Close()
		close(l.down)
	})
}

func (l *link) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.down:
		return false
	default:
		return !l.retired && l.barren == nil
	}
}

// refuse notes that the host opens no session at all, so that not everybody who
// waits for one has to find out; refuses returns that.
func (l *link) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.barren = err
}

func (l *link) refuses() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.barren
}

var errGivenUp = errors.New("the connection was given up")

// retire ends the connection once nothing runs through it.
func (l *link) retire() {
	l.mu.Lock()
	l.retired = true
	idle := l.running == 0
	l.mu.Unlock()
	if idle {
		l.fail(errGivenUp)
	}
}

// begin counts a session that starts to run something.
func (l *link) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.retired {
		return false
	}
	l.running++
	return true
}

// end counts it out.
func (l *link) end() {
	l.mu.Lock()
	l.running--
	idle := l.retired && l.running == 0
	l.mu.Unlock()
	if idle {
		l.fail(errGivenUp)
	}
}

// ask counts the sessions that the host has been asked for and still has, and
// returns their number.
func (l *link) ask(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending += n
	return l.pending
}

// alertEvery is how often a host is asked whether it is there while somebody wants
// to know quickly.
const alertEvery = 250 * time.Millisecond

// watch asks the host whether it is there whenever it has been quiet for a while,
// and gives the connection up when there is no answer. Anything heard counts.
func (l *link) watch() {
	tick := time.NewTicker(min(alertEvery, l.limits.Quiet/4, l.limits.Dead/4))
	defer tick.Stop()
	for {
		select {
		case <-l.down:
			return
		case <-tick.C:
		}
		now := since()
		quiet := now - time.Duration(l.conn.heard.Load())
		if asked := time.Duration(l.asked.Load()); asked != 0 {
			if min(now-asked, quiet) >= l.limits.Dead {
				l.fail(noAnswer{"no sign of life", l.limits.Dead})
				return
			}
			continue
		}
		if quiet >= l.limits.Quiet || l.alert.Load() > 0 {
			l.asked.Store(int64(now))
			go func() {
				// It returns with the answer, whatever that is, or when the link is down.
				l.client.SendRequest("keepalive@openssh.com", true, nil) //nolint:errcheck // As said.
				l.asked.Store(0)
			}()
		}
	}
}

// silence is how long the host has not answered a question.
func (l *link) silence() time.Duration {
	asked := time.Duration(l.asked.Load())
	if asked == 0 {
		return 0
	}
	now := since()
	return min(now-asked, now-time.Duration(l.conn.heard.Load()))
}

// lost is the error for what the end of the link ended.
func (l *link) lost() error {
	<-l.down
	return &linkError{l.err}
}

// refusedError says that the host opens no session though none is open.
type refusedError struct{ msg string }

func (e *refusedError) Error() string {
	return "its sshd refuses to open a session: " + said(e.msg)
}
