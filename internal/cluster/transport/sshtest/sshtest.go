// Package sshtest is an sshd in this process, for tests and benchmarks: it listens
// on a real TCP port, lets commands be answered by a function, and misbehaves on
// demand as hosts do that crash, hang or are somebody else's. It is no sshd to
// use for anything else: by default every key may log in.
package sshtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Call is one command.
type Call struct {
	User, Line     string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Exit tells the exit status before the output has come to its end, as when a
	// command has left something in the background; Killed tells the signal that
	// ended it ("TERM"). What the handler returns does not count then.
	Exit   func(code int)
	Killed func(signal string)
}

// NoStatus is what a handler returns whose session ends without an exit status.
const NoStatus = -1

// Handler answers a command with an exit status. Its context ends when the client
// sends a signal, closes the session, or is gone.
type Handler func(ctx context.Context, c Call) (code int)

// Answer makes a Handler of a function that needs no streams.
func Answer(f func(user, line string, stdin []byte) (stdout, stderr string, code int)) Handler {
	return func(_ context.Context, c Call) int {
		in, err := io.ReadAll(c.Stdin)
		if err != nil {
			return 255
		}
		stdout, stderr, code := f(c.User, c.Line, in)
		io.WriteString(c.Stdout, stdout) //nolint:errcheck // A client that is gone does not want it.
		io.WriteString(c.Stderr, stderr) //nolint:errcheck // As above.
		return code
	}
}

// Shell runs every line with this machine's sh, as sshd does with the user's shell.
func Shell(ctx context.Context, c Call) int {
	cmd := exec.CommandContext(ctx, "sh", "-c", c.Line)
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return 255
	}
	go func() {
		io.Copy(in, c.Stdin) //nolint:errcheck // A program need not read its input.
		in.Close()
	}()
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return 255
	}
}

// Config is how a server starts.
type Config struct {
	// Addr is the address to listen at; "" is a free port of 127.0.0.1.
	Addr string
	// Handler answers the commands; nil is Shell.
	Handler Handler
	// HostKeys are the kinds of the host's keys: "ed25519" (the default), "ecdsa",
	// "rsa".
	HostKeys []string
	// Authorized are the lines of authorized_keys; none lets every key in.
	Authorized []string
	// MaxSessions for one connection; 0 is sshd's own 10, less than 0 is none.
	MaxSessions int
}

// Knobs are the ways in which a server misbehaves. They hold for what happens after
// they were turned.
type Knobs struct {
	// HangBanner accepts connections and says nothing.
	HangBanner bool
	// HangAuth comes as far as the login, and never decides on it.
	HangAuth bool
	// HangSession never answers to a request for a session.
	HangSession bool
	// RefuseAuth lets nobody in.
	RefuseAuth bool
	// RefuseForward lets nobody pass through to another host.
	RefuseForward bool
}

// Server is a running sshd.
type Server struct {
	cfg  Config
	addr string

	mu      sync.Mutex
	ln      net.Listener
	signers []ssh.Signer
	knobs   Knobs
	gate    chan struct{} // Non-nil while frozen; closed by Thaw.
	conns   map[*gatedConn]bool
	counts  Counts
	wg      sync.WaitGroup
}

// Counts is what a server has seen.
type Counts struct {
	// Connections accepted, logins that succeeded, commands started.
	Connections, Logins, Commands int
	// Sessions open now, and the most at once.
	Sessions, Peak int
}

// Start starts a server.
func Start(cfg Config) (*Server, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.Handler == nil {
		cfg.Handler = Shell
	}
	if len(cfg.HostKeys) == 0 {
		cfg.HostKeys = []string{"ed25519"}
	}
	if cfg.MaxSessions == 0 {
		cfg.MaxSessions = 10
	}
	s := &Server{cfg: cfg, addr: cfg.Addr, conns: map[*gatedConn]bool{}}
	if err := s.NewHostKeys(cfg.HostKeys...); err != nil {
		return nil, err
	}
	return s, s.Up()
}

// Addr is where it listens, or would when it is up: host and port.
func (s *Server) Addr() string { return s.addr }

// Host and Port are the parts of Addr.
func (s *Server) Host() string { host, _, _ := net.SplitHostPort(s.addr); return host }

// Port is the port of Addr.
func (s *Server) Port() int {
	a, err := net.ResolveTCPAddr("tcp", s.addr)
	if err != nil {
		return 0
	}
	return a.Port
}

// Set turns knobs.
func (s *Server) Set(turn func(*Knobs)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	turn(&s.knobs)
}

func (s *Server) knob() Knobs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.knobs
}

// Counts is what it has seen.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Server) count(add func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counts)
}

// Up listens, at the same address as before.
func (s *Server) Up() error {
	ln, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	s.mu.Lock()
	s.ln, s.addr = ln, ln.Addr().String()
	s.mu.Unlock()
	s.wg.Add(1)
	go s.accept(ln)
	return nil
}

// Down is a host that shuts down: it refuses connections and ends those that it has.
func (s *Server) Down() {
	s.mu.Lock()
	ln := s.ln
	s.ln = nil
	s.mu.Unlock()
	if ln != nil {
		ln.Close()
	}
	s.Cut()
}

// Cut ends all connections.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// Freeze is a host whose power went: whatever is connected hears nothing more, and
// new connections are accepted by nobody. Thaw brings it back as it was.
func (s *Server) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gate == nil {
		s.gate = make(chan struct{})
	}
}

// Thaw ends Freeze.
func (s *Server) Thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gate != nil {
		close(s.gate)
		s.gate = nil
	}
}

func (s *Server) frozen() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate
}

// Close ends everything and waits for it.
func (s *Server) Close() {
	s.Down()
	s.Thaw()
	s.Cut()
	s.wg.Wait()
}
