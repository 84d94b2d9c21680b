package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// The names under which an operator may accept what was found.
const (
	riskServers    = "servers-down"
	riskFrontend   = "frontend-closed"
	riskLastServer = "last-server"
	riskLastProxy  = "last-proxy"
	riskUndrained  = "not-drained"
)

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, host := range v.members {
		if slices.Contains(out, host) {
			continue
		}
		p := v.seen[host]
		if p.err != nil {
			vs = append(vs, judge.Unknown("answers", host, host+": "+p.err.Error(), "HAProxy on %s does not report its state", host))
			continue
		}
		vs = append(vs, p.frontends(host), v.backends(host, out))
		vs = append(vs, v.servers(host, out)...)
	}
	if len(vs) == 0 {
		vs = append(vs, judge.Unknown("answers", "", "", "no host is left to ask about HAProxy"))
	}
	return vs
}

// frontends: they all take connections.
func (p proxy) frontends(host string) service.Verdict {
	var shut, full []string
	n := 0
	for _, pr := range p.processes {
		for _, r := range pr.rows {
			if r.server != "FRONTEND" {
				continue
			}
			n++
			switch r.status {
			case "OPEN":
			case "FULL":
				full = append(full, r.backend)
			default:
				shut = append(shut, r.backend+" ("+r.status+")")
			}
		}
	}
	seen := fmt.Sprintf("show stat on %s: %d frontends", host, n)
	bad := func(state service.State, format string, args ...any) service.Verdict {
		return judge.Verdict("frontends", host, state, seen, format, args...).WithRisk(riskFrontend)
	}
	switch {
	case len(shut) > 0:
		return bad(service.Stop, "HAProxy on %s does not take connections for %s", host, service.Few(shut))
	case len(full) > 0:
		return bad(service.Wait, "HAProxy on %s has as many connections as it may have for %s", host, service.Few(full))
	}
	return judge.OK("frontends", host, seen, "HAProxy on %s takes connections", host)
}

// backends: each has a server that takes connections, unless all that it has are
// on hosts in out.
func (v view) backends(host string, out []string) service.Verdict {
	var dead, alive []string
	for _, pr := range v.seen[host].processes {
		for name, rows := range pr.byBackend() {
			away := true
			for _, r := range rows {
				away = away && slices.ContainsFunc(out, func(o string) bool { return v.owns(o, host, r) })
			}
			switch {
			case slices.ContainsFunc(rows, row.serves):
				alive = append(alive, name)
			case !away:
				dead = append(dead, name)
			}
		}
	}
	slices.Sort(dead)
	seen := fmt.Sprintf("show stat on %s: %d backends with a server that is up", host, len(alive))
	if len(dead) > 0 {
		return judge.Wait("backends", host, seen, "HAProxy on %s has no server that is up for %s", host, service.Few(dead)).WithRisk(riskServers)
	}
	return judge.OK("backends", host, seen, "HAProxy on %s has a server that is up for each backend", host)
}

// byBackend are the servers of each backend that has any that count.
func (p process) byBackend() map[string][]row {
	rows := map[string][]row{}
	for _, r := range p.rows {
		if r.isServer() && !r.disabled() {
			rows[r.backend] = append(rows[r.backend], r)
		}
	}
	return rows
}

// servers: all are up that are not on hosts in out, and take connections. Those
// of one name that stand alike are told together.
func (v view) servers(host string, out []string) []service.Verdict {
	type group struct {
		server, what string
		state        service.State
		rows         []string
	}
	var bad []*group
	n := 0
	for _, pr := range v.seen[host].processes {
		for _, r := range pr.rows {
			if !r.isServer() || slices.ContainsFunc(out, func(o string) bool { return v.owns(o, host, r) }) {
				continue
			}
			n++
			state, what := r.stands()
			if what == down && slices.Contains(v.oneUp, r.backend) {
				continue // that one of them is up is for the backend to say
			}
			if state == service.OK {
				continue
			}
			i := slices.IndexFunc(bad, func(g *group) bool { return g.server == r.server && g.what == what })
			if i < 0 {
				i, bad = len(bad), append(bad, &group{server: r.server, what: what, state: state})
			}
			bad[i].rows = append(bad[i].rows, fmt.Sprintf("%s (%s)", r.id(), r.status))
		}
	}
	if len(bad) == 0 {
		return []service.Verdict{judge.OK("servers", host, fmt.Sprintf("show stat on %s: %d servers", host, n), "every server is up for HAProxy on %s", host)}
	}
	var vs []service.Verdict
	for _, g := range bad {
		vs = append(vs, judge.Verdict("server-"+g.server, host, g.state, fmt.Sprintf("show stat on %s: %s", host, service.Few(g.rows)),
			"for HAProxy on %s %s %s", host, service.Few(backendsOf(g.rows)), g.what).WithRisk(riskServers))
	}
	return vs
}

func backendsOf(rows []string) []string {
	var names []string
	for _, r := range rows {
		name, _, _ := strings.Cut(r, " ")
		names = append(names, name)
	}
	return names
}

// stands says how a server stands and in which words.
func (r row) stands() (service.State, string) {
	switch {
	case r.disabled() || strings.HasPrefix(r.status, "NOLB"):
		// NOLB: its check said that it is well and wants no new connections.
		return service.OK, ""
	case r.admin&resolverMaint != 0 || r.status == "MAINT (resolution)":
		return service.Wait, "has no address yet"
	case r.admin&(forcedMaint|trackedMaint) != 0 || strings.HasPrefix(r.status, "MAINT"):
		return service.Stop, "is in maintenance, set by hand"
	case r.drained():
		return service.Stop, "is being drained, set by hand"
	case r.uweight == "0" && r.iweight != "0":
		return service.Stop, "has the weight 0, set by hand"
	case r.status == "UP" || r.status == "no check":
		return service.OK, ""
	case r.up():
		return service.Wait, "is up, but its last checks failed or have just begun"
	}
	return service.Wait, down
}

const down = "is down"
