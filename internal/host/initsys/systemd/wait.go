package systemd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"umm/internal/poll"
)

const idlePoll = 100 * time.Millisecond

// untilIdle waits until none of the units is on its way up or down.
func (m Manager) untilIdle(ctx context.Context, limit time.Duration, units ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	busy := ""
	for range poll.Every(ctx, idlePoll) {
		all, err := m.show(ctx, "ActiveState,Job", append([]string{"--"}, units...)...)
		if err != nil {
			return fmt.Errorf("cannot tell whether %s has ended: %w", strings.Join(units, " or "), err)
		}
		busy = ""
		for _, unit := range all {
			if state := unit["ActiveState"]; unit.queued() || state == "activating" || state == "deactivating" {
				busy = unit["Id"]
			}
		}
		if busy == "" {
			return nil
		}
	}
	return fmt.Errorf("%s is still running: %w", busy, context.Cause(ctx))
}

// Settled implements node.Jobs: a switch or the catch of an emergency that is under way
// has ended. While emergency.target is being reached nothing else can be started, a
// reboot neither.
func (m Manager) Settled(ctx context.Context) error {
	if m.within(strings.TrimSuffix(enterService, ".service"), liveService, emergencyService) {
		return nil // a hook, say: what it is a part of cannot end before it does
	}
	return m.untilIdle(ctx, stopLimit, emergencyService, liveService)
}

// within tells whether this process is one of a unit's, each by its name or how that begins.
func (m Manager) within(units ...string) bool {
	data, err := os.ReadFile(filepath.Join(m.Proc, "self/cgroup"))
	if m.Proc == "" || err != nil {
		return false
	}
	return slices.ContainsFunc(units, func(unit string) bool { return strings.Contains(string(data), "/"+unit) })
}
