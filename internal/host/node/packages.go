package node

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"umm/internal/host/mode"
)

// Packages that are installed in maintenance mode start their services, and on a host of a
// cluster such a service may be a database that joins. So package scripts are told to start
// nothing that is not essential, and what a command has started in spite of that is stopped after it.

// Packages is how package scripts are told.
type Packages interface {
	// Hold has them ask BlocksStart; Release ends that.
	Hold() error
	Release() error
}

// Services tells of the services of this host, by the names of units, jobs or init scripts;
// the suffix of a unit may be missing.
type Services interface {
	// Keeps tells whether maintenance mode does.
	Keeps(name string) bool
	// Enabled tells whether operational mode starts it.
	Enabled(name string) bool
	// Unit is the name as Switch.Active has it.
	Unit(name string) string
}

// BlocksStart tells whether a service must not be started now: the host is in maintenance
// mode, which does not keep it, and it does not run. What is enabled starts by umm off.
func (n *Node) BlocksStart(ctx context.Context, service string) bool {
	s := n.current()
	if !s.inMaintenance() || n.Services.Keeps(service) {
		return false
	}
	active, err := n.Switch.Active(ctx)
	if err == nil && slices.Contains(active, n.Services.Unit(service)) {
		return false // somebody has started it by hand
	}
	n.startByOff(service)
	return true
}

// startByOff has umm off start a service that is enabled: after a live switch it starts what
// ran before, and else what operational mode starts anyway.
func (n *Node) startByOff(service string) {
	if !n.Services.Enabled(service) {
		return
	}
	n.warnIf(n.RunState.Defer(n.Services.Unit(service)))
}

// blockPackages begins a session.
func (n *Node) blockPackages() {
	n.warnIf(n.Packages.Hold())
}

// noteBefore notes what runs before the command, also for the case that this program is
// killed while it runs.
func (n *Node) noteBefore(ctx context.Context, number int) {
	before, err := n.Switch.Active(ctx)
	if err == nil {
		err = n.RunState.NoteBefore(number, before)
	}
	if err != nil {
		n.Warn("cannot tell what the command starts from what runs already: " + err.Error())
	}
}

// stopStrays stops what has started since noteBefore and is not essential, and names it. A session
// that is over stops nothing.
func (n *Node) stopStrays(ctx context.Context, number int) (named string) {
	before, known := n.RunState.Before(number)
	if !known {
		return ""
	}
	s := n.current()
	if !s.inMaintenance() || s.record.Session == nil || s.record.Session.Number != number || ctx.Err() != nil {
		return ""
	}
	stopped, err := n.Switch.StopStrays(ctx, before, n.Services.Keeps)
	if err != nil {
		n.Warn("services that the command started may still run: " + err.Error())
	}
	if len(stopped) == 0 {
		return ""
	}
	for _, service := range stopped {
		n.startByOff(service)
	}
	named = fmt.Sprintf("stopped what the command started and is not essential: %s", strings.Join(stopped, ", "))
	n.Warn(named)
	if err := n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Note(s.record, s.facts, mode.EventCommand, named, n.Now()), nil
	}); err != nil {
		n.Warn(err.Error())
	}
	return named
}
