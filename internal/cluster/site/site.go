// Package site assembles a cluster from its configuration, with its hosts, its services and the
// runs of this master, and drives runs on it: it finds out what is there, refuses what must not
// begin, takes the cluster lock, and goes on with what was interrupted. It is the one package
// beside the commands that knows the parts, and says nothing to anybody itself: what is to be
// shown goes to a Display.
package site

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"umm/internal/cluster/alerts"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/fanout"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/report"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/throttle"
	"umm/internal/cluster/transport"
	"umm/internal/cluster/ummclient"
	"umm/internal/execx"
)

// Site is a cluster as a command works on it.
type Site struct {
	Conf config.Config
	// By is who works on it, Master the machine that this is.
	By, Master string
	Display    Display
	// Taken are the hosts that are to be taken.
	Taken []string
	// Accepted are the risks that the operator takes with a start of what stands still.
	Accepted []run.Risk
	// IfNeeded: hosts that need no reboot are not taken.
	IfNeeded bool
	// Prepare is a line of the shell that is run on the hosts to take before the first of them
	// goes; empty: none.
	Prepare string
	// Until is when the run has to be through with the host under way, as HH:MM; empty: the end
	// of the window that is open.
	Until string

	Runs    journal.Dir
	Limits  rollout.Limits
	Cluster rollout.Cluster

	pool  *transport.Pool
	hosts map[string]*transport.Host
	turns *throttle.Turns
	// addresses are what the hosts say that their addresses are.
	addresses map[string][]string
	// processes are the kinds that run on them of what has to be looked after.
	processes map[string][]string
	// detected: each host has told what runs there.
	detected bool
	// ids are what their services call their clusters; nil: they were not asked.
	ids map[string][]string
	// machines are the hosts, as this master knows them.
	machines map[string]run.Machine
}

// Display is who is told what happens. Each of them may be nil.
type Display struct {
	// Run shows a run as it goes on.
	Run func(run.Request) report.Sink
	// Refused shows what was in the way of a run that was not begun.
	Refused func([]service.Verdict)
	// Confirm asks whether a run on these hosts may begin; an error is no.
	Confirm func(ctx context.Context, r run.Request, hosts []string) error
	// Warn and Info tell something beside that.
	Warn, Info func(string)
}

func (s *Site) warn(what any) {
	if s.Display.Warn != nil {
		s.Display.Warn(fmt.Sprint(what))
	}
}

func (s *Site) warnf(format string, args ...any) { s.warn(fmt.Sprintf(format, args...)) }

func (s *Site) infof(format string, args ...any) {
	if s.Display.Info != nil {
		s.Display.Info(fmt.Sprintf(format, args...))
	}
}

// Journals is a site of which only the runs are known: no host is asked.
func Journals(conf config.Config) *Site {
	return &Site{Conf: conf, Runs: journal.Dir{Path: filepath.Join(conf.StateDir, "runs")}, Limits: limitsOf(conf)}
}

// Open makes ready to talk to the hosts that are selected; it connects to none. Without any host
// the error is an inventory.ErrNoHosts.
func Open(conf config.Config, sel inventory.Selection) (*Site, error) {
	inv, taken, err := inventory.Choose(conf.Hosts, sel)
	if err != nil {
		return nil, &exit.Error{Code: exit.Usage, Err: err}
	}
	opts := transport.Options{ConfigFile: conf.SSH.Config, Limits: transport.Limits{Connect: conf.SSH.ConnectTimeout}}
	if conf.SSH.KnownHosts != "" {
		opts.KnownHosts = []string{conf.SSH.KnownHosts}
	}
	pool, err := transport.New(opts)
	if err != nil {
		return nil, err
	}
	s := Journals(conf)
	s.pool, s.hosts, s.turns, s.Taken = pool, map[string]*transport.Host{}, throttle.New(conf.SSH.Parallel), inventory.Names(taken)
	if err := s.resolve(inv.Hosts()); err != nil {
		return nil, err
	}
	umm := ummclient.Client{Runner: s.runner, Limit: s.Limits.Ask}
	s.Cluster = rollout.Cluster{Hosts: inv.Names(), Runner: s.runner, Node: umm, Guard: umm, Await: s.await}
	if conf.Alerts.Prometheus != "" {
		client, err := clientOf(conf.Alerts.CAFile)
		if err != nil {
			s.Close()
			return nil, &exit.Error{Code: exit.Usage, Err: fmt.Errorf("cannot ask for alerts: %w", err)}
		}
		s.Cluster.Alerts = alerts.Prometheus{URL: conf.Alerts.Prometheus.Reveal(), Query: conf.Alerts.Query, MayFire: conf.Alerts.Parsed(), Client: client}.Verdicts
	}
	return s, nil
}

// Close ends the connections to the hosts.
func (s *Site) Close() { s.pool.Close() }

// Host is how one host is reached; nil where there is no such host.
func (s *Site) Host(name string) *transport.Host { return s.hosts[name] }

// resolve finds out how the hosts are reached: of all at once, since ssh may have to be asked
// about each. Of several errors the first host's counts.
func (s *Site) resolve(hosts []inventory.Host) error {
	type result struct {
		host *transport.Host
		err  error
	}
	for i, found := range fanout.Each(hosts, func(h inventory.Host) result {
		host, err := s.pool.Host(h.Name, targetOf(h, s.Conf.SSH))
		return result{host, err}
	}) {
		if found.err != nil {
			return found.err
		}
		s.hosts[hosts[i].Name] = found.host
	}
	return nil
}

func targetOf(h inventory.Host, ssh config.SSH) transport.Target {
	return transport.Target{Address: h.Address, User: cmp.Or(h.User, ssh.User), Port: cmp.Or(h.Port, ssh.Port),
		IdentityFile: cmp.Or(h.IdentityFile, ssh.IdentityFile), Sudo: ssh.Sudo != "never"}
}

func limitsOf(c config.Config) rollout.Limits {
	l := rollout.DefaultLimits()
	l.Samples, l.Interval, l.Gate = c.Gate.Samples, c.Gate.Interval, c.Gate.Timeout
	l.Enter, l.Command, l.Leave, l.Settle = c.Limits.Enter, c.Limits.Command, c.Limits.Leave, c.Limits.Settle
	l.Drain, l.Ask = c.Limits.Drain, c.Limits.Ask
	return l
}

// runner runs commands on a host, when it is its turn.
func (s *Site) runner(host string) execx.Runner {
	return s.turns.Runner(host, s.hosts[host])
}

// await returns when the host lets umm-cluster in.
func (s *Site) await(ctx context.Context, host string) error {
	return s.hosts[host].WaitReady(ctx, func(context.Context) (bool, error) { return true, nil })
}
