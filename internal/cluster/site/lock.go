package site

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/lock"
	"umm/internal/cluster/run"
)

// keeper takes the lock of this cluster.
func (s *Site) keeper() lock.Keeper {
	k := s.keeperHere()
	k.Warn = func(text string) { s.warn(text) }
	var hosts []lock.Host
	engine := s.Conf.Lock.Engine
	for _, h := range s.Cluster.Members[config.Pacemaker] {
		hosts = append(hosts, s.engineHost(h))
	}
	switch {
	case engine == "etcd" || (engine == "auto" && len(s.Conf.Lock.Endpoints) > 0):
		k.Engine = lock.NewEtcd(s.everyHost(), etcdctl(s.Conf.Lock)...)
	case engine == "pacemaker" || (engine == "auto" && len(hosts) > 0):
		k.Engine = lock.NewCIB(hosts)
	}
	return k
}

// keeperHere is what stands on this master of the locks of this cluster.
func (s *Site) keeperHere() lock.Keeper {
	return lock.Keeper{Dir: filepath.Join(s.Conf.StateDir, "lease"), Now: time.Now, Machines: s.here().Machines,
		Known: func(id string) map[string]run.Machine {
			st, _ := s.stateOf(id)
			return st.Request.Machines
		}}
}

func (s *Site) everyHost() []lock.Host {
	var hosts []lock.Host
	for _, h := range s.Cluster.Hosts {
		hosts = append(hosts, s.engineHost(h))
	}
	return hosts
}

// engineHost is a host that is asked about the lock. It waits for nobody's turn: a
// lock that cannot be verified in time is lost.
func (s *Site) engineHost(name string) lock.Host {
	return lock.Host{Name: name, Run: s.hosts[name]}
}

func etcdctl(l config.Lock) []string {
	argv := []string{"etcdctl", "--endpoints=" + strings.Join(l.Endpoints, ",")}
	for flag, file := range map[string]string{"--cacert=": l.CAFile, "--cert=": l.CertFile, "--key=": l.KeyFile} {
		if file != "" {
			argv = append(argv, flag+file)
		}
	}
	return argv
}

// acquire takes the cluster for a run. Where a run of this master has it that is
// over, or was killed before it began, that is given back first.
func (s *Site) acquire(ctx context.Context, j job, c lock.Claim) (context.Context, *lock.Lock, error) {
	keeper := s.keeper()
	locked, l, err := keeper.Acquire(ctx, c)
	if other := heldBy(err); other != nil && s.giveBack(ctx, other.Claim) {
		locked, l, err = keeper.Acquire(ctx, c)
	}
	if err != nil && heldBy(err) == nil && j.cold {
		return keeper.AcquireHere(ctx, c)
	}
	return locked, l, err
}

// heldBy is the refusal where another run has the cluster, nil where err is none.
func heldBy(err error) *lock.HeldError {
	var held *lock.HeldError
	errors.As(err, &held)
	return held
}

// giveBack gives the cluster back for a run that is over, and tells whether it did.
func (s *Site) giveBack(ctx context.Context, c lock.Claim) bool {
	state, known := s.stateOf(c.Run)
	over := known && state.Phase == run.EndedPhase || s.neverBegan(c.Run, s.keeperHere().Holder(ctx))
	return over && s.keeper().Break(ctx, c) == nil
}

// neverBegan tells whether a run that has the cluster on this master was killed before its
// first entry was kept: it did nothing until then.
func (s *Site) neverBegan(id string, look lock.Holder) bool {
	if look.Working || look.OnMaster == nil || look.OnMaster.Run != id || look.MasterErr != nil {
		return false
	}
	ids, err := s.Runs.Runs()
	if err != nil {
		return false
	}
	if !slices.Contains(ids, id) {
		return true
	}
	entries, err := s.Runs.Read(id)
	return err == nil && len(entries) == 0
}

// working tells whether the process of a run is running on this master.
func (s *Site) working(ctx context.Context, id string) bool {
	look := s.keeperHere().Holder(ctx)
	return look.Working && look.OnMaster != nil && look.OnMaster.Run == id
}
