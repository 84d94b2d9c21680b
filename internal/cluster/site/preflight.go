package site

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/api"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/fanout"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/unwatched"
	"umm/internal/sanitize"
)

// neededWords bounds what one host can say of it, in bytes.
const neededWords = 500

// ErrNoneNeeded says that --if-needed leaves no host to take.
var ErrNoneNeeded = errors.New("no host has to be rebooted")

// onlyNeeded leaves of the hosts to take, where --if-needed says so, those that have to be
// rebooted. It is an error where that cannot be told of one: the operator names the hosts then.
func (s *Site) onlyNeeded(ctx context.Context) error {
	if !s.IfNeeded {
		return nil
	}
	answers := fanout.Each(s.Taken, func(host string) string {
		st, err := s.Cluster.Node.Status(ctx, host)
		return needed(st, err)
	})
	var taken, unknown []string
	for i, host := range s.Taken {
		switch answers[i] {
		case api.RebootNeeded:
			taken = append(taken, host)
		case api.RebootNotNeeded:
		default:
			unknown = append(unknown, host+": "+answers[i])
		}
	}
	switch {
	case len(unknown) > 0:
		slices.Sort(unknown)
		return &exit.Error{Code: exit.Gated, Err: fmt.Errorf("cannot tell whether every host has to be rebooted: %s", strings.Join(unknown, "; ")),
			Hint: "without --if-needed, --hosts names the hosts to take"}
	case len(taken) == 0:
		return ErrNoneNeeded
	}
	s.Taken = taken
	return nil
}

// needed is yes, no, or a phrase on why that is not known.
func needed(st api.Status, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case st.Reboot == nil:
		return "umm " + st.Umm + " there cannot tell"
	case st.Reboot.Needed == api.RebootNeeded, st.Reboot.Needed == api.RebootNotNeeded:
		return st.Reboot.Needed
	}
	if len(st.Reboot.Unknown) == 0 {
		return "no reason given"
	}
	return sanitize.Phrase(strings.Join(st.Reboot.Unknown, ", "), neededWords)
}

// idle refuses to bring hosts back on which the command still runs, unless that is accepted: its
// services would start under a package manager or an fsck at work. A host that does not answer
// is checked again when it is its turn.
func (s *Site) idle(ctx context.Context, hosts []string, accepted []run.Risk) error {
	if rollout.AcceptedRisk(accepted, api.RiskCommandRunning) {
		return nil
	}
	busy := fanout.By(hosts, func(host string) bool {
		st, err := s.Cluster.Node.Status(ctx, host)
		return err == nil && rollout.CommandRunning(st)
	})
	names := slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return !busy[host] })
	if len(names) == 0 {
		return nil
	}
	return &exit.Error{Code: exit.Gated, Err: fmt.Errorf("the command still runs on %s", strings.Join(names, ", ")),
		Hint: "umm output -f on " + names[0] + " follows it to its end; --accept-risk=" + api.RiskCommandRunning + " --reason=TEXT leaves it running"}
}

// entered are the hosts that a run has in maintenance mode.
func entered(state run.State) []string {
	var hosts []string
	for _, stay := range state.Out() {
		if stay.Entered {
			hosts = append(hosts, stay.Host)
		}
	}
	return hosts
}

// RiskOfCheck is what the risk of an operator's own check begins with; its name follows.
const RiskOfCheck = "check-"

// ofChecks refuses the risk of a check that is not configured, and of something unwatched that
// there is not.
func (s *Site) ofChecks(accepted []run.Risk) error {
	var names []string
	for _, c := range s.Conf.Checks {
		names = append(names, RiskOfCheck+c.Name)
	}
	for _, risk := range accepted {
		if strings.HasPrefix(risk.Name, RiskOfCheck) && !slices.Contains(names, risk.Name) {
			return exit.Usagef("invalid --accept-risk %q: the configuration has no such check", risk.Name)
		}
		if kind, ok := strings.CutPrefix(risk.Name, unwatched.RiskOfKind); ok && !slices.Contains(service.Kinds(), kind) {
			return exit.Usagef("invalid --accept-risk %q: use %s with one of %s", risk.Name, unwatched.RiskOfKind, strings.Join(service.Kinds(), ", "))
		}
	}
	return nil
}
