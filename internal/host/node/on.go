package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/poll"
)

// OnOptions is what the operator asks of maintenance mode.
type OnOptions struct {
	Live   bool
	Reason string
	// For ends maintenance mode by itself that long after it was entered.
	For  time.Duration
	Then mode.Then
	// Argv is run once in maintenance mode; a single word goes through /bin/sh -c.
	Argv []string
	// Limit bounds the command; nil: as the configuration says.
	Limit *time.Duration
	// By is who asks.
	By string
	// Run is the run of umm-cluster that asks; empty: a person does.
	Run string
	// Risks are accepted by name.
	Risks []string
}

// shutdownPatience is how long a host may take to go down before `umm on` stops
// waiting for it to do so.
const shutdownPatience = 15 * time.Minute

// On takes the host into maintenance mode: checks, hooks, the durable request,
// and then the reboot. When it works it does not return before the host ends it.
// With Live it switches without a reboot and returns in maintenance mode.
func (n *Node) On(ctx context.Context, o OnOptions) error {
	guard, err := n.mayTake(o)
	if err != nil {
		return err
	}
	if !o.Live {
		n.settle(ctx)
	}
	s := n.current()
	if o.Live && s.switching() {
		if !o.asksFor(*s.record.Session) {
			return &Error{Code: Refused, Err: fmt.Errorf("an earlier umm on --live with other options is still running or was interrupted"),
				Hint: "umm status shows its options; umm on --live without options resumes it, umm off ends it"}
		}
		n.Tell("resuming an interrupted umm on --live")
		return n.goLive(ctx, *s.record.Session)
	}
	if err := n.mayEnter(ctx, s, o); err != nil {
		return err
	}
	n.warnOfRisk(o)
	session := o.session(s.policy, guard, n.Now())
	if c := session.Command; c != nil {
		if err := n.Exec.Check(ctx, c.Argv, n.CommandEnv); err != nil {
			return unsafe("it runs in / with the environment that umm on --help lists: give the full path", "%v; nothing was changed", err)
		}
	}
	if err := n.checkedFor(ctx, o); err != nil {
		return err
	}
	if o.Live {
		session.Live = &mode.Live{Boot: s.facts.BootID}
	}
	if err := n.hooks(ctx, "pre-on", session, true); err != nil {
		return err
	}
	if o.Live {
		return n.onLive(ctx, o, session)
	}
	if err := n.request(ctx, o, session); err != nil {
		return err
	}
	n.Power.Wall(ctx, "This host is rebooting into maintenance mode now"+because(session)+".")
	n.Tell("rebooting into maintenance mode")
	if err := n.reboot(ctx); err != nil {
		return n.takeBack(ctx, err)
	}
	return n.untilDown(ctx)
}

// reboot returns an error only where the host is known to stay up. The shutdown
// ends sessions, and so may end the very program that asked for it before that
// could say that it was accepted.
func (n *Node) reboot(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	err := n.Power.Reboot(ctx)
	if err == nil {
		return nil
	}
	down, unknown := n.Power.GoingDown(ctx)
	if unknown != nil {
		n.Warn(fmt.Sprintf("%v; %v: the request for the next boot stands, umm off cancels it", err, unknown))
		return nil
	}
	if down {
		return nil
	}
	return err
}

// mayEnter refuses what makes no sense in this state.
func (n *Node) mayEnter(ctx context.Context, s state, o OnOptions) error {
	switch {
	case !s.policy.Enabled:
		return &Error{Code: Refused, Err: fmt.Errorf("maintenance mode is disabled"), Hint: "umm enable"}
	case s.inMaintenance():
		return &Error{Code: Refused, Err: fmt.Errorf("already in maintenance mode"), Hint: "umm status shows why; umm off leaves it"}
	}
	if err := n.staysUp(ctx); err != nil {
		return err
	}
	if err := askedAlready(s.record, o.Run); err != nil {
		return err
	}
	if o.Live && s.leaving() {
		// What runs now is not what umm off would have to start again.
		return &Error{Code: Refused, Err: fmt.Errorf("an earlier umm off was interrupted"), Hint: "run umm off first"}
	}
	return nil
}

// staysUp refuses where the host is known to be going down: nothing can be started any more.
// Where that cannot be told, what is done next will fail, and say why.
func (n *Node) staysUp(ctx context.Context) error {
	if down, err := n.Power.GoingDown(ctx); err == nil && down {
		return &Error{Code: Refused, Err: errors.New("the host is already going down"), Hint: "wait until it is up again, then check umm status"}
	}
	return nil
}

// checkedFor refuses where maintenance mode would not work, or would lock the
// operator out without that risk being accepted.
func (n *Node) checkedFor(ctx context.Context, o OnOptions) error {
	if n.Checks == nil {
		return nil
	}
	var bad []string
	risk := ""
	for _, c := range n.Checks(ctx, o.Live) {
		if c.Verdict == api.VerdictWarn && c.Risk != "" { // to be known before the way in is another
			n.Warn(c.Reason + "; " + c.Hint)
		}
		if c.Verdict == api.VerdictOK || !c.Refuses {
			continue
		}
		if accepted(o.Risks, c.Risk) {
			n.Warn(fmt.Sprintf("accepted risk %s: %s", c.Risk, c.Reason))
			continue
		}
		bad = append(bad, c.Name+": "+c.Reason)
		if c.Risk != "" {
			risk = c.Risk
		}
	}
	if len(bad) == 0 {
		return nil
	}
	hint := "umm check shows all checks"
	if risk != "" {
		hint += "; --accept-risk=" + risk + " overrides this"
	}
	return unsafe(hint, "not safe to enter maintenance mode: %s", strings.Join(bad, "; "))
}

// accepted tells whether the operator has accepted the risk of that name.
func accepted(risks []string, name string) bool {
	return name != "" && slices.Contains(risks, name)
}

func (o OnOptions) session(p mode.Policy, g *api.Guard, now time.Time) mode.Session {
	s := mode.Session{
		Trigger: mode.Trigger{Kind: mode.ByOperator, Detail: "umm on", At: now, By: o.By},
		Reason:  o.Reason,
		For:     o.For,
		Then:    o.Then,
	}
	if g != nil {
		s.Trigger.Run, s.Trigger.Detail = g.Run, "umm-cluster run "+g.Run
		if g.By != "" {
			// Not the account that the master logs in with.
			s.Trigger.By = g.By
		}
	}
	if len(o.Argv) == 0 {
		return s
	}
	limit := p.CommandLimit
	if o.Limit != nil {
		limit = *o.Limit
	}
	argv := o.Argv
	switch {
	case len(argv) == 1:
		argv = []string{"/bin/sh", "-c", argv[0]}
	case api.IsAssignment(argv[0]):
		argv = append([]string{execx.Env}, argv...)
	}
	s.Command = &mode.Command{Argv: argv, State: mode.CommandPending, Limit: limit}
	return s
}

func (n *Node) request(ctx context.Context, o OnOptions, session mode.Session) error {
	return n.update(ctx, func(s state) (mode.Record, error) {
		if err := n.stillMay(s, o); err != nil {
			return s.record, err
		}
		return mode.Request(s.record, s.facts, session, n.Now()), nil
	})
}

// stillMay asks again under the lock, which the setter of a guard takes too.
func (n *Node) stillMay(s state, o OnOptions) error {
	if s.inMaintenance() {
		return refused("already in maintenance mode")
	}
	if err := askedAlready(s.record, o.Run); err != nil {
		return err
	}
	_, err := n.mayTake(o)
	return err
}

// askedAlready refuses a second request: one of the two would be lost. The run of
// umm-cluster that asked may say it again.
func askedAlready(r mode.Record, run string) error {
	if r.Pending == nil || run != "" && r.Pending.Trigger.Run == run {
		return nil
	}
	return &Error{Code: Refused, Err: fmt.Errorf("maintenance mode is already requested: %s", why(*r.Pending)),
		Hint: "the next boot enters it; umm off cancels the request"}
}

// takeBack cancels what was asked of the next boot after the reboot failed.
func (n *Node) takeBack(ctx context.Context, cause error) error {
	err := n.update(context.WithoutCancel(ctx), func(s state) (mode.Record, error) {
		return mode.Cancel(s.record, s.facts, "the reboot failed: "+cause.Error(), n.Now()), nil
	})
	if err != nil {
		return fmt.Errorf("%w; and the request could not be cancelled: %w", cause, err)
	}
	return withHint(fmt.Errorf("%w; the request is cancelled", cause))
}

// untilDown waits for the host to end this process, so that an ssh session dies
// with the host and does not report success before.
func (n *Node) untilDown(ctx context.Context) error {
	if poll.Sleep(ctx, shutdownPatience) != nil {
		return nil
	}
	return &Error{Code: CannotDo,
		Err:  fmt.Errorf("the reboot was accepted %s ago, but the host is still up", shutdownPatience),
		Hint: n.Advice.Jobs + " shows what delays it; the request stands for the next boot"}
}

func because(s mode.Session) string {
	if s.Reason == "" {
		return ""
	}
	return ": " + s.Reason
}
