package haproxy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/service"
)

// Leave implements service.View.
func (v view) Leave(host string) []service.Verdict {
	var vs []service.Verdict
	var unread []string
	peers := 0
	for _, asked := range v.members {
		p := v.seen[asked]
		switch {
		case p.err != nil:
			unread = append(unread, asked+": "+p.err.Error())
			continue
		case asked != host:
			peers++
			vs = append(vs, v.withoutServer(asked, host))
		}
		vs = append(vs, v.drainable(asked, host)...)
	}
	last := judge.OK("proxy-without", host, "", "%d other hosts run HAProxy", peers)
	switch {
	case peers == 0 && len(unread) > 0:
		last = judge.Unknown("proxy-without", host, strings.Join(unread, "; "), "no HAProxy on another host than %s reports its state", host)
	case peers == 0:
		last = judge.Stop("proxy-without", host, "", "no other host than %s runs HAProxy", host).WithRisk(riskLastProxy)
	}
	return append([]service.Verdict{last}, vs...)
}

// withoutServer: each backend that has the host keeps a server without it.
func (v view) withoutServer(asked, host string) service.Verdict {
	var bare []string
	n := 0
	for _, pr := range v.seen[asked].processes {
		for name, rows := range pr.byBackend() {
			if !slices.ContainsFunc(rows, func(r row) bool { return v.owns(host, asked, r) }) {
				continue
			}
			n++
			if !v.othersServe(rows, asked, host) && !v.led(name, rows, asked, host) {
				bare = append(bare, name)
			}
		}
	}
	slices.Sort(bare)
	seen := fmt.Sprintf("show stat on %s: %d backends with %s", asked, n, host)
	if len(bare) > 0 {
		return judge.Stop("server-without", asked, seen, "without %s HAProxy on %s would have no server that is up for %s", host, asked, service.Few(bare)).WithRisk(riskLastServer)
	}
	return judge.OK("server-without", asked, seen, "without %s HAProxy on %s keeps a server that is up for each backend", host, asked)
}

// led: one server of the backend alone is up by design, and another host has one that
// can be it next.
func (v view) led(backend string, rows []row, asked, host string) bool {
	return slices.Contains(v.oneUp, backend) &&
		slices.ContainsFunc(rows, func(r row) bool { return !r.drained() && !v.owns(host, asked, r) })
}

// othersServe: of these servers one is up that is not on host.
func (v view) othersServe(rows []row, asked, host string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.serves() && !v.owns(host, asked, r) })
}

// drainable: the HAProxy on asked can be told to drain the host, if it has it.
func (v view) drainable(asked, host string) []service.Verdict {
	for _, pr := range v.seen[asked].processes {
		if can, why := pr.canSet(); !can && len(v.toDrain(pr, asked, host)) > 0 {
			return []service.Verdict{judge.Stop("drain", asked, "show info on "+asked+": Version "+pr.version, "%s cannot be drained on %s: %s", host, asked, why).WithRisk(riskUndrained)}
		}
	}
	return nil
}

// Exit implements service.View.
func (v view) Exit(host string) service.Exit {
	var e service.Exit
	// The host's own HAProxy comes last: clients that still use it are served until
	// the others are done.
	for _, asked := range service.PeersFirst(v.members, host, func(m string) bool { return slices.Contains(v.members, m) }) {
		n := 0
		for _, pr := range v.seen[asked].processes {
			rows := v.toDrain(pr, asked, host)
			if can, _ := pr.canSet(); !can || len(rows) == 0 {
				continue
			}
			n++
			id := Name + "/" + asked + "/" + host
			if n > 1 {
				id += "/" + strconv.Itoa(n)
			}
			var names []string
			for _, r := range rows {
				names = append(names, r.id())
			}
			argv := command("set", "admin:"+pr.socket)
			e.Changes = append(e.Changes, service.Change{
				ID: id, Service: Name, Target: host, On: []string{asked},
				Title: fmt.Sprintf("drain %s on the HAProxy of %s: %s", host, asked, service.Few(names)),
				About: service.About(aboutDrain{pr.socket, names}),
				Do:    service.Command{Argv: argv, Stdin: setState(rows, "drain")},
				Undo:  service.Command{Argv: command("undo", "admin:"+pr.socket), Stdin: setState(rows, "ready")},
				Wait:  service.Waiting{Limit: v.patience, Until: service.UntilLimit},
			})
		}
	}
	return e
}

// safeName is what HAProxy allows in a name.
var safeName = regexp.MustCompile(`^[A-Za-z0-9_:.-]+$`)

// toDrain are the host's servers that take connections. What is not up, by its check or
// because of the operator, is left as it is: nobody could wait for it afterwards. The only one that a backend has is not drained: that would only
// take its users the service earlier.
func (v view) toDrain(pr process, asked, host string) []row {
	var rows []row
	backends := pr.byBackend()
	for _, r := range pr.rows {
		if r.isServer() && v.owns(host, asked, r) && r.up() && !r.drained() && r.admin&anyMaint == 0 &&
			safeName.MatchString(r.backend) && safeName.MatchString(r.server) &&
			v.othersServe(backends[r.backend], asked, host) {
			rows = append(rows, r)
		}
	}
	return rows
}

// setState is a line of commands. It goes through one connection, which takes no
// more than a line.
func setState(rows []row, state string) string {
	var commands []string
	for _, r := range rows {
		commands = append(commands, "set server "+r.id()+" state "+state)
	}
	return strings.Join(commands, ";") + "\n"
}

// aboutDrain is what a change is about: these servers, as BACKEND/SERVER, behind that socket.
type aboutDrain struct {
	Socket  string   `json:"socket"`
	Servers []string `json:"servers"`
}

// drainOf is what a change is about. One of before November 2026 has the socket at the end of its
// arguments, and the servers in what it tells HAProxy.
func drainOf(c service.Change) (about aboutDrain, known bool) {
	if c.Decode(&about) {
		return about, true
	}
	if len(c.Do.Argv) == 0 {
		return about, false
	}
	_, about.Socket, _ = strings.Cut(c.Do.Argv[len(c.Do.Argv)-1], ":")
	for _, one := range strings.Split(c.Do.Stdin, ";") {
		if f := strings.Fields(one); len(f) == 5 && f[0] == "set" && f[1] == "server" {
			about.Servers = append(about.Servers, f[2])
		}
	}
	return about, true
}

func connections(n int) string {
	if n == 1 {
		return "a connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// Settled implements service.View. Done is when no connection is left; undone when
// the servers are up. A server that is configured no longer is neither.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	const name = "settled"
	about, told := drainOf(c)
	if len(c.On) == 0 || !told {
		return judge.Unknown(name, c.Target, "", "cannot tell which HAProxy the change %s is about", c.ID)
	}
	asked := c.On[0]
	p, known := v.seen[asked]
	i := slices.IndexFunc(p.processes, func(pr process) bool { return pr.socket == about.Socket })
	switch {
	case !known:
		return judge.Unknown(name, c.Target, "", "%s is not known to run HAProxy", asked)
	case p.err != nil:
		return judge.Unknown(name, c.Target, asked+": "+p.err.Error(), "HAProxy on %s does not report its state", asked)
	case i < 0:
		return judge.Unknown(name, c.Target, "", "HAProxy on %s has no socket %s any more", asked, about.Socket)
	}
	var ready, drained, down, seen []string
	sessions := 0
	for _, r := range p.processes[i].rows {
		if !r.isServer() || !slices.Contains(about.Servers, r.id()) {
			continue
		}
		seen = append(seen, fmt.Sprintf("%s %s scur=%d", r.id(), r.status, r.sessions))
		sessions += r.sessions
		state, _ := r.stands()
		switch {
		case r.drained():
			drained = append(drained, r.id())
		case !p.processes[i].states && !r.up():
			// HAProxy 1.5 shows no more than DOWN of a drained server that is down.
			drained = append(drained, r.id())
			down = append(down, r.id())
		default:
			ready = append(ready, r.id())
			if state != service.OK {
				down = append(down, r.id())
			}
		}
	}
	evidence := "show stat on " + asked + ": " + service.Few(seen)
	say := func(state service.State, format string, args ...any) service.Verdict {
		return judge.Verdict(name, c.Target, state, evidence, format, args...)
	}
	if done {
		switch {
		case len(ready) > 0:
			return say(service.Wait, "HAProxy on %s does not drain %s", asked, service.Few(ready))
		case sessions > 0:
			return say(service.Wait, "HAProxy on %s still has %s to %s", asked, connections(sessions), c.Target)
		}
		return say(service.OK, "HAProxy on %s has no connection to %s and makes no new ones", asked, c.Target)
	}
	switch {
	case len(down) > 0:
		return say(service.Wait, "for HAProxy on %s %s is not up yet", asked, service.Few(down))
	case len(drained) > 0:
		return say(service.Wait, "HAProxy on %s still drains %s", asked, service.Few(drained))
	}
	return say(service.OK, "for HAProxy on %s %s is up again", asked, c.Target)
}
