package node

import (
	"context"
	"errors"
	"slices"

	"umm/internal/api"
	"umm/internal/sanitize"
)

// Guards keeps which run of umm-cluster has this host, for the length of one boot.
type Guards interface {
	// Guard returns it, nil where none has, or an error where it cannot be told.
	Guard() (*api.Guard, error)
	// SetGuard keeps it, readable by everybody; nil removes it.
	SetGuard(*api.Guard) error
}

// SetGuard lets g have this host: until it is cleared, or the host reboots, nobody
// but that run takes the host into maintenance mode. It may be said again, and is
// refused while another run has the host.
//
// It is set also where the host is in maintenance mode, on its way there, or
// disabled: a run has hosts that it does not touch, and a reboot takes its guard
// away. umm-cluster asks for the status afterwards, not before: from then on
// nothing can be asked of the host that this status does not show.
func (n *Node) SetGuard(ctx context.Context, g *api.Guard) error {
	return n.changeGuard(ctx, g.Run, g)
}

// ClearGuard ends what SetGuard began. It is nothing where no run has the host, and
// refused where another one has it.
func (n *Node) ClearGuard(ctx context.Context, run string) error {
	return n.changeGuard(ctx, run, nil)
}

func (n *Node) changeGuard(ctx context.Context, run string, to *api.Guard) error {
	unlock, err := n.RunState.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	has, err := n.Guards.Guard()
	switch {
	case has != nil && has.Run != run:
		return otherRun("", has)
	case to == nil && (err != nil || has == nil):
		return err
	case to == nil || to.Since != nil:
	case has != nil:
		to.Since = has.Since
	default:
		to.Since = moment(n.Now())
	}
	// One that cannot be read is replaced: which run goes on is not decided here.
	return n.Guards.SetGuard(to)
}

// mayTake refuses maintenance mode to anyone but the run that has this host: a
// second host that goes out may be one too many for the cluster. It returns the
// guard of the run that asks.
func (n *Node) mayTake(o OnOptions) (*api.Guard, error) {
	const anyway = "--accept-risk=" + api.RiskClusterRun + " overrides this"
	g, err := n.Guards.Guard()
	switch {
	case o.Run == "" && slices.Contains(o.Risks, api.RiskClusterRun):
		return nil, nil
	case err != nil:
		return nil, &Error{Code: Refused, Err: err, Hint: anyway}
	case g == nil && o.Run != "":
		return nil, &Error{Code: Refused, Err: errors.New("run " + o.Run + " does not have this host"), Hint: "run umm guard set first"}
	case g == nil || g.Run == o.Run:
		return g, nil
	case o.Run != "":
		return nil, otherRun(o.Run, g)
	}
	return nil, &Error{Code: Refused, Err: errors.New("a run of umm-cluster is taking the hosts of this cluster out of service one by one: " + guardText(g)),
		Hint: afterTheRun(g) + "; " + anyway}
}

// warnOfRisk says that somebody goes ahead in spite of a run.
func (n *Node) warnOfRisk(o OnOptions) {
	if g, _ := n.Guards.Guard(); g != nil && o.Run == "" {
		n.Warn("accepted risk " + api.RiskClusterRun + ": a run of umm-cluster is in progress: " + guardText(g))
	}
}

// mayLeave lets everybody end maintenance mode, which is the way out when all else
// fails, but a run that does not have this host any more.
func (n *Node) mayLeave(o OffOptions) error {
	g, err := n.Guards.Guard()
	switch {
	case err != nil:
		n.Warn(err.Error())
	case g == nil || g.Run == o.Run:
	case o.Run != "":
		return otherRun(o.Run, g)
	case !o.Unattended:
		n.Warn("a run of umm-cluster is in progress and will find this host changed: " + guardText(g))
	}
	return nil
}

// otherRun refuses what run asks for where another one has this host.
func otherRun(run string, has *api.Guard) error {
	why := "another run has this host: " + guardText(has)
	if run != "" {
		why = "run " + run + " does not have this host: " + why
	}
	return &Error{Code: Refused, Err: errors.New(why), Hint: afterTheRun(has)}
}

func guardText(g *api.Guard) string { return sanitize.Line(g.String()) }

// afterTheRun is what to do where a run is in the way.
func afterTheRun(g *api.Guard) string {
	where := ""
	if g.Master != "" {
		where = " on " + g.Master
	}
	return sanitize.Line("umm-cluster show " + g.Run + where + " shows its state; if it will not come back: umm guard clear " + g.Run)
}
