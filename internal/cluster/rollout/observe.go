package rollout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"umm/internal/cluster/fanout"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// Without is the cluster without the services of these names: to ask less.
func (c Cluster) Without(names ...string) Cluster {
	c.Services = slices.DeleteFunc(slices.Clone(c.Services), func(s service.Service) bool { return slices.Contains(names, s.Name()) })
	return c
}

// Only is nothing but the service of that name: no hosts, no other service.
func (c Cluster) Only(name string) Cluster {
	c.Hosts, c.Alerts = nil, nil
	c.Services = slices.DeleteFunc(slices.Clone(c.Services), func(s service.Service) bool { return s.Name() != name })
	return c
}

// About is nothing but what tells whether a change has settled.
func (c Cluster) About(ch service.Change) Cluster {
	c = c.Only(ch.Service)
	c.about = &ch
	for _, s := range c.Services {
		if n, ok := s.(service.Narrow); ok {
			c.hears = n.Hears(ch)
		}
	}
	return c
}

// Sparing has others than these hosts tell what one member of a service tells for all,
// if others can: of a host that is to leave its peers are asked.
func (c Cluster) Sparing(hosts ...string) Cluster {
	c.spared = hosts
	return c
}

// Observe asks every host and every service once, all at once, each ask bounded by
// its own limit, or limit.Ask, and Node.Status by itself. How many hosts are asked at
// the same time is for the Runner to say, so that the limits begin when it is a host's
// turn. Whatever does not answer is in the observation as such.
func (c Cluster) Observe(ctx context.Context, l Limits) Observation {
	s := Observation{Hosts: make([]HostStatus, len(c.Hosts)), members: c.Members}
	answers := make([]service.Answers, len(c.Services))
	var work sync.WaitGroup
	taken := &answered{host: map[string]int{}}
	for i, host := range c.Hosts {
		work.Go(func() {
			status, err := c.Node.Status(ctx, host)
			s.Hosts[i] = HostStatus{Host: host, Status: status, Err: err}
		})
	}
	for i, svc := range c.Services {
		work.Go(func() { answers[i] = c.answersOf(ctx, svc, l, taken) })
	}
	if c.Alerts != nil {
		work.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, l.Ask)
			defer cancel()
			s.alerts = c.Alerts(ctx)
		})
	}
	work.Wait()
	for i, svc := range c.Services {
		s.Views = append(s.Views, NamedView{svc.Name(), svc.Read(c.Members[svc.Name()], answers[i])})
	}
	return s
}

// answersOf asks the members of a service, and one of them for what it tells for all. Where
// that one does not, the others are asked for it one after another.
func (c Cluster) answersOf(ctx context.Context, svc service.Service, l Limits, taken *answered) service.Answers {
	members := c.Members[svc.Name()]
	asked := members
	if len(c.hears) > 0 {
		asked = slices.DeleteFunc(slices.Clone(members), func(host string) bool { return !slices.Contains(c.hears, host) })
	}
	speaks, others := c.speakers(svc, members)
	all := service.Answers(fanout.By(asked, func(host string) map[string]service.Answer {
		asks := c.asks(svc, host, members)
		if len(others) > 0 && host == others[0] {
			asks = speaks.AsksMore(host, members)
		}
		return c.answersFrom(ctx, host, asks, l, taken)
	}))
	if speaks == nil || speaks.Spoke(all[others[0]]) {
		return all
	}
	for _, host := range others[1:] {
		if ctx.Err() != nil || !answersAll(all[host]) {
			continue
		}
		if said := c.answersFrom(ctx, host, speaks.AsksMore(host, members), l, taken); speaks.Spoke(said) {
			all[host] = said
			break
		}
	}
	return all
}

// speakers are the members that can tell something for all, in the order in which they are
// asked for it.
func (c Cluster) speakers(svc service.Service, members []string) (service.Spokesman, []string) {
	speaks, ok := svc.(service.Spokesman)
	if !ok || c.about != nil || len(members) == 0 {
		return nil, nil
	}
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Compare(slices.Index(c.spared, a)+1, slices.Index(c.spared, b)+1)
	})
	return speaks, order
}

// answersFrom asks one host, all at once.
func (c Cluster) answersFrom(ctx context.Context, host string, asks []service.Ask, l Limits, taken *answered) map[string]service.Answer {
	answers := fanout.Each(asks, func(ask service.Ask) service.Answer {
		return taken.fits(host, c.ask(ctx, host, ask, l))
	})
	said := map[string]service.Answer{}
	for i, ask := range asks {
		said[ask.ID] = answers[i]
	}
	return said
}

// answersAll tells whether a host answered all that it was asked.
func answersAll(said map[string]service.Answer) bool {
	for _, a := range said {
		if _, err := a.Output(); err != nil {
			return false
		}
	}
	return len(said) > 0
}

// asks are what a member is asked.
func (c Cluster) asks(svc service.Service, host string, members []string) []service.Ask {
	if f, ok := svc.(service.Frugal); ok && c.about != nil {
		return f.AsksAbout(*c.about, host, members)
	}
	return svc.Asks(host, members)
}

// What one observation keeps in memory of what was answered, in bytes: an answer's outputs, those of a
// host, and all together. The largest that were seen of real clusters are a tenth of it.
const (
	askOutput         = 8 << 20
	hostOutput        = 32 << 20
	observationOutput = 256 << 20
)

// answered is how much of it is used.
type answered struct {
	lock sync.Mutex
	host map[string]int
	all  int
}

// fits is the answer, or an error in its place where it is too much.
func (h *answered) fits(host string, a service.Answer) service.Answer {
	size := len(a.Result.Stdout) + len(a.Result.Stderr)
	h.lock.Lock()
	defer h.lock.Unlock()
	switch {
	case h.host[host]+size > hostOutput:
		return service.Answer{Err: fmt.Errorf("%s answers more than %d MiB in all", host, hostOutput>>20)}
	case h.all+size > observationOutput:
		return service.Answer{Err: fmt.Errorf("the hosts answer more than %d MiB in all", observationOutput>>20)}
	}
	h.host[host] += size
	h.all += size
	return a
}

func (c Cluster) ask(ctx context.Context, host string, ask service.Ask, l Limits) service.Answer {
	res, err := c.Runner(host).Run(ctx, execx.Cmd{Argv: ask.Argv, Stdin: ask.Stdin, Limit: cmp.Or(ask.Limit, l.Ask), Output: askOutput})
	return service.Answer{Result: res, Err: err}
}
