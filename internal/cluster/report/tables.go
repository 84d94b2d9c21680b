package report

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/layout"
	"umm/internal/sanitize"
)

// History is a table of runs, in the order in which they are given.
func History(states []run.State) string {
	if len(states) == 0 {
		return "No run yet.\n"
	}
	rows := [][]string{{"RUN", "STARTED", "TOOK", "WHAT", "OUTCOME", "BY", "REASON"}}
	for i := range states {
		s := &states[i]
		r := s.Request
		what := fmt.Sprintf("%s %s", r.Verb, count(len(r.Hosts), "host"))
		if len(r.Hosts) == 1 {
			what = fmt.Sprintf("%s %s", r.Verb, sanitize.Line(r.Hosts[0]))
		}
		rows = append(rows, []string{sanitize.Line(r.ID), s.Started.Format("2006-01-02 15:04"), clock(s.Last.Sub(s.Started)), what,
			strings.ToLower(outcome(s)), sanitize.Line(r.By), sanitize.Line(r.Reason)})
	}
	return strings.Join(layout.Columns(rows), "\n") + "\n"
}

// Verdicts is every check with its evidence: those of the cluster, then host by
// host, and what is not ok first.
func Verdicts(vs []service.Verdict) string {
	if len(vs) == 0 {
		return "There are no checks.\n"
	}
	var hosts []string
	by := map[string][]service.Verdict{}
	for _, v := range vs {
		if _, ok := by[v.Host]; !ok {
			hosts = append(hosts, v.Host)
		}
		by[v.Host] = append(by[v.Host], v)
	}
	slices.SortStableFunc(hosts, func(a, b string) int {
		if bad := rank(by[a]) - rank(by[b]); bad != 0 {
			return bad
		}
		return min(1, len(a)) - min(1, len(b))
	})
	var b strings.Builder
	for _, h := range hosts {
		name := sanitize.Line(h)
		if h == "" {
			name = "the cluster"
		}
		fmt.Fprintf(&b, "%s: %s\n", name, tallied(by[h]))
		for _, v := range append(service.Bad(by[h]), good(by[h])...) {
			verdictLines(&b, v)
		}
		b.WriteString("\n")
	}
	b.WriteString("Total: " + tallied(vs) + "\n")
	return b.String()
}

func rank(vs []service.Verdict) int {
	if service.Good(vs) {
		return 1
	}
	return 0
}

func good(vs []service.Verdict) []service.Verdict {
	return slices.DeleteFunc(slices.Clone(vs), func(v service.Verdict) bool { return v.State != service.OK })
}

func tallied(vs []service.Verdict) string {
	if bad := len(service.Bad(vs)); bad > 0 {
		return fmt.Sprintf("%d of %s not ok", bad, count(len(vs), "check"))
	}
	return count(len(vs), "check") + ", all ok"
}

func verdictLines(b *strings.Builder, v service.Verdict) {
	state := string(v.State)
	if v.State != service.OK {
		state = strings.ToUpper(state)
	}
	fmt.Fprintf(b, "  %-8s %s %s: %s\n", sanitize.Line(state), sanitize.Line(v.Service), sanitize.Line(v.Name), sanitize.Line(v.Reason))
	for _, line := range strings.Split(v.Evidence, "\n") {
		if line = sanitize.Line(line); line != "" {
			b.WriteString("             " + line + "\n")
		}
	}
	if v.State != service.OK && v.Risk != "" {
		fmt.Fprintf(b, "             to accept it: --accept-risk=%s --reason=...\n", sanitize.Line(v.Risk))
	}
}

// Plan lists the hosts in order, why in this order, and the steps of each.
func Plan(turns []run.Planned, estimates Estimates) string {
	if len(turns) == 0 {
		return "Nothing to do.\n"
	}
	var b strings.Builder
	for i, p := range turns {
		fmt.Fprintf(&b, "%d. %s%s\n", i+1, sanitize.Line(p.Host), colon(sanitize.Line(p.Why)))
		var rows [][]string
		for n, s := range p.Steps {
			row := []string{layout.Right(fmt.Sprint(n+1), 5), string(s.Kind), title(&s)}
			if d := estimates.Step(s); d > 0 {
				row = append(row, "typically "+span(d))
			}
			rows = append(rows, row)
		}
		for _, line := range layout.Columns(rows) {
			b.WriteString(line + "\n")
		}
		b.WriteString("\n")
	}
	var rest int
	for _, p := range turns {
		rest += len(p.Steps)
	}
	fmt.Fprintf(&b, "%s, %s", count(len(turns), "host"), count(rest, "step"))
	if d := together(turns, estimates); d != "" {
		b.WriteString(", about " + d)
	}
	b.WriteString(".\n")
	return b.String()
}

// Policy says what becomes of a run whose command fails on a host; nothing for one
// without a command.
func Policy(r run.Request) string {
	switch {
	case len(r.Command) == 0:
		return ""
	case r.Options.ContinueOnFailure:
		return "If the command fails, the host is brought back and the next one is taken.\n"
	}
	return "If the command fails, the run stops with that host in maintenance mode.\n"
}

// together is how long a plan takes; nothing where a host is not known of.
func together(turns []run.Planned, estimates Estimates) string {
	var all []run.Step
	for _, p := range turns {
		if estimates.sum(p.Steps) == 0 {
			return ""
		}
		all = append(all, p.Steps...)
	}
	return span(estimates.sum(all))
}
