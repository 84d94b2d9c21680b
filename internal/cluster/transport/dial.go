package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// clientVersion is what sshd's log shows.
const clientVersion = "SSH-2.0-umm-cluster"

// dial connects and logs in.
func (h *Host) dial(ctx context.Context) (*link, error) {
	conn, err := h.connect(ctx)
	if err != nil {
		return nil, h.unreachable(ctx, err)
	}
	return h.login(ctx, conn)
}

// connect makes the connection that ssh is spoken through.
func (h *Host) connect(ctx context.Context) (net.Conn, error) {
	if h.jump != nil {
		return h.through(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, h.pool.limits.Connect)
	defer cancel()
	d, err := h.dialer()
	if err != nil {
		return nil, err
	}
	conn, err := d.DialContext(limited, h.network(), h.addr)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = noAnswer{"no answer", h.pool.limits.Connect}
	}
	return conn, err
}

// network is the kind of connection that AddressFamily allows.
func (h *Host) network() string {
	switch h.conf.AddressFamily {
	case "inet":
		return "tcp4"
	case "inet6":
		return "tcp6"
	}
	return "tcp"
}

// dialer goes out from where BindAddress wants it.
func (h *Host) dialer() (d net.Dialer, err error) {
	if h.conf.BindAddress == "" {
		return d, nil
	}
	ip, err := net.ResolveIPAddr("ip", h.conf.BindAddress)
	if err != nil {
		return d, fmt.Errorf("cannot go out from BindAddress %s: %w", h.conf.BindAddress, reason(err))
	}
	d.LocalAddr = &net.TCPAddr{IP: ip.IP, Zone: ip.Zone}
	return d, nil
}

// through makes it through the host in between. The result is one end of a pipe,
// since a connection inside of ssh has no deadlines, and does not end before the
// host in between agrees.
func (h *Host) through(ctx context.Context) (net.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, h.pool.limits.Connect+h.pool.limits.Login)
	defer cancel()
	l, _, err := h.jump.link(limited)
	if err != nil {
		return nil, err
	}
	if !l.begin() {
		return nil, l.lost()
	}
	limited, cancel = context.WithTimeout(ctx, h.pool.limits.Connect)
	defer cancel()
	far, err := l.client.DialContext(limited, "tcp", h.addr)
	if err != nil {
		l.end()
		var refused *ssh.OpenChannelError
		switch {
		case errors.As(err, &refused) && refused.Reason == ssh.Prohibited:
			err = fmt.Errorf("%s lets nobody pass through to other hosts", h.jump.name)
		case errors.As(err, &refused):
			err = fmt.Errorf("%s cannot connect to it: %s", h.jump.name, refused.Message)
		case ctx.Err() == nil && limited.Err() != nil:
			err = noAnswer{"no answer through " + h.jump.name, h.pool.limits.Connect}
		}
		return nil, err
	}
	near, end := net.Pipe()
	var both sync.WaitGroup
	pump := func(to, from net.Conn) {
		io.Copy(to, from) //nolint:errcheck // Either end may go at any time.
		to.Close()
		from.Close()
	}
	both.Go(func() { pump(far, end) })
	both.Go(func() { pump(end, far) })
	go func() {
		both.Wait()
		l.end()
	}()
	return near, nil
}

// unreachable is the error for a connection that was not made.
func (h *Host) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		err = errors.New("its name has no address: " + dns.Err)
	}
	return &Unreachable{Host: h.name, Addr: h.addr, Err: reason(err)}
}

// login speaks ssh through a connection and closes that when it comes to nothing.
func (h *Host) login(ctx context.Context, conn net.Conn) (*link, error) {
	recorded, err := h.recorded()
	if err != nil {
		conn.Close()
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, h.pool.limits.Login)
	defer cancel()
	stop := context.AfterFunc(limited, func() { conn.Close() })
	algorithms, err := h.algorithms(limited, &recorded)
	if err != nil {
		stop()
		conn.Close()
		return nil, err
	}
	var verdict error
	var offered *offer
	w := &monitored{Conn: conn}
	c, chans, reqs, err := ssh.NewClientConn(w, h.keyAddr(), &ssh.ClientConfig{
		User:              h.conf.User,
		ClientVersion:     clientVersion,
		HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			verdict = h.judge(limited, recorded, conn.RemoteAddr(), key)
			return verdict
		},
		Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			o := h.pool.keys.offer(h.conf, h.pool.opts.Home)
			offered = &o
			return o.signers, nil
		})},
	})
	if !stop() && err == nil {
		c.Close()
		err = limited.Err()
	}
	switch {
	case err == nil:
		return newLink(ssh.NewClient(c, chans, reqs), w, h.pool.limits), nil
	case verdict != nil:
		return nil, verdict
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, &Unreachable{Host: h.name, Addr: h.addr, Err: noAnswer{"no login", h.pool.limits.Login}}
	default:
		return nil, h.loginError(err, offered)
	}
}

// loginError tells a host that lets nobody in from one that does not speak ssh to
// the end. The library has no types for that.
func (h *Host) loginError(err error, offered *offer) error {
	msg := strings.TrimPrefix(err.Error(), "ssh: handshake failed: ")
	tooMany := strings.Contains(strings.ToLower(msg), "too many authentication failures")
	if tooMany || strings.Contains(msg, "unable to authenticate") {
		failed := &AuthFailed{Host: h.name, Addr: h.addr, User: h.conf.User}
		switch {
		case offered == nil:
			failed.Notes = []string{"it takes no keys"}
		default:
			failed.Tried, failed.Notes = offered.names, append(offered.notes, h.conf.Notes...)
		}
		if tooMany {
			failed.Notes = append(failed.Notes, "it let no more keys be tried; name the right one with IdentityFile")
		}
		return failed
	}
	cause := errors.New(strings.TrimPrefix(msg, "ssh: "))
	if errors.Is(err, io.EOF) {
		cause = errors.New("it closed the connection before the login was over")
	}
	return &Unreachable{Host: h.name, Addr: h.addr, Err: cause}
}

// recorded is what is known of the host's keys.
func (h *Host) recorded() (known, error) {
	paths := append(h.conf.KnownHosts[:len(h.conf.KnownHosts):len(h.conf.KnownHosts)], h.conf.GlobalKnownHosts...)
	k, err := h.pool.known.lookup(h.keyName, paths)
	if err != nil || h.conf.HostKeyAlias != "" || h.conf.Port == 22 {
		return k, err
	}
	bare, err := h.pool.known.lookup(knownName(h.conf.HostName, 22), paths)
	k.bare = &bare
	return k, err
}

// keyAddr is the address that a host's certificate is for.
func (h *Host) keyAddr() string {
	if h.conf.HostKeyAlias != "" {
		return net.JoinHostPort(h.conf.HostKeyAlias, strconv.Itoa(h.conf.Port))
	}
	return h.addr
}
