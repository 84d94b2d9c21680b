package rollout

import (
	"fmt"

	"umm/internal/cluster/service"
)

// alike is how many verdicts that say the same of different hosts, and that all is
// well, are kept each by itself.
const alike = 20

// Collapse is the verdicts as they are kept and shown: where a check succeeds on very
// many hosts it is one verdict that says of how many. Otherwise the journal of a run
// over a thousand hosts would have millions of them. What is not OK stays as it is.
func Collapse(vs []service.Verdict) []service.Verdict {
	type check struct{ service, name string }
	const told = -1
	count := map[check]int{}
	many := false
	for i := range vs {
		if v := &vs[i]; v.State == service.OK && v.Host != "" {
			p := check{v.Service, v.Name}
			count[p]++
			many = many || count[p] > alike
		}
	}
	if !many {
		return vs
	}
	var out []service.Verdict
	for _, v := range vs {
		p := check{v.Service, v.Name}
		if n := count[p]; v.State == service.OK && v.Host != "" && (n == told || n > alike) {
			if n == told {
				continue
			}
			v.Host, v.Reason = "", fmt.Sprintf("%s; same for %d others", v.Reason, n-1)
			count[p] = told
		}
		out = append(out, v)
	}
	return out
}
