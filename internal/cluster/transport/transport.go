// Package transport runs commands on other hosts through ssh, in this process and
// with nobody at the keyboard. It is the only importer of golang.org/x/crypto/ssh.
//
// A Pool knows the operator's ssh: configuration, keys, agent, recorded host keys,
// each read once. A Host of it is an execx.Runner: its commands share one
// connection, which is made when it is first wanted, watched for as long as it
// lasts, and made again after it was lost. Nothing waits for a host without a
// limit, and every wait can be ended by a context at any time.
//
// A host must show a recorded key; nothing is ever recorded by the way (see Fetch
// and Record). The errors that tell what is wrong with a host are types of their
// own: Unreachable, HostKeyUnknown, HostKeyChanged, HostKeyRevoked, HostKeyRefused,
// AuthFailed, Interrupted, SudoRefused. They hold no secrets: of a command they name the
// program and its first word.
//
// It does not decide whether to try again: Run does so only where the command
// certainly was not started.
package transport

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"umm/internal/cluster/transport/sshconfig"
	"umm/internal/execx"
)

// None stands for no configuration file, or no agent, at all.
const None = sshconfig.None

// Options is what all hosts have in common. The zero value is what ssh itself
// would do for the user who runs this.
type Options struct {
	// ConfigFile is read in place of ~/.ssh/config and /etc/ssh/ssh_config; None
	// reads nothing.
	ConfigFile string
	// KnownHosts are read in place of the files that the configuration names. The
	// first is the one that Record writes to.
	KnownHosts []string
	// IdentityFiles are offered in place of those that the configuration names.
	IdentityFiles []string
	// AgentSocket is used in place of SSH_AUTH_SOCK; None is no agent.
	AgentSocket string
	// Home and User are who asks; empty is who runs this, which is also what ssh goes by where
	// it has to be asked.
	Home, User string
	Limits     Limits
}

// Limits bound everything that waits for a host. Zero values have defaults.
type Limits struct {
	// Connect bounds the TCP connection (5 s), Login all of ssh's handshake (15 s),
	// Open the start of a command (10 s).
	Connect, Login, Open time.Duration
	// Quiet is how long a connection is silent before the host is asked whether it
	// is still there (2 s), Dead how long the answer may take (8 s).
	Quiet, Dead time.Duration
	// Agent bounds each answer of the agent (10 s): one that waits for a finger on a
	// hardware key gets as long.
	Agent time.Duration
	// Sessions is the number of commands at once on a connection (10, as sshd's
	// MaxSessions); more wait their turn. A host that allows fewer is respected.
	Sessions int
	// Output bounds what a command may print on each of its outputs where it says nothing
	// itself (1 MiB), HostOutput what all that are under way on a host may have printed
	// (32 MiB), and AllOutput those on all hosts together (256 MiB).
	Output, HostOutput, AllOutput int
}

func (l Limits) withDefaults() Limits {
	l.Connect = cmp.Or(l.Connect, 5*time.Second)
	l.Login = cmp.Or(l.Login, 15*time.Second)
	l.Open = cmp.Or(l.Open, 10*time.Second)
	l.Agent = cmp.Or(l.Agent, 10*time.Second)
	l.Quiet = cmp.Or(l.Quiet, 2*time.Second)
	l.Dead = cmp.Or(l.Dead, 8*time.Second)
	l.Sessions = cmp.Or(l.Sessions, 10)
	l.Output = cmp.Or(l.Output, 1<<20)
	l.HostOutput = cmp.Or(l.HostOutput, 32<<20)
	l.AllOutput = cmp.Or(l.AllOutput, 256<<20)
	return l
}

// Target is what is said about one host. Whatever is empty is left to ssh's
// configuration for the host's name.
type Target struct {
	// Address is where the host is, and the name its keys are recorded by.
	Address      string
	Port         int
	User         string
	IdentityFile string
	// ProxyJump is the host in between, as in ssh's configuration: user@host:port,
	// several separated by commas, "none".
	ProxyJump string
	// Sudo runs commands as root through sudo -n, unless the user is root already.
	Sudo bool
}

// Pool is the operator's ssh, and the connections that it has open. Its methods
// may be called by several goroutines.
type Pool struct {
	opts   Options
	limits Limits
	config *sshconfig.Config
	local  execx.Runner
	known  knownStore
	keys   keyring
	room   room

	mu     sync.Mutex
	hosts  map[hostID]*Host
	closed bool
}

type hostID struct {
	name   string
	target Target
}

// New makes ready to reach hosts.
func New(o Options) (*Pool, error) {
	if o.Home == "" || o.User == "" {
		u, err := user.Current()
		if err != nil {
			return nil, fmt.Errorf("cannot tell who runs this: %w", err)
		}
		o.Home, o.User = cmp.Or(o.Home, u.HomeDir), cmp.Or(o.User, u.Username)
	}
	o.AgentSocket = cmp.Or(o.AgentSocket, os.Getenv("SSH_AUTH_SOCK"))
	if o.ConfigFile != "" && o.ConfigFile != None {
		if _, err := os.Stat(o.ConfigFile); err != nil {
			return nil, fmt.Errorf("cannot read the ssh configuration: %w", err)
		}
	}
	limits := o.Limits.withDefaults()
	// ssh, and what its configuration starts, is the operator's own program.
	local := execx.Local{Env: execx.Inherited()}
	config := sshconfig.New(sshconfig.Options{Home: o.Home, User: o.User, File: o.ConfigFile, Run: local, Limit: limits.Login})
	return &Pool{opts: o, limits: limits, config: config, local: local, keys: keyring{limit: limits.Agent}, room: room{left: limits.AllOutput}, hosts: map[hostID]*Host{}}, nil
}

// Host is the host of that name. It connects to nothing yet, but may ask ssh what its
// configuration says; asked again for the same, it returns the same Host with its connection.
func (p *Pool) Host(name string, t Target) (*Host, error) {
	return p.host(name, t, nil)
}

// host resolves a name; via are the hosts whose way leads through this one.
func (p *Pool) host(name string, t Target, via []string) (*Host, error) {
	id := hostID{name, t}
	p.mu.Lock()
	h := p.hosts[id]
	p.mu.Unlock()
	if h != nil {
		return h, nil
	}
	conf, err := p.config.Resolve(sshconfig.Ask{
		Alias: name, HostName: t.Address, User: t.User, Port: t.Port, ProxyJump: t.ProxyJump,
	})
	if err != nil {
		return nil, err
	}
	conf.HostName = strings.ToLower(strings.Trim(conf.HostName, "[]"))
	p.defaults(&conf, t)
	h = &Host{
		pool: p, room: room{left: p.limits.HostOutput, of: &p.room}, name: name, conf: conf, sudo: t.Sudo && conf.User != "root",
		addr: net.JoinHostPort(conf.HostName, strconv.Itoa(conf.Port)),
	}
	h.keyName = knownName(conf.HostName, conf.Port)
	if conf.HostKeyAlias != "" {
		h.keyName = strings.ToLower(conf.HostKeyAlias)
	}
	if h.jump, err = p.jump(h, via); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if other := p.hosts[id]; other != nil {
		return other, nil
	}
	p.hosts[id] = h
	return h, nil
}

// defaults fills in what the configuration leaves open.
func (p *Pool) defaults(conf *sshconfig.Host, t Target) {
	dir := filepath.Join(p.opts.Home, ".ssh")
	if len(p.opts.KnownHosts) > 0 {
		conf.KnownHosts, conf.GlobalKnownHosts = p.opts.KnownHosts, []string{}
	}
	if conf.KnownHosts == nil {
		conf.KnownHosts = []string{filepath.Join(dir, "known_hosts"), filepath.Join(dir, "known_hosts2")}
	}
	if conf.GlobalKnownHosts == nil {
		conf.GlobalKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	}
	switch {
	case t.IdentityFile != "":
		conf.IdentityFiles = []string{t.IdentityFile}
	case len(p.opts.IdentityFiles) > 0:
		conf.IdentityFiles = p.opts.IdentityFiles
	}
	conf.IdentityAgent = cmp.Or(conf.IdentityAgent, p.opts.AgentSocket)
}

// maxJumps bounds the hosts in between.
const maxJumps = 8

// jump is the last host in between, which itself may lie behind others.
func (p *Pool) jump(h *Host, via []string) (*Host, error) {
	hops := h.conf.ProxyJump
	if len(hops) == 0 {
		return nil, nil
	}
	via = append(via[:len(via):len(via)], h.name)
	if len(via) > maxJumps {
		return nil, fmt.Errorf("cannot tell how to reach %s: its way leads in circles: %s", via[0], strings.Join(via, ", "))
	}
	last := hops[len(hops)-1]
	name, t, err := parseJump(last)
	if err != nil {
		return nil, fmt.Errorf("cannot tell how to reach %s: %w", h.name, err)
	}
	if len(hops) > 1 {
		t.ProxyJump = strings.Join(hops[:len(hops)-1], ",")
	}
	return p.host(name, t, via)
}

// parseJump reads [user@]host[:port], or the same as ssh://....
func parseJump(s string) (string, Target, error) {
	var t Target
	rest := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "ssh://"), "/")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		t.User, rest = rest[:at], rest[at+1:]
	}
	host := rest
	if h, port, err := net.SplitHostPort(rest); err == nil {
		if t.Port, err = strconv.Atoi(port); err != nil || t.Port < 1 || t.Port > 65535 {
			return "", Target{}, fmt.Errorf("the port in ProxyJump %s is none", s)
		}
		host = h
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		return "", Target{}, fmt.Errorf("ProxyJump %s names no host", s)
	}
	return host, t, nil
}

var errClosed = errors.New("the connections are closed")

// Close ends all connections, and what still runs through them.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	hosts := p.hosts
	p.hosts = nil
	p.mu.Unlock()
	for _, h := range hosts {
		h.Close()
	}
	p.keys.close()
}
