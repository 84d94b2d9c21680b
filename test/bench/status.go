package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// status measures umm-cluster and its peers where there are many hosts.
func (b *bench) status(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bench-status")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is in /tmp.
	return apart(ctx, func() error {
		stop, err := startHosts(ctx, dir, statusHosts)
		if err != nil {
			return err
		}
		defer stop()
		return b.peers(ctx, dir)
	})
}

// peers lets umm-cluster, the floor and the others ask all hosts in turn, each time
// another one first.
func (b *bench) peers(ctx context.Context, dir string) error {
	if err := clusterConfig(dir); err != nil {
		return err
	}
	ours, bare, bareOnce, others := statusPeers(dir, b.clusterProgram, filepath.Join(filepath.Dir(b.empty), "bare"))
	others = slices.DeleteFunc(others, func(p peer) bool { return !slices.Contains(strings.Split(b.others, ","), p.name) })
	for i := range others {
		b.tell("how many hosts at once are best for %s", others[i].name)
		if err := others[i].tune(ctx, dir); err != nil {
			return err
		}
	}
	all := append([]peer{ours, bare, bareOnce}, others...)
	times, cpus := make([][]float64, len(all)), make([][]float64, len(all))
	for round := range b.rounds {
		b.tell("status of %d hosts: round %d of %d", statusHosts, round+1, b.rounds)
		for i := range all {
			at := (i + round) % len(all)
			if most := all[at].rounds; most > 0 && round >= most {
				continue
			}
			took, cpu, err := all[at].measure(ctx, dir)
			if err != nil {
				return err
			}
			times[at], cpus[at] = append(times[at], took), append(cpus[at], cpu)
		}
	}
	fastest := 0
	for i := 3; i < len(all); i++ {
		if fastest == 0 || median(times[i]) < median(times[fastest]) {
			fastest = i
		}
	}
	what := fmt.Sprintf("umm-cluster status of %d hosts", statusHosts)
	for i, p := range all[1:] {
		r := row{what: what, against: p.name, pairs: zip(times[0], times[i+1])}
		r.note = fmt.Sprintf("%s, processor %s", inMillis(r.pairs), inMillis(zip(cpus[0], cpus[i+1])))
		switch {
		case i == 0:
			r.goal = bareBudget
		case i >= 2:
			r.against = fmt.Sprintf("%s, %d at once", p.name, p.at)
		}
		if i+1 == fastest {
			r.goal = statusBudget
			r.against += ", the fastest"
		}
		b.add(r)
	}
	return nil
}

// tune finds out how many hosts at once are best for a peer.
func (p *peer) tune(ctx context.Context, dir string) error {
	best := math.Inf(1)
	mine := *p
	for _, at := range parallels {
		mine.at = at
		took, _, err := mine.measure(ctx, dir)
		if err != nil {
			return err
		}
		if took < best {
			best, p.at = took, at
		}
	}
	return nil
}

func zip(a, b []float64) []pair {
	pairs := make([]pair, min(len(a), len(b)))
	for i := range pairs {
		pairs[i] = pair{a[i], b[i]}
	}
	return pairs
}

// statusNotes stand below the table.
func statusNotes() string {
	return fmt.Sprintf(`Status: all programs log in anew and run umm status -o json once on each of the hosts, which are an sshd of
x/crypto/ssh in one process beside them. umm-cluster also finds out which services run there, and so does the bare
loop with which it has a goal. pdsh, parallel-ssh, clush and ansible (raw) use OpenSSH's ssh, with as many hosts at
once as were fastest of %s; umm-cluster and the bare loop have %d. Where other work keeps the machine busy, look at
the processor times: a program of many processes is given more of it than one of one.
`, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(parallels)), ", "), "[]"), parallel)
}
