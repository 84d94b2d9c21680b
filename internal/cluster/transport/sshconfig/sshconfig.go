// Package sshconfig says how hosts are reached, as OpenSSH's client would reach them:
// under which name, address, port and user, with which keys, through which hosts, and by
// which recorded keys a host is known.
//
// ssh itself is the measure. A configuration of which every line is plain is read here:
// that is quicker than a login, and ssh -G is not. Wherever there is more than that in a
// file, a Match or a quote or a keyword that this package does not know, ssh -G is asked
// about the host, and what ssh refuses is refused in its words. What ssh tells and nobody
// here can honour (ProxyCommand) is refused by name, and only for the hosts that it is for.
//
// It reads files and asks ssh; it connects to nothing, which a Match exec or the look-ups of
// CanonicalizeHostname of the operator's own configuration may do, as with ssh.
package sshconfig

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"umm/internal/execx"
)

// None stands for no configuration file at all.
const None = "none"

// Ask is whom to look up. What is set in it has the say over the files, as an
// option on ssh's command line has.
type Ask struct {
	// Alias is the name as the operator types it.
	Alias     string
	HostName  string
	User      string
	Port      int
	ProxyJump string
}

// Host is how a host is reached. Paths have ~ and tokens replaced.
type Host struct {
	HostName string
	User     string
	Port     int
	// AddressFamily is "" for any, "inet" or "inet6"; BindAddress is what connections go out from.
	AddressFamily, BindAddress string
	// ProxyJump are the hosts in between, the first to be reached first.
	ProxyJump []string
	// IdentityFiles are the keys; nil where only ssh's own defaults are.
	IdentityFiles    []string
	CertificateFiles []string
	IdentitiesOnly   bool
	// IdentityAgent is the agent's socket; "" is SSH_AUTH_SOCK's, "none" is no agent.
	IdentityAgent string
	// KnownHosts are the user's files of host keys, GlobalKnownHosts the machine's;
	// nil where nothing is said.
	KnownHosts       []string
	GlobalKnownHosts []string
	// KnownHostsCommand prints more host keys: the program and its arguments, whose tokens
	// Tokens and the caller replace.
	KnownHostsCommand []string
	// RevokedHostKeys are files of keys, or KRLs, that no host may show.
	RevokedHostKeys []string
	// HostKeyAlias is the name by which the host's keys are recorded.
	HostKeyAlias string
	// TrustLocalhost is NoHostAuthenticationForLocalhost.
	TrustLocalhost bool
	// Notes are what ssh would use besides and this program does not, for messages.
	Notes  []string
	Tokens Tokens
	Crypto
}

// Crypto is by which algorithms hosts may prove themselves; empty where no ssh could be
// asked.
type Crypto struct {
	// HostKeyAlgorithms is the list in ssh's order, CASignatureAlgorithms what authorities
	// may sign with.
	HostKeyAlgorithms, CASignatureAlgorithms []string
	// RequiredRSASize is the least length of an RSA key, in bits.
	RequiredRSASize int
}

// Options are what a Config goes by.
type Options struct {
	// Home and User are who asks.
	Home, User string
	// File is read in place of ~/.ssh/config and /etc/ssh/ssh_config; None reads nothing.
	File string
	// Run runs ssh, Limit bounds each of its answers.
	Run   execx.Runner
	Limit time.Duration
}

// Config answers for one operator. It may be asked by several goroutines; it reads each
// file, and asks about each host, once.
type Config struct {
	Options
	files  func() ([]file, *beyond)
	crypto func() Crypto
	turns  chan struct{}

	mu    sync.Mutex
	asked map[Ask]func() (Host, error)
}

// New makes a Config. It reads nothing yet.
func New(o Options) *Config {
	c := &Config{Options: o, asked: map[Ask]func() (Host, error){}, turns: make(chan struct{}, 2*runtime.NumCPU())}
	c.files = sync.OnceValues(c.read)
	c.crypto = sync.OnceValue(c.defaults)
	return c
}

// Resolve says how the host of that name is reached.
func (c *Config) Resolve(ask Ask) (Host, error) {
	if err := ask.valid(); err != nil {
		return Host{}, err
	}
	c.mu.Lock()
	answer := c.asked[ask]
	if answer == nil {
		answer = sync.OnceValues(func() (Host, error) { return c.resolve(ask) })
		c.asked[ask] = answer
	}
	c.mu.Unlock()
	return answer()
}

func (c *Config) resolve(ask Ask) (Host, error) {
	h, more := c.plain(ask)
	if more == nil {
		h.Crypto = c.crypto()
		return h, nil
	}
	return c.askSSH(ask, *more)
}

// valid refuses what ssh would take for something else than a value.
func (a Ask) valid() error {
	for what, value := range map[string]string{"name": a.Alias, "address": a.HostName, "user": a.User, "ProxyJump": a.ProxyJump} {
		if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\#`, r) }) {
			return fmt.Errorf("cannot tell how to reach %q: %q is no %s", a.Alias, value, what)
		}
	}
	if a.Alias == "" || strings.HasPrefix(a.Alias, "-") || strings.ContainsAny(a.Alias, "@/") {
		return fmt.Errorf("cannot tell how to reach %q: it is no host's name", a.Alias)
	}
	return nil
}

// sources are the files that are read, the first of which has the say.
func (c *Config) sources() []source {
	switch c.File {
	case None:
		return nil
	case "":
		return []source{
			{path: filepath.Join(c.Home, ".ssh", "config"), includes: filepath.Join(c.Home, ".ssh"), checked: true, optional: true},
			{path: "/etc/ssh/ssh_config", includes: "/etc/ssh", optional: true, system: true},
		}
	}
	return []source{{path: c.File, includes: filepath.Join(c.Home, ".ssh")}}
}

// turn waits until few enough others ask ssh.
func (c *Config) turn(ask func(ctx context.Context)) {
	c.turns <- struct{}{}
	defer func() { <-c.turns }()
	ctx, cancel := context.WithTimeout(context.Background(), c.Limit)
	defer cancel()
	ask(ctx)
}
