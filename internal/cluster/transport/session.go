package transport

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/execx"
	"umm/internal/poll"
)

// leftBehind is how long the outputs of a command that has ended may stay open: it
// may have left something in the background that holds them.
const leftBehind = 2 * time.Second

// session is one command on its way.
type session struct {
	l      *link
	line   string
	stdin  []byte
	begun  chan struct{} // Closed when the host was asked to run the command.
	done   chan struct{} // Closed at the end, with code and err set.
	gone   chan struct{} // Closed when nobody waits any more.
	stdout capped
	stderr capped
	cut    chan error // Why nobody waits for the end.
	ch     atomic.Pointer[ssh.Channel]
	code   int
	err    error
}

// run runs a line on the host. started says whether it may have been started;
// linkError that the connection was lost.
func (l *link) run(ctx context.Context, line string, stdin []byte, room *room, output int) (res execx.Result, started bool, err error) {
	s := &session{
		l: l, line: line, stdin: stdin, begun: make(chan struct{}), done: make(chan struct{}),
		gone: make(chan struct{}), cut: make(chan error, 1),
	}
	for _, c := range []*capped{&s.stdout, &s.stderr} {
		c.limit, c.room, c.full = output, room, s.giveUp
		defer c.release()
	}
	if err := l.acquire(ctx); err != nil {
		return res, false, err
	}
	go s.drive(ctx)
	select {
	case <-s.done:
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-s.cut:
	}
	select {
	case <-s.begun:
		started = true
	default:
	}
	if err != nil {
		close(s.gone)
		go s.abort()
	} else {
		res.Code = s.code
	}
	res.Stdout, res.Stderr = s.stdout.take(), s.stderr.take()
	return res, started, err
}

// giveUp makes run return before the session's end; the first reason counts.
func (s *session) giveUp(err error) {
	select {
	case s.cut <- err:
	default:
	}
}

// within gives the link up when a step of the start takes too long; the function
// that it returns says that the step is over. What else runs on the link goes on.
func (s *session) within(what string) func() bool {
	return time.AfterFunc(s.l.limits.Open, func() {
		s.giveUp(&linkError{noAnswer{what, s.l.limits.Open}})
		s.l.retire()
	}).Stop
}

// acquire waits for a turn.
func (l *link) acquire(ctx context.Context) error {
	select {
	case <-l.slots:
		return nil
	case <-l.down:
		return l.lost()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drive takes the command from its beginning to its end. It ends with the session,
// and at the latest with the link.
func (s *session) drive(ctx context.Context) {
	defer close(s.done)
	ch, reqs, err := s.channel(ctx)
	if err != nil {
		s.err = err
		return
	}
	defer func() {
		s.l.ask(-1)
		s.l.slots <- struct{}{}
	}()
	s.ch.Store(&ch)
	// The order matters: either abort sees the channel, or this sees that all is over.
	select {
	case <-s.gone:
		ch.Close()
		ssh.DiscardRequests(reqs)
		return
	default:
	}
	if !s.l.begin() {
		ch.Close()
		ssh.DiscardRequests(reqs)
		s.err = &linkError{errGivenUp}
		return
	}
	defer s.l.end()
	close(s.begun)
	over := s.within("no answer to the command")
	ok, err := ch.SendRequest("exec", true, ssh.Marshal(struct{ Line string }{s.line}))
	over()
	if err != nil {
		s.err = s.ending()
		return
	}
	if !ok {
		ch.Close()
		ssh.DiscardRequests(reqs)
		s.err = errors.New("its sshd refuses to run commands")
		return
	}
	s.follow(ch, reqs)
}

const (
	// refusals is how often a host that has no session open may refuse one: its
	// sshd may not have noticed yet that the last one has ended.
	// It is asked again after refusedFirst, and then after twice as long each time.
	refusals     = 7
	refusedFirst = 5 * time.Millisecond
)

// channel opens a session. Where the host allows fewer at once than there are
// slots, the slot is given up for good and another one waited for.
func (s *session) channel(ctx context.Context) (ssh.Channel, <-chan *ssh.Request, error) {
	release := func() { s.l.slots <- struct{}{} }
	for alone := 0; ; {
		first := s.l.ask(1) == 1
		over := s.within("no session")
		ch, reqs, err := s.l.client.OpenChannel("session", nil)
		over()
		if err == nil {
			return ch, reqs, nil
		}
		others := s.l.ask(-1)
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			release()
			return nil, nil, s.ending()
		}
		if others == 0 {
			if first {
				alone++
			}
			if alone == refusals {
				s.l.refuse(&refusedError{refused.Message})
			}
			if err := s.l.refuses(); err != nil {
				release()
				return nil, nil, err
			}
			if err := poll.Sleep(ctx, refusedFirst<<alone); err != nil {
				release()
				return nil, nil, err
			}
			continue
		}
		select {
		case <-s.gone:
			return nil, nil, context.Canceled
		default:
		}
		if err := s.l.acquire(ctx); err != nil {
			return nil, nil, err
		}
		if err := s.l.refuses(); err != nil {
			release()
			return nil, nil, err
		}
	}
}

// follow collects what the command prints and how it ends.
func (s *session) follow(ch ssh.Channel, reqs <-chan *ssh.Request) {
	var copies sync.WaitGroup
	copies.Go(func() { io.Copy(&s.stdout, ch) })          //nolint:errcheck // Its end is told by reqs.
	copies.Go(func() { io.Copy(&s.stderr, ch.Stderr()) }) //nolint:errcheck // As above.
	if len(s.stdin) == 0 {
		ch.CloseWrite() //nolint:errcheck // The link is down then.
	} else {
		copies.Go(func() {
			// A command need not read its input.
			ch.Write(s.stdin) //nolint:errcheck // As said.
			ch.CloseWrite()   //nolint:errcheck // As said.
		})
	}
	ended := false
	var grace *time.Timer
	for r := range reqs {
		switch code, ok := exitCode(r); {
		case ok && !ended:
			ended, s.code = true, code
			grace = time.AfterFunc(leftBehind, func() { ch.Close() })
		case r.WantReply:
			r.Reply(false, nil) //nolint:errcheck // The link is down then.
		}
	}
	if grace != nil {
		grace.Stop()
	}
	copies.Wait()
	if !ended {
		s.err = s.ending()
	}
}

// ending says why a session ended before its command told how it did: the link was
// lost, or the session alone was.
func (s *session) ending() error {
	settle := time.NewTimer(time.Second)
	defer settle.Stop()
	select {
	case <-s.l.down:
		return s.l.lost()
	case <-settle.C:
		return &linkError{errors.New("its sshd ended the session")}
	}
}

// abort tells the command to end and closes its session. It may block for as long
// as the link lasts.
func (s *session) abort() {
	if ch := s.ch.Load(); ch != nil {
		(*ch).SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{"TERM"})) //nolint:errcheck // The link is down then.
		(*ch).Close()
	}
}

// signals are those that ssh has names for.
var signals = map[string]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9,
	"USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
}

// exitCode reads how a command ended, as a shell would show it.
func exitCode(r *ssh.Request) (int, bool) {
	switch r.Type {
	case "exit-status":
		var m struct{ Status uint32 }
		if ssh.Unmarshal(r.Payload, &m) == nil {
			return int(m.Status), true
		}
	case "exit-signal":
		var m struct {
			Signal string
			Rest   []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(r.Payload, &m) == nil {
			return 128 + signals[m.Signal], true
		}
	}
	return 0, false
}
