package node_test

import (
	"fmt"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// scenario is something umm does, by an operator's word or by itself, that may be
// stopped at any of its effects.
type scenario struct {
	name string
	// prepare leads to where it begins, without a fault.
	prepare func(w *world)
	// act is what is done. It returns only what the operator would call a failure.
	act func(w *world) error
	// goal is where it leads when nothing stops it.
	goal mode.Mode
}

var noPreparation = func(*world) {}

var scenarios = []scenario{
	{"umm on", noPreparation, func(w *world) error { return w.on(node.OnOptions{}) }, mode.Maintenance},
	{"umm on with a command", noPreparation, onWithCommand(mode.ThenStay, false), mode.Maintenance},
	{"umm on --then=off with a command", noPreparation, onWithCommand(mode.ThenOff, false), mode.Operational},
	{"umm on --then=reboot with a command", noPreparation, onWithCommand(mode.ThenReboot, false), mode.Operational},
	{"umm on --live", noPreparation, func(w *world) error { return w.on(live) }, mode.Maintenance},
	{"umm on --live with a command", noPreparation, onWithCommand(mode.ThenStay, true), mode.Maintenance},
	{"umm off", func(w *world) { w.must(w.on(node.OnOptions{For: time.Hour})) }, off, mode.Operational},
	{"umm off after --live", func(w *world) { w.must(w.on(live)) }, off, mode.Operational},
	{"umm off reboot", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { return w.off(node.OffOptions{Reboot: true}) }, mode.Operational},
	{"umm off after an emergency", func(w *world) {
		w.broken = []string{"/data"}
		w.reboot()
		w.mendable = true
	}, off, mode.Operational},
	{"an emergency", func(w *world) { w.broken, w.mendable = []string{"/data"}, true },
		func(w *world) error { w.reboot(); return nil }, mode.Maintenance},
	{"healthy", func(w *world) { w.policy.RebootCount = 3; w.crash() }, (*world).healthy, mode.Operational},
	{"a reboot out of maintenance mode", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { w.reboot(); return nil }, mode.Operational},
	{"the last of the unclean boots", func(w *world) { w.crash() },
		func(w *world) error { w.crash(); return nil }, mode.Maintenance},
	{"a crash in maintenance mode", func(w *world) { w.must(w.on(node.OnOptions{})) },
		func(w *world) error { w.crash(); return nil }, mode.Maintenance},
	trialScenarios[0], trialScenarios[2],
	{"umm disable", noPreparation, (*world).disable, mode.Operational},
}

func off(w *world) error { return w.off(node.OffOptions{}) }

// onWithCommand asks for a command that has not been asked for yet.
func onWithCommand(then mode.Then, isLive bool) func(w *world) error {
	return func(w *world) error {
		name := fmt.Sprintf("command%d", len(w.commands))
		if isLive {
			name = "command" // another one would be refused beside a switch that did not come to its end
		}
		w.commands[name+" x"] = succeeds
		return w.on(node.OnOptions{Argv: []string{name, "x"}, Then: then, Live: isLive})
	}
}
