package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/fanout"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/pacemaker"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/execx"
	"umm/internal/poll"
)

// How long to look again at a service that is on its way, and what one question
// may take: the recovery of a position reads the whole log.
const (
	coldPatience = 3 * time.Minute
	coldAsk      = 5 * time.Minute
	// coldOutput bounds what it prints, in bytes.
	coldOutput = 8 << 20
	coldEvery  = time.Second
)

// colds are the services that have to be started in the right order when none of
// their members runs.
var colds = []struct {
	name  string
	asks  func(host string) []service.Ask
	start func(members []string, a service.Answers, accepted []string) (service.Start, []service.Verdict)
}{
	{"galera", galera.ColdAsks, galera.ColdStart},
	{"rabbitmq", rabbitmq.ColdAsks, rabbitmq.ColdStart},
}

// coldStart decides what has to be started before hosts leave maintenance mode. What
// Pacemaker runs is not touched: it starts that itself, once it has quorum, and two
// who bootstrap a cluster make two of it.
func (s *Site) coldStart(ctx context.Context) ([]rollout.ColdStart, error) {
	var starts []rollout.ColdStart
	theirs, err := s.ofPacemaker(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot tell what has to be started: %w", err)
	}
	for _, c := range colds {
		members := s.Cluster.Members[c.name]
		if len(members) == 0 {
			continue
		}
		if slices.Contains(theirs, c.name) {
			s.infof("%s is a resource of Pacemaker, which starts it once the hosts are back and it has quorum", c.name)
			continue
		}
		start, err := s.decide(ctx, members, asksOf(members, c.asks), c.start)
		if err != nil {
			return nil, fmt.Errorf("cannot tell how to start %s: %w", c.name, err)
		}
		for _, change := range start.Sequence() {
			starts = append(starts, rollout.ColdStart{Host: change.Target, Change: change, Why: "its " + c.name + " starts before the hosts return"})
		}
	}
	return starts, nil
}

// ofPacemaker are the services that Pacemaker runs, as its configuration says on the
// hosts' disks.
func (s *Site) ofPacemaker(ctx context.Context) ([]string, error) {
	members := s.Cluster.Members[pacemaker.Name]
	if len(members) == 0 {
		return nil, nil
	}
	return pacemaker.Runs(members, s.ask(ctx, asksOf(members, pacemaker.ColdAsks), service.Answers{}))
}

// asksOf are what members are asked, by member.
func asksOf(members []string, asks func(host string) []service.Ask) map[string][]service.Ask {
	all := map[string][]service.Ask{}
	for _, m := range members {
		all[m] = asks(m)
	}
	return all
}

// abandoned are the changes to the hosts taken that a run has left, whose journal is not
// here. The cluster has to be this run's when it is asked for.
func (s *Site) abandoned(ctx context.Context) ([]service.Change, error) {
	members := s.Cluster.Members[pacemaker.Name]
	if len(members) == 0 {
		return nil, nil
	}
	all, err := pacemaker.Abandoned(members, s.ask(ctx, asksOf(members, pacemaker.ColdAsks), service.Answers{}))
	if err != nil {
		return nil, fmt.Errorf("cannot tell what another run has left in force: %w", err)
	}
	return slices.DeleteFunc(all, func(c service.Change) bool { return !slices.Contains(s.Taken, c.Target) }), nil
}

// decide asks until it can be told, as long as waiting helps. What cannot be read is
// asked again only for as long as a gate would.
func (s *Site) decide(ctx context.Context, members []string, asks map[string][]service.Ask,
	decide func([]string, service.Answers, []string) (service.Start, []service.Verdict)) (service.Start, error) {
	ctx, cancel := context.WithTimeout(ctx, coldPatience)
	defer cancel()
	var accepted []string
	for _, r := range s.Accepted {
		accepted = append(accepted, r.Name)
	}
	unclear := time.Now().Add(s.Limits.Unclear)
	var start service.Start
	var bad []service.Verdict
	for range poll.Every(ctx, coldEvery) {
		answers := s.ask(ctx, asks, service.Answers{})
		var vs []service.Verdict
		start, vs = decide(members, answers, accepted)
		if len(start.More) > 0 {
			start, vs = decide(members, s.ask(ctx, start.More, answers), accepted)
		}
		bad = service.Bad(vs)
		switch {
		case len(start.Groups) > 0 || len(bad) == 0:
			return start, nil
		case service.Worst(bad) == service.Stop, service.Worst(bad) == service.Unknown && time.Now().After(unclear):
			return start, errors.New(reasons(bad))
		}
	}
	return start, errors.New(reasons(bad))
}

// ask asks hosts and adds their answers.
func (s *Site) ask(ctx context.Context, asks map[string][]service.Ask, have service.Answers) service.Answers {
	type question struct {
		host string
		service.Ask
	}
	var questions []question
	all := service.Answers{}
	for host, answers := range have {
		all[host] = maps.Clone(answers)
	}
	for host, list := range asks {
		if all[host] == nil {
			all[host] = map[string]service.Answer{}
		}
		for _, ask := range list {
			questions = append(questions, question{host, ask})
		}
	}
	for i, answer := range fanout.Each(questions, func(q question) service.Answer {
		res, err := s.Cluster.Runner(q.host).Run(ctx, execx.Cmd{Argv: q.Argv, Stdin: q.Stdin, Limit: coldAsk, Output: coldOutput})
		return service.Answer{Result: res, Err: err}
	}) {
		all[questions[i].host][questions[i].ID] = answer
	}
	return all
}

func reasons(vs []service.Verdict) string {
	var all []string
	for _, v := range vs {
		all = append(all, v.Reason)
	}
	return strings.Join(all, "; ")
}
