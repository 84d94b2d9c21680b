package clustercli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/show"
	"umm/internal/cluster/config"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/detect"
	"umm/internal/cluster/transport"
	"umm/internal/cluster/ummclient"
	"umm/internal/execx"
	"umm/internal/sanitize"
)

// site is a cluster as a command works on it.
type site struct {
	conf  config.Config
	pool  *transport.Pool
	hosts map[string]*transport.Host
	turns *parallel
	taken []string
	// accepted are the risks that the operator takes with a start of what stands still.
	accepted []run.Risk
	runs     journal.Dir
	limits   rollout.Limits
	cluster  rollout.Cluster
	// addresses are what the hosts say that their addresses are.
	addresses map[string][]string
	// ifNeeded: hosts that need no reboot are not taken.
	ifNeeded bool
	// prepare is a line of the shell that is run on the hosts to take before the first of them
	// goes; empty: none.
	prepare string
	// processes are the kinds that run on them of what has to be looked after.
	processes map[string][]string
	// detected: each host has told what runs there.
	detected bool
	// ids are what their services call their clusters; nil: they were not asked.
	ids map[string][]string
	// machines are the hosts, as this master knows them.
	machines map[string]run.Machine
}

// hostFacts are what a host tells beside its services.
type hostFacts struct {
	addresses, processes []string
	ids                  map[string]string
}

func (s *site) learn(facts map[string]hostFacts) {
	s.addresses, s.processes = map[string][]string{}, map[string][]string{}
	for host, f := range facts {
		s.addresses[host], s.processes[host] = f.addresses, f.processes
	}
	s.identify(facts)
}

// selectionFlags adds the flags that say which hosts are meant.
func selectionFlags(cmd *cobra.Command, s *inventory.Selection) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Hosts, "hosts", nil, "these `HOSTS` only, separated by commas")
	f.StringSliceVar(&s.Roles, "role", nil, "only hosts of this `ROLE`")
	f.StringSliceVar(&s.Zones, "zone", nil, "only hosts in this `ZONE`")
}

// open reads the configuration and makes ready to talk to the hosts; it connects
// to none.
func (a *app) open(cmd *cobra.Command, sel inventory.Selection) (*site, error) {
	conf, err := a.load(cmd)
	if err != nil {
		return nil, err
	}
	if err := a.fetchHosts(cmd.Context(), &conf); err != nil {
		return nil, err
	}
	inv, taken, err := inventory.Choose(conf.Hosts, sel)
	if errors.Is(err, inventory.ErrNoHosts) {
		return nil, &Error{Code: Usage, Err: err, Hint: "--hosts n1,n2,n3, or the key hosts in " + a.conf}
	}
	if err != nil {
		return nil, &Error{Code: Usage, Err: err}
	}
	opts := transport.Options{ConfigFile: conf.SSH.Config, Limits: transport.Limits{Connect: conf.SSH.ConnectTimeout}}
	if conf.SSH.KnownHosts != "" {
		opts.KnownHosts = []string{conf.SSH.KnownHosts}
	}
	pool, err := transport.New(opts)
	if err != nil {
		return nil, err
	}
	s := &site{conf: conf, pool: pool, hosts: map[string]*transport.Host{}, turns: newParallel(conf.SSH.Parallel), taken: inventory.Names(taken),
		runs: journal.Dir{Path: filepath.Join(conf.StateDir, "runs")}, limits: limitsOf(conf)}
	if err := s.resolve(inv.Hosts()); err != nil {
		return nil, err
	}
	umm := ummclient.Client{Runner: s.runner, Limit: s.limits.Ask}
	s.cluster = rollout.Cluster{Hosts: inv.Names(), Runner: s.runner, Node: umm, Guard: umm, Await: s.await}
	return s, nil
}

// resolve finds out how the hosts are reached: of all at once, since ssh may have to be asked
// about each. Of several errors the first host's counts.
func (s *site) resolve(hosts []inventory.Host) error {
	found, failed := make([]*transport.Host, len(hosts)), make([]error, len(hosts))
	var all sync.WaitGroup
	for i, h := range hosts {
		all.Go(func() { found[i], failed[i] = s.pool.Host(h.Name, targetOf(h, s.conf.SSH)) })
	}
	all.Wait()
	for i, h := range hosts {
		if failed[i] != nil {
			return failed[i]
		}
		s.hosts[h.Name] = found[i]
	}
	return nil
}

func targetOf(h inventory.Host, ssh config.SSH) transport.Target {
	t := transport.Target{Address: h.Address, User: h.User, Port: h.Port, IdentityFile: h.IdentityFile, Sudo: ssh.Sudo != "never"}
	if t.User == "" {
		t.User = ssh.User
	}
	if t.Port == 0 {
		t.Port = ssh.Port
	}
	if t.IdentityFile == "" {
		t.IdentityFile = ssh.IdentityFile
	}
	return t
}

func limitsOf(c config.Config) rollout.Limits {
	l := rollout.DefaultLimits()
	l.Samples, l.Interval, l.Gate = c.Gate.Samples, c.Gate.Interval, c.Gate.Timeout
	l.Enter, l.Command, l.Leave, l.Settle = c.Limits.Enter, c.Limits.Command, c.Limits.Leave, c.Limits.Settle
	l.Drain, l.Ask = c.Limits.Drain, c.Limits.Ask
	return l
}

// runner runs commands on a host, when it is its turn.
func (s *site) runner(host string) execx.Runner {
	return asked{Runner: s.hosts[host], host: host, turns: s.turns}
}

// await returns when the host lets umm-cluster in.
func (s *site) await(ctx context.Context, host string) error {
	return s.hosts[host].WaitReady(ctx, func(context.Context) (bool, error) { return true, nil })
}

// detect finds the services of the cluster and their members. A host that does not
// answer leaves the members unknown, and is an error.
func (s *site) detect(ctx context.Context) error {
	found := map[string]map[string]detect.Presence{}
	failed, facts := map[string]error{}, map[string]hostFacts{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, host := range s.cluster.Hosts {
		all.Go(func() {
			there, at, err := s.present(ctx, host)
			lock.Lock()
			defer lock.Unlock()
			found[host], facts[host] = there, at
			if err != nil {
				failed[host] = err
			}
		})
	}
	all.Wait()
	s.learn(facts)
	s.place(found)
	s.detected = len(failed) == 0
	if err := firstError(s.cluster.Hosts, failed); err != nil {
		return err
	}
	return s.absent()
}

// present asks one host which services are there, and for its addresses.
func (s *site) present(ctx context.Context, host string) (there map[string]detect.Presence, facts hostFacts, err error) {
	ask := detect.Ask()
	res, err := s.runner(host).Run(ctx, execx.Cmd{Argv: ask.Argv, Limit: s.limits.Ask})
	got := service.Answer{Result: res, Err: err}
	there, err = detect.Parse(got)
	return there, hostFacts{addresses: detect.Addresses(got), processes: service.Processes(string(got.Result.Stdout)), ids: detect.IDs(got)}, err
}

// place makes members of what was found and what the configuration says.
func (s *site) place(found map[string]map[string]detect.Presence) {
	s.cluster.Services, s.cluster.Members = nil, map[string][]string{}
	for _, svc := range s.known() {
		var members []string
		for _, host := range s.cluster.Hosts {
			h := inventory.Host{Name: host}
			if i := slices.IndexFunc(s.conf.Hosts, func(c inventory.Host) bool { return c.Name == host }); i >= 0 {
				h = s.conf.Hosts[i]
			}
			_, there := found[host][svc.Name()]
			switch s.conf.Placed(svc.Name(), h) {
			case config.Runs:
				there = true
			case config.RunsNot:
				there = false
			}
			if there {
				members = append(members, host)
			}
		}
		if len(members) > 0 {
			s.cluster.Services = append(s.cluster.Services, svc)
			s.cluster.Members[svc.Name()] = members
		}
	}
	s.placeUnwatched()
}

// apart refuses to take the host that umm-cluster runs on, and two names of one
// host.
func (s *site) apart(ctx context.Context) error {
	local, err := execx.Local{}.Run(ctx, execx.Cmd{Argv: inventory.IdentityCommand()})
	if err != nil {
		return err
	}
	self, err := inventory.ParseIdentity(string(local.Stdout))
	if err != nil {
		return fmt.Errorf("cannot tell which host this is: %w", err)
	}
	seen := map[string]inventory.Identity{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, host := range s.cluster.Hosts {
		all.Go(func() {
			res, err := s.runner(host).Run(ctx, execx.Cmd{Argv: inventory.IdentityCommand(), Limit: s.limits.Ask})
			if err != nil {
				return
			}
			if id, err := inventory.ParseIdentity(string(res.Stdout)); err == nil {
				lock.Lock()
				defer lock.Unlock()
				seen[host] = id
			}
		})
	}
	all.Wait()
	if err := inventory.Apart(self, s.cluster.Hosts, s.taken, seen); err != nil {
		return &Error{Code: Refused, Err: err}
	}
	return nil
}

// keeper takes the lease of this cluster.
func (a *app) keeper(s *site) lock.Keeper {
	k := s.keeperHere()
	k.Warn = func(text string) { a.log.Warn(text) }
	var hosts []lock.Host
	engine := s.conf.Lease.Engine
	for _, h := range s.cluster.Members[config.Pacemaker] {
		hosts = append(hosts, s.engineHost(h))
	}
	switch {
	case engine == "etcd" || (engine == "auto" && len(s.conf.Lease.Endpoints) > 0):
		k.Engine = lock.NewEtcd(s.everyHost(), etcdctl(s.conf.Lease)...)
	case engine == "pacemaker" || (engine == "auto" && len(hosts) > 0):
		k.Engine = lock.NewCIB(hosts)
	}
	return k
}

func (s *site) everyHost() []lock.Host {
	var hosts []lock.Host
	for _, h := range s.cluster.Hosts {
		hosts = append(hosts, s.engineHost(h))
	}
	return hosts
}

// engineHost is a host that is asked about the lease. It waits for nobody's turn: a
// lease that cannot be verified in time is lost.
func (s *site) engineHost(name string) lock.Host {
	return lock.Host{Name: name, Run: s.hosts[name]}
}

func etcdctl(l config.Lease) []string {
	argv := []string{"etcdctl", "--endpoints=" + strings.Join(l.Endpoints, ",")}
	for flag, file := range map[string]string{"--cacert=": l.CAFile, "--cert=": l.CertFile, "--key=": l.KeyFile} {
		if file != "" {
			argv = append(argv, flag+file)
		}
	}
	return argv
}

// firstError is the error of the first host that has one.
func firstError(hosts []string, failed map[string]error) error {
	for _, h := range hosts {
		if err := failed[h]; err != nil {
			return &Error{Code: Gated, Err: fmt.Errorf("%s: %w", h, err), Hint: hintOf(err)}
		}
	}
	return nil
}

// hintOf is what an error itself says to do.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// who says who runs umm-cluster, and where.
func (a *app) who() (by, master string) {
	by = a.getenv("SUDO_USER")
	if u, err := user.Current(); by == "" && err == nil {
		by = u.Username
	}
	master, _ = os.Hostname()
	// Both go to the hosts.
	return sanitize.Phrase(by, api.MaxText), sanitize.Phrase(master, api.MaxText)
}

// look asks the whole cluster once, for commands that only show. again: it will be
// asked again. Others speak for spare, if that is a host, where one speaks for all.
func (a *app) look(cmd *cobra.Command, s *site, again bool, spare string) (rollout.Observation, error) {
	hosts, err := s.glance(cmd.Context(), again)
	if err != nil {
		a.log.Warn(err)
	}
	// A host that is away shows none of its services: the run knows who their members are.
	if st, ok := s.own(cmd.Context()); ok && len(st.Request.Members) > 0 {
		s.cluster.Members = st.Request.Members
		s.useMembers()
	}
	c := s.cluster.Sparing(spare)
	c.Node = hosts
	return c.Observe(cmd.Context(), s.limits), cmd.Context().Err()
}

// table prints rows, or their document.
func (a *app) table(rows [][]string) error { return show.Columns(a.stdout, rows) }
