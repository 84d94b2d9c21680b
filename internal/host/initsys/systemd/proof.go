package systemd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// systemd drops the start job of a unit that is active already, and with it the jobs
// of what that unit wants: a target that maintenance mode has reached, but not all of
// what it wants, would stay as it is for ever. On 219 that is basic.target, which
// every service requires there, with all sockets, timers and paths.

// startDefault starts the default target, and proves that what it wants is up or has
// failed. failed says what is not.
func (m Manager) startDefault(ctx context.Context) (failed, err error) {
	failed, err = m.each(ctx, [][]string{{"start", "default.target"}})
	if err != nil {
		return failed, err
	}
	missing, holders, err := m.lacking(ctx)
	if err != nil || len(missing) == 0 {
		return errors.Join(failed, err), nil
	}
	if len(holders) > 0 {
		// Asked for by itself an active unit is not dropped: nothing happens to it, and
		// what it wants is started. What does not start is named below.
		if _, err := m.each(ctx, [][]string{append([]string{"start", "--"}, holders...)}); err != nil {
			return failed, err
		}
		if missing, _, err = m.lacking(ctx); err != nil {
			return errors.Join(failed, err), nil
		}
	}
	if len(missing) > 0 {
		failed = errors.Join(failed, fmt.Errorf("not started, although the default target wants it: %s", strings.Join(missing, ", ")))
	}
	return failed, nil
}

// treeProperties are what lacking has to know of each unit.
const treeProperties = "Names,LoadState,ActiveState,Job,Wants,Requires,BindsTo,Requisite," +
	"Conflicts,ConflictedBy,ConditionResult,ConditionTimestampMonotonic"

// lacking lists what the default target wants, recursively, and what is neither up nor
// down for a reason of its own; holders are the active units that want it.
func (m Manager) lacking(ctx context.Context) (missing, holders []string, err error) {
	all, err := m.show(ctx, treeProperties, "--all", "*")
	if err != nil {
		return nil, nil, fmt.Errorf("cannot tell whether everything has started: %w", err)
	}
	t := tree{units: byName(all), seen: map[string]bool{}}
	root := slices.IndexFunc(all, func(p properties) bool { return slices.Contains(p.units("Names"), "default.target") })
	if root < 0 {
		return nil, nil, errors.New("cannot tell whether everything has started: systemd has no default target")
	}
	name := all[root]["Id"]
	if name == Target {
		return nil, nil, fmt.Errorf("the default target is still %s", Target)
	}
	missing, holders = t.lacking(name)
	return missing, holders, nil
}

// tree is what systemd has in memory.
type tree struct {
	units map[string]properties
	// seen are the units whose reasons are being looked for.
	seen map[string]bool
}

// lacking walks down from root through what is up. What hangs below a missing unit comes
// with it.
func (t tree) lacking(root string) (missing, holders []string) {
	visited := map[string]bool{root: true}
	queue := []string{root}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, n := range t.pulls(name) {
			if t.missing(n) {
				missing = append(missing, n)
				holders = append(holders, name)
			}
			if !visited[n] && t.units[n].up() {
				queue = append(queue, n)
			}
			visited[n] = true
		}
	}
	slices.Sort(missing)
	slices.Sort(holders)
	return slices.Compact(missing), slices.Compact(holders)
}

// pulls are the units that one unit starts.
func (t tree) pulls(name string) []string {
	u := t.units[name]
	return slices.Concat(u.units("Wants"), u.units("Requires"), u.units("BindsTo"))
}

// missing tells whether a unit should be up and was never even tried. It is no wonder
// that one is down that has no file, is masked or has failed; that waits for its
// turn; that was tried and is no more, since its condition does not hold or it has
// done its work; whose place another one has taken; that depends on one of these.
func (t tree) missing(name string) bool {
	u := t.units[name]
	tried := u["ConditionTimestampMonotonic"] != "0"
	switch {
	case u.up(), u.queued(), u["LoadState"] != "loaded", u["ActiveState"] == "failed", strings.HasSuffix(name, ".device"):
		return false
	case tried && (u["ConditionResult"] == "no" || strings.HasSuffix(name, ".service") || strings.HasSuffix(name, ".timer")):
		return false
	}
	for _, other := range slices.Concat(u.units("Conflicts"), u.units("ConflictedBy")) {
		if t.units[other].up() {
			return false
		}
	}
	if t.seen[name] {
		return true // two that depend on each other are no reason
	}
	t.seen[name] = true
	defer delete(t.seen, name)
	return !slices.ContainsFunc(slices.Concat(u.units("Requires"), u.units("BindsTo"), u.units("Requisite")), func(n string) bool {
		return !t.units[n].up() && !t.missing(n)
	})
}
