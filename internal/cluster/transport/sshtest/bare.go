package sshtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Bare is the least that it takes to run commands on many hosts with x/crypto/ssh:
// what everything else is measured against. It knows none of what makes it fit for
// use: no limits, no keepalive, no second try.
type Bare struct {
	User string
	// KeyFile is a private key without a passphrase, KnownHosts a file with the host
	// keys, all ed25519 and by address.
	KeyFile, KnownHosts string
	// Parallel is how many hosts are worked on at once.
	Parallel int
}

// Run runs lines one after another on each of the hosts, over one connection, and
// gives their outputs to got, which is called by one goroutine at a time.
func (b Bare) Run(ctx context.Context, addrs, lines []string, got func(addr string, out []byte)) error {
	config, keys, err := b.config()
	if err != nil {
		return err
	}
	var lock sync.Mutex
	var all sync.WaitGroup
	errs := make([]error, len(addrs))
	slots := make(chan struct{}, b.Parallel)
	for i, addr := range addrs {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			errs[i] = host(ctx, addr, config, keys[addr], lines, func(out []byte) {
				lock.Lock()
				defer lock.Unlock()
				got(addr, out)
			})
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (b Bare) config() (ssh.ClientConfig, map[string]ssh.PublicKey, error) {
	none := ssh.ClientConfig{}
	data, err := os.ReadFile(b.KeyFile)
	if err != nil {
		return none, nil, err
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return none, nil, err
	}
	if data, err = os.ReadFile(b.KnownHosts); err != nil {
		return none, nil, err
	}
	keys := map[string]ssh.PublicKey{}
	for len(data) > 0 {
		var names []string
		var k ssh.PublicKey
		if _, names, k, _, data, err = ssh.ParseKnownHosts(data); err != nil {
			return none, nil, err
		}
		for _, name := range names {
			keys[name] = k
		}
	}
	return ssh.ClientConfig{User: b.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}}, keys, nil
}

func host(ctx context.Context, addr string, config ssh.ClientConfig, key ssh.PublicKey, lines []string, got func([]byte)) error {
	config.HostKeyCallback = ssh.FixedHostKey(key)
	var d net.Dialer
	to := net.JoinHostPort(addr, "22")
	raw, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return err
	}
	conn, chans, reqs, err := ssh.NewClientConn(raw, to, &config)
	if err != nil {
		raw.Close()
		return err
	}
	client := ssh.NewClient(conn, chans, reqs)
	defer client.Close()
	for _, line := range lines {
		session, err := client.NewSession()
		if err != nil {
			return err
		}
		out, err := session.Output(line)
		session.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", addr, err)
		}
		got(out)
	}
	return nil
}
