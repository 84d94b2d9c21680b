package site

import (
	"sync"

	"umm/internal/cluster/probe"
	"umm/internal/cluster/run"
	"umm/internal/execx"
)

func probesOf(s *Site) []probe.Probe {
	var all []probe.Probe
	for _, p := range s.Conf.Probes {
		try := probe.TCP(p.TCP)
		if p.TCP == "" {
			try = probe.Command(execx.Local{Env: execx.Inherited()}, p.Command)
		}
		all = append(all, probe.Probe{Name: p.Name, Every: p.Every, Limit: p.Timeout, Try: try})
	}
	return all
}

// probed are the names of the probes, and of those that only connect.
func (s *Site) probed() (names, connects []string) {
	for _, p := range s.Conf.Probes {
		names = append(names, p.Name)
		if p.TCP != "" {
			connects = append(connects, p.Name)
		}
	}
	return names, connects
}

// gaps holds what the probes tell until the run writes it down.
type gaps struct {
	lock    sync.Mutex
	entries []run.Entry
}

func (g *gaps) add(gap probe.Gap) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.entries = append(g.entries, run.Entry{Kind: run.Gap, Text: gap.Probe, Took: gap.Took})
}

func (g *gaps) take() []run.Entry {
	g.lock.Lock()
	defer g.lock.Unlock()
	taken := g.entries
	g.entries = nil
	return taken
}
