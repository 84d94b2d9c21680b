package sshtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"golang.org/x/crypto/ssh"
)

// gatedConn is a connection that can be frozen.
type gatedConn struct {
	net.Conn
	s      *Server
	once   sync.Once
	closed chan struct{}
}

func (c *gatedConn) wait() {
	if gate := c.s.frozen(); gate != nil {
		select {
		case <-gate:
		case <-c.closed:
		}
	}
}

func (c *gatedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.wait()
	return n, err
}

func (c *gatedConn) Write(p []byte) (int, error) {
	c.wait()
	return c.Conn.Write(p)
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (s *Server) accept(ln net.Listener) {
	defer s.wg.Done()
	for {
		raw, err := ln.Accept()
		if err != nil {
			return
		}
		c := &gatedConn{Conn: raw, s: s, closed: make(chan struct{})}
		s.mu.Lock()
		s.conns[c] = true
		s.counts.Connections++
		up := s.ln == ln
		s.mu.Unlock()
		if !up {
			c.Close()
		}
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.serve(c)
			c.Close()
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.conns, c)
		}()
	}
}

func (s *Server) serve(c *gatedConn) {
	c.wait()
	if s.knob().HangBanner {
		<-c.closed
		return
	}
	conn, chans, reqs, err := ssh.NewServerConn(c, s.config(c))
	if err != nil {
		return
	}
	s.count(func(n *Counts) { n.Logins++ })
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { ssh.DiscardRequests(reqs) })
	sessions := make(chan struct{}, max(0, s.cfg.MaxSessions))
	for nc := range chans {
		switch {
		case nc.ChannelType() == "session" && s.knob().HangSession:
		case nc.ChannelType() == "session":
			select {
			case sessions <- struct{}{}:
				wg.Go(func() {
					s.session(ctx, conn.User(), nc)
					<-sessions
				})
			default:
				nc.Reject(ssh.ConnectionFailed, "open failed") //nolint:errcheck // The client is gone then.
			}
		case nc.ChannelType() == "direct-tcpip" && !s.knob().RefuseForward:
			wg.Go(func() { forward(ctx, nc) })
		default:
			nc.Reject(ssh.Prohibited, "administratively prohibited") //nolint:errcheck // As above.
		}
	}
	cancel()
	wg.Wait()
}

func (s *Server) config(c *gatedConn) *ssh.ServerConfig {
	cfg := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if s.knob().HangAuth {
				<-c.closed
			}
			if s.knob().RefuseAuth || !s.authorized(key) {
				return nil, errors.New("not an authorized key")
			}
			return nil, nil
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.signers {
		cfg.AddHostKey(k)
	}
	return cfg
}

func (s *Server) authorized(key ssh.PublicKey) bool {
	for _, line := range s.cfg.Authorized {
		k, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err == nil && bytes.Equal(k.Marshal(), key.Marshal()) {
			return true
		}
	}
	return len(s.cfg.Authorized) == 0
}

func (s *Server) session(ctx context.Context, user string, nc ssh.NewChannel) {
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	s.count(func(n *Counts) { n.Sessions++; n.Peak = max(n.Peak, n.Sessions) })
	defer s.count(func(n *Counts) { n.Sessions-- })
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for r := range reqs {
		var line struct{ Line string }
		switch {
		case r.Type == "exec" && ssh.Unmarshal(r.Payload, &line) == nil:
			s.count(func(n *Counts) { n.Commands++ })
			r.Reply(true, nil) //nolint:errcheck // As above.
			wg.Go(func() { s.run(ctx, user, line.Line, ch) })
		case r.Type == "signal":
			cancel()
		default:
			r.Reply(false, nil) //nolint:errcheck // As above.
		}
	}
}

func (s *Server) run(ctx context.Context, user, line string, ch ssh.Channel) {
	told := false
	tell := func(kind string, payload []byte) {
		if !told {
			ch.SendRequest(kind, false, payload) //nolint:errcheck // The client is gone then.
		}
		told = true
	}
	exit := func(code int) { tell("exit-status", ssh.Marshal(struct{ Code uint32 }{uint32(code)})) }
	killed := func(signal string) {
		tell("exit-signal", ssh.Marshal(struct {
			Signal      string
			Core        bool
			Error, Lang string
		}{Signal: signal}))
	}
	code := s.cfg.Handler(ctx, Call{User: user, Line: line, Stdin: ch, Stdout: ch, Stderr: ch.Stderr(), Exit: exit, Killed: killed})
	if code != NoStatus {
		exit(code)
	}
	ch.Close()
}

// forward is what a host in between does for ProxyJump.
func forward(ctx context.Context, nc ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		Origin     string
		OriginPort uint32
	}
	if ssh.Unmarshal(nc.ExtraData(), &to) != nil {
		nc.Reject(ssh.ConnectionFailed, "nonsense") //nolint:errcheck // The client is gone then.
		return
	}
	var d net.Dialer
	out, err := d.DialContext(ctx, "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		nc.Reject(ssh.ConnectionFailed, "connect failed") //nolint:errcheck // As above.
		return
	}
	ch, reqs, err := nc.Accept()
	if err != nil {
		out.Close()
		return
	}
	stop := context.AfterFunc(ctx, func() { out.Close() })
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { ssh.DiscardRequests(reqs) })
	wg.Go(func() {
		io.Copy(ch, out) //nolint:errcheck // Either end may go at any time.
		ch.Close()
	})
	io.Copy(out, ch) //nolint:errcheck // As above.
	out.Close()
	wg.Wait()
}
