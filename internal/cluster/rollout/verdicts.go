package rollout

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// Unaccepted are the verdicts that stand in the way of r: everything
// that is not OK and was not accepted. What was wrong before the run and accepted
// then stays accepted for that host and no other; what is said of a host's leaving
// is accepted by its risk's name.
func Unaccepted(vs []service.Verdict, r run.Request, baseline []service.Verdict) []service.Verdict {
	var bad []service.Verdict
	for _, v := range service.Bad(vs) {
		if !Accepted(v, r) || (baseline != nil && worse(v, baseline)) {
			bad = append(bad, v)
		}
	}
	return bad
}

// Accepted tells whether the operator took this risk by its name.
func Accepted(v service.Verdict, r run.Request) bool {
	return v.Risk != "" && slices.ContainsFunc(r.Risks, func(k run.Risk) bool { return k.Name == v.Risk })
}

// worse: the baseline does not have it.
func worse(v service.Verdict, baseline []service.Verdict) bool {
	return !slices.ContainsFunc(baseline, func(b service.Verdict) bool {
		return b.State != service.OK && b.Service == v.Service && b.Name == v.Name && b.Host == v.Host
	})
}

func anyUnknown(vs []service.Verdict) bool {
	return slices.ContainsFunc(vs, func(v service.Verdict) bool { return v.State == service.Unknown })
}

// summary renders verdicts as one line: the worst first, three at most.
func summary(vs []service.Verdict) string {
	var parts []string
	for _, state := range []service.State{service.Stop, service.Unknown, service.Wait} {
		for _, v := range vs {
			if v.State == state {
				parts = append(parts, v.Service+": "+v.Reason)
			}
		}
	}
	parts = slices.Compact(parts)
	if len(parts) > 3 {
		parts = append(parts[:3], fmt.Sprintf("and %d more", len(parts)-3))
	}
	return strings.Join(parts, "; ")
}
