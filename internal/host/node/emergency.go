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
	case s.facts.KeepsOut != "":
		n.Tell("leaving the emergency shell open: umm keeps out of this boot: " + s.facts.KeepsOut)
		return nil
	case s.inMaintenance():
		n.Tell("leaving the emergency shell open: already in maintenance mode")
		return nil
	}
	if mode.MayGiveUp(s.record, s.facts) {
		return n.giveUp(ctx, "its boot ended in the emergency shell")
	}
	broken, err := n.Disks.Broken(ctx)
	if err != nil {
		return err
	}
	if len(broken) == 0 {
		n.Tell("leaving the emergency shell open: no local file system has failed")
		return nil
	}
	session := mode.Session{Trigger: mode.Trigger{Kind: mode.ByEmergency, Detail: strings.Join(broken, "; "), At: n.Now()}}
	n.Warn("entering maintenance mode instead of the emergency shell: " + session.Trigger.Detail)
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
		return fmt.Errorf("leaving the emergency shell open: %w", err)
	}
	n.Warn(fmt.Sprintf("%v; rebooting into maintenance mode", err))
	err = n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Request(s.record, s.facts, session, n.Now()), nil
	})
	if err != nil {
		return fmt.Errorf("leaving the emergency shell open: %w", err)
	}
	return n.reboot(ctx)
}
