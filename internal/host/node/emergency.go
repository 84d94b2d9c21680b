package node

import (
	"context"
	"fmt"
	"strings"

	"umm/internal/host/mode"
)

// Catch turns a boot that fell into the emergency shell, because local file
// systems failed, into maintenance mode: at once, or by one reboot where that
// does not work. It never does so twice, and it leaves alone a shell that
// somebody asked for.
func (n *Node) Catch(ctx context.Context) error {
	s := n.current()
	switch {
	case !s.policy.Enabled || !s.policy.CatchEmergency:
		return nil
	case s.facts.Aside != "":
		n.Tell("the emergency shell stays: umm keeps out of this boot: " + s.facts.Aside)
		return nil
	case s.inMaintenance():
		n.Tell("the emergency shell stays: the host is in maintenance mode already")
		return nil
	}
	broken, err := n.Disks.Broken(ctx)
	if err != nil {
		return err
	}
	if len(broken) == 0 {
		n.Tell("the emergency shell stays: no local file system has failed")
		return nil
	}
	session := mode.Session{Trigger: mode.Trigger{Kind: mode.ByEmergency, Detail: strings.Join(broken, "; "), At: n.Now()}}
	n.Warn("maintenance mode instead of the emergency shell: " + session.Trigger.Detail)
	unsaved, err := n.updateAnyway(ctx, func(s state) (mode.Record, error) {
		return mode.Enter(s.record, s.facts, session, n.Now()), nil
	})
	if err != nil {
		return err
	}
	if unsaved != nil {
		n.Warn(unsaved.Error())
	}
	err = n.Switch.Enter(ctx)
	if err == nil {
		return nil
	}
	if unsaved != nil {
		// Without a record the next boot would not know, and reboot again.
		return fmt.Errorf("the emergency shell stays: %w", err)
	}
	n.Warn(fmt.Sprintf("%v; the host reboots into maintenance mode", err))
	err = n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Request(s.record, s.facts, session, n.Now()), nil
	})
	if err != nil {
		return fmt.Errorf("the emergency shell stays: %w", err)
	}
	return n.reboot(ctx)
}
