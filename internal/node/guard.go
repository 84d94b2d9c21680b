package node

import (
	"context"
	"fmt"
	"slices"

	"umm/internal/wire"
)

// Guards keeps which run of umm-cluster has this host, for the length of one boot.
type Guards interface {
	// Guard returns it, nil where none has, or an error where it cannot be told.
	Guard() (*wire.Guard, error)
	// SetGuard keeps it, readable by everybody; nil removes it.
	SetGuard(*wire.Guard) error
}

// SetGuard lets g have this host: until it is cleared, or the host reboots, nobody
// but that run takes the host into maintenance mode. It may be said again, and is
// refused while another run has the host.
//
// It is set also where the host is in maintenance mode, on its way there, or
// disabled: a run has hosts that it does not touch, and a reboot takes its guard
// away. Whoever sets it asks for the status afterwards, not before: from then on
// nothing can be asked of the host that this status does not show.
func (n *Node) SetGuard(ctx context.Context, g wire.Guard) error {
	unlock, err := n.Volatile.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// One that cannot be read is replaced: which run goes on is not decided here.
	if has, err := n.Guards.Guard(); err == nil && has != nil {
		if has.Run != g.Run {
			return &Error{Code: Refused, Err: fmt.Errorf("another run has this host: %s", guardText(*has)), Hint: afterTheRun(*has)}
		}
		if g.Since == nil {
			g.Since = has.Since
		}
	}
	if g.Since == nil {
		g.Since = moment(n.Now())
	}
	return n.Guards.SetGuard(&g)
}

// ClearGuard ends what SetGuard began. It is nothing where no run has the host, and
// refused where another one has it.
func (n *Node) ClearGuard(ctx context.Context, run string) error {
	unlock, err := n.Volatile.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	has, err := n.Guards.Guard()
	if err != nil || has == nil {
		return err
	}
	if has.Run != run {
		return refused("another run has this host: %s", guardText(*has))
	}
	return n.Guards.SetGuard(nil)
}

// mayTake refuses maintenance mode to whoever is not the run that has this host: a
// second host that goes out may be one too many for the cluster. It returns the
// guard of the run that asks.
func (n *Node) mayTake(o OnOptions) (*wire.Guard, error) {
	g, err := n.Guards.Guard()
	accepts := slices.Contains(o.Risks, wire.RiskClusterRun)
	switch {
	case o.Run == "" && (accepts || g == nil && err == nil):
		return nil, nil
	case err != nil:
		return nil, &Error{Code: Refused, Err: err, Hint: "--accept-risk=" + wire.RiskClusterRun + " goes ahead all the same"}
	case o.Run == "":
		return nil, &Error{Code: Refused, Err: fmt.Errorf("a run of umm-cluster is on, and takes the hosts of this cluster out one after another: %s", guardText(*g)),
			Hint: afterTheRun(*g) + "; --accept-risk=" + wire.RiskClusterRun + " goes ahead all the same"}
	case g == nil:
		return nil, &Error{Code: Refused, Err: fmt.Errorf("run %s does not have this host", OneLine(o.Run)), Hint: "umm guard set comes first"}
	case g.Run != o.Run:
		return nil, refused("run %s does not have this host, another one has: %s", OneLine(o.Run), guardText(*g))
	}
	return g, nil
}

// warnOfRisk says that somebody goes ahead in spite of a run.
func (n *Node) warnOfRisk(o OnOptions) {
	if g, _ := n.Guards.Guard(); g != nil && o.Run == "" {
		n.Warn("accepted risk " + wire.RiskClusterRun + ": a run of umm-cluster is on: " + guardText(*g))
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
		return refused("run %s does not have this host, another one has: %s", OneLine(o.Run), guardText(*g))
	case !o.Unattended:
		n.Warn("a run of umm-cluster is on, and will find this host changed: " + guardText(*g))
	}
	return nil
}

func guardText(g wire.Guard) string { return OneLine(g.String()) }

// afterTheRun is what to do where a run is in the way.
func afterTheRun(g wire.Guard) string {
	where := ""
	if g.Master != "" {
		where = " on " + g.Master
	}
	return OneLine(fmt.Sprintf("umm-cluster show %s%s tells how it stands; where it is gone for good: umm guard clear %s", g.Run, where, g.Run))
}
