package rabbitmq

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

const (
	askFiles      = "files"
	startPatience = 10 * time.Minute
	// RiskMissing is accepted by an operator who knows that a member that cannot be
	// read did not stop last, or that it is lost.
	RiskMissing = "missing-member"
)

// ColdAsks are what every member is asked before ColdStart can decide. They change
// nothing.
func ColdAsks(string) []service.Ask {
	return append(Service{}.Asks("", nil), service.Ask{ID: askFiles, Argv: shell("files")})
}

// stopped is what a node that stands still wrote down.
type stopped struct {
	host, node string
	// process: it is starting, and waits for others. Its files are of now.
	process bool
	// running are the nodes that it last saw running; members all of the cluster.
	running, members []string
}

func parseFiles(host, out string) (stopped, error) {
	var found []stopped
	s := stopped{host: host}
	name := host
	for _, line := range strings.Split(out, "\n") {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "hostname":
			name = value
		case "process":
			s.process = value == "yes"
		case "node":
			found = append(found, stopped{host: host, node: value, process: s.process})
		case "shutdown", "members":
			if len(found) == 0 {
				return s, errors.New("a file is told of no node")
			}
			t, err := parseTerm(value)
			if err != nil {
				return s, err
			}
			last := &found[len(found)-1]
			if key == "shutdown" {
				last.running = texts(t)
			} else if pair, ok := t.(tuple); ok && len(pair) > 0 {
				last.members = texts(pair[0])
			} else {
				last.members = texts(t)
			}
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(f stopped) bool { return !sameHost(f.node, name) })
	}
	if len(found) != 1 {
		return s, fmt.Errorf("it has the files of %d nodes, and just one is expected", len(found))
	}
	if len(found[0].members) == 0 || len(found[0].running) == 0 {
		return s, fmt.Errorf("the files of %s do not name any node", found[0].node)
	}
	return found[0], nil
}

// ColdStart decides in which order the nodes start. The one that stopped last has to
// be first: all others wait for it. Which one that is follows from what each node
// saw running when it stopped; after a power cut it is several. Where a node runs
// already the others join it, and where one is starting it waits for them.
//
// A member that cannot be read stops it, unless a node that was read saw it go, or
// the operator accepted RiskMissing; then the first node is told not to wait.
func ColdStart(members []string, a service.Answers, accepted []string) (service.Start, []service.Verdict) {
	var up []string
	var down []stopped
	var unread []string
	var all []service.Verdict
	for _, host := range members {
		if readMember(host, a.Get(host, askStatus)).err == nil {
			up = append(up, host)
			all = append(all, judge.OK("stopped", host, "", "RabbitMQ runs on %s", host))
			continue
		}
		s, err := service.Parsed(a.Get(host, askFiles), func(out string) (stopped, error) { return parseFiles(host, out) })
		if err != nil {
			unread = append(unread, host)
			all = append(all, judge.Unknown("stopped", host, err.Error(), "cannot read what RabbitMQ on %s saw last", host))
			continue
		}
		down = append(down, s)
		all = append(all, judge.OK("stopped", host, fmt.Sprintf("%s: nodes_running_at_shutdown: %s", host, strings.Join(s.running, " ")),
			"RabbitMQ is stopped on %s", host))
	}
	if len(up) > 0 {
		return joins(down), append(all, judge.OK("first", "", "", "RabbitMQ runs on %s: the others join", strings.Join(up, ", ")))
	}
	if i := slices.IndexFunc(down, func(s stopped) bool { return s.process }); i >= 0 {
		return inOrder(down, nil, false), append(all, judge.OK("first", "", "", "RabbitMQ is starting on %s, and waits for the others", down[i].host))
	}
	first, why := lastOf(down)
	all = append(all, why)
	if why.State != service.OK {
		return service.Start{}, all
	}
	force := false
	for _, host := range unread {
		w := proved(host, len(members), down, first)
		all = append(all, w)
		if w.State != service.OK {
			if !slices.Contains(accepted, RiskMissing) {
				return service.Start{}, all
			}
			force = true
		}
	}
	return inOrder(down, first, force), all
}

// after tells whether b stopped after a: a saw b running, and b saw a go.
func after(a, b stopped) bool {
	return slices.Contains(a.running, b.node) && !slices.Contains(b.running, a.node)
}

// lastOf are the nodes after which none stopped: one, or some that went down
// together.
func lastOf(down []stopped) ([]stopped, service.Verdict) {
	var first []stopped
	for _, s := range down {
		for _, other := range down {
			if s.host == other.host {
				continue
			}
			if !slices.Contains(s.members, other.node) {
				return nil, judge.Stop("first", "", fmt.Sprintf("%s: members: %s", s.host, strings.Join(s.members, " ")),
					"%s and %s were not in the same cluster", s.host, other.host)
			}
			if !slices.Contains(s.running, other.node) && !slices.Contains(other.running, s.node) {
				return nil, judge.Stop("first", "", fmt.Sprintf("%s: %s; %s: %s", s.host, strings.Join(s.running, " "), other.host, strings.Join(other.running, " ")),
					"%s and %s each say that the other one stopped before: the cluster was partitioned, and which of them holds the messages cannot be told", s.host, other.host)
			}
		}
		if !slices.ContainsFunc(down, func(o stopped) bool { return o.host != s.host && after(s, o) }) {
			first = append(first, s)
		}
	}
	if len(first) == 0 {
		return nil, judge.Unknown("first", "", "", "cannot tell which node stopped last")
	}
	var names []string
	for _, s := range first {
		names = append(names, s.host)
	}
	reason := names[0] + " stopped last"
	if len(names) > 1 {
		reason = strings.Join(names, ", ") + " went down together, after all others: they start together"
	}
	return first, judge.OK("first", "", "", "%s", reason)
}

// proved tells whether a member that cannot be read is known to have stopped before
// those that start first: they were in a cluster with it, and did not see it at last.
func proved(host string, total int, down, first []stopped) service.Verdict {
	for _, s := range first {
		for _, node := range s.members {
			if slices.ContainsFunc(down, func(d stopped) bool { return d.node == node }) {
				continue
			}
			if sameHost(node, host) || len(s.members) == total && total-len(down) == 1 {
				if !slices.Contains(s.running, node) {
					return judge.OK("missing", host, fmt.Sprintf("%s: nodes_running_at_shutdown: %s", s.host, strings.Join(s.running, " ")),
						"%s was gone when %s stopped", node, s.host)
				}
			}
		}
	}
	return judge.Unknown("missing", host, "", "%s may have stopped last, and cannot be read: bring it up, or accept the loss of what only it has", host).WithRisk(RiskMissing)
}

func joins(down []stopped) service.Start {
	var s service.Start
	for _, d := range down {
		s.Groups = append(s.Groups, []service.Change{startChange(d.host, 0, false)})
	}
	return s
}

// inOrder starts all of them, the last to stop first, and waits for none of them to
// serve before all have been started: a cluster that pauses minorities takes up service
// only when most are there, and nodes wait for each other for minutes. But those that
// stopped last have a head start: where all of 3.10 started within a tenth of a second
// the one that had left first led a mirrored queue, with what it had of it.
func inOrder(down, first []stopped, force bool) service.Start {
	rest := slices.DeleteFunc(slices.Clone(down), func(d stopped) bool {
		return slices.ContainsFunc(first, func(f stopped) bool { return f.host == d.host })
	})
	var together []service.Change
	for i, f := range first {
		head := time.Duration(0)
		if len(rest) > 0 && i == len(first)-1 {
			head = headStart
		}
		together = append(together, startChange(f.host, head, force && i == 0))
	}
	// Who stopped later saw fewer others running.
	if len(first) > 0 {
		slices.SortStableFunc(rest, func(a, b stopped) int { return len(a.running) - len(b.running) })
	}
	for _, r := range rest {
		together = append(together, startChange(r.host, 0, false))
	}
	return service.Start{Groups: [][]service.Change{together}}
}

// headStart is the most that a node has before the others. It is ready once by itself
// as soon as it has read its tables and taken up its queues, even if it pauses then;
// one that waits for others is not held up for longer.
const headStart = 45 * time.Second

// startChange starts a node. It is waited for that for as long as its head start is.
func startChange(host string, head time.Duration, force bool) service.Change {
	c := service.Change{ID: Name + "/start/" + host, About: service.About(about{starts}), Service: Name, Target: host, Title: "start RabbitMQ on " + host,
		On: []string{host}, Do: service.Command{Argv: shell("start", strconv.Itoa(int(head/time.Second)))}, Wait: service.Waiting{Limit: startPatience}}
	if head > 0 {
		c.Do.Limit = 2 * head
	}
	if force {
		c.Title += ", without waiting for the nodes that are missing"
		c.Do.Argv = append(c.Do.Argv, "forced")
	}
	return c
}
