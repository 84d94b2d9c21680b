package node_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// asks is a package script that may start services.
func (w *world) asks(service string) bool {
	return !w.held || !w.node().BlocksStart(context.Background(), service)
}

// Packages start nothing in maintenance mode that it does not keep; umm off starts it, live
// or not.
func TestPackagesStartNothingInMaintenance(t *testing.T) {
	for name, o := range map[string]node.OnOptions{"after a reboot": {}, "live": live} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			if !w.asks("nginx") {
				t.Error("nothing may be started in operational mode")
			}
			w.must(w.on(o))
			w.up["byhand.service"] = true
			w.enabled = []string{"nginx.service"}
			for service, may := range map[string]bool{"nginx": false, "nginx.service": false, "disabled": false, "ssh": true, "byhand": true} {
				if w.asks(service) != may {
					t.Errorf("%s may be started: %v", service, !may)
				}
			}
			w.must(w.off(node.OffOptions{}))
			w.wantOperational()
			if w.held || len(w.deferred) != 0 || !w.asks("disabled") {
				t.Errorf("after umm off it is held back still: %v", w.deferred)
			}
			if o.Live && !w.up["nginx.service"] || w.up["disabled.service"] {
				t.Errorf("what runs is %v", w.up)
			}
		})
	}
}

func TestPackagesAreReleasedWhicheverWayOut(t *testing.T) {
	w := inMaintenance(t, node.OnOptions{})
	w.must(w.off(node.OffOptions{Reboot: true}))
	if w.held {
		t.Error("after umm off reboot package scripts ask still")
	}
	w = inMaintenance(t, node.OnOptions{})
	w.reboot()
	if !w.asks("nginx") {
		t.Error("after a reboot nothing may be started")
	}
	w.must(w.healthy())
	if w.held {
		t.Error("on a healthy host package scripts ask still")
	}
}

// What a command has started is stopped after it, and named.
func TestWhatACommandHasStartedIsStopped(t *testing.T) {
	for _, isLive := range []bool{false, true} {
		w := booted(t)
		var printed *os.File
		w.commands["a b"] = func(_ context.Context, out *os.File) (int, error) {
			printed = out
			w.start([]string{"nginx.service", "cron.timer", "ssh.service"})
			w.enabled = []string{"nginx.service"}
			return 0, nil
		}
		o := withCommand(mode.ThenStay)
		o.Live = isLive
		w.must(w.on(o))
		w.wantMaintenance()
		if w.up["nginx.service"] || w.up["cron.timer"] || !w.up["ssh.service"] || printed == nil {
			t.Errorf("what runs is %v", w.up)
		}
		w.pastHas(t, "not essential: cron.timer, nginx.service")
		if got := w.status().Command.State; got != string(mode.CommandSucceeded) {
			t.Errorf("the command %s", got)
		}
		w.enabled = nil
		w.must(w.off(node.OffOptions{}))
		if isLive && !w.up["nginx.service"] || w.up["cron.timer"] {
			t.Errorf("after umm off what is enabled does not run, or more than that: %v", w.up)
		}
	}
}

// Where the session is over by then nothing is stopped: it may be what the host is for.
func TestNothingIsStoppedOfALaterSession(t *testing.T) {
	w := booted(t)
	w.commands["a b"] = during(func() { w.must(w.off(node.OffOptions{Risks: anyway})) })
	w.must(w.on(withCommand(mode.ThenStay)))
	w.wantOperational()
	if slices.ContainsFunc(w.effects, func(e string) bool { return strings.HasPrefix(e, "StopStrays") }) {
		t.Errorf("the effects are %q", w.effects)
	}
}
