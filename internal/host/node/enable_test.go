package node_test

import (
	"context"
	"errors"
	"testing"

	"umm/internal/diag"
	"umm/internal/host/node"
)

// config is the world as node.Config.
type config world

func (c *config) SetEnabled(enabled bool) error {
	return (*world)(c).effect("SetEnabled", func() { c.policy.Enabled = enabled })
}

func (w *world) enable() error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Enable(ctx, (*config)(w)) })
}

func (w *world) disable() error {
	return w.operator(func(ctx context.Context, n *node.Node) error { return n.Disable(ctx, (*config)(w)) })
}

func TestDisableAndEnable(t *testing.T) {
	w := booted(t)
	w.crash()
	if got := w.status().Unclean.Count; got != 1 {
		t.Fatalf("%d unclean boots", got)
	}
	w.must(w.disable())
	if s := w.status(); s.Mode != "disabled" || s.Unclean.Count != 0 {
		t.Errorf("disabled, the status is %+v", s)
	}
	w.wantCode(w.disable(), node.Refused, "already disabled")
	w.crash()
	w.crash()
	w.crash()
	if w.phase != "operational" || w.status().Mode != "disabled" {
		t.Fatalf("disabled, the host is in %s, %s", w.phase, w.status().Mode)
	}
	w.must(w.enable())
	w.wantOperational()
	w.wantCode(w.enable(), node.Refused, "already enabled")
	// The count starts afresh, with the boot that runs.
	w.crash()
	w.wantOperational()
	w.crash()
	w.wantMaintenance()
}

func TestDisableForgetsARequest(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{})
	w.fails = map[string]error{}
	w.must(w.disable())
	w.must(w.enable())
	w.reboot()
	w.wantOperational()
}

func TestDisableIsRefusedInMaintenance(t *testing.T) {
	for name, enter := range ways {
		w := booted(t)
		enter(w)
		w.wantCode(w.disable(), node.Refused, "in maintenance mode")
		if !w.policy.Enabled {
			t.Errorf("after %s it was disabled", name)
		}
	}
	w := inMaintenance(t, node.OnOptions{})
	w.fails["Resume"] = errors.New("no bus")
	w.wantCode(w.off(node.OffOptions{}), node.CannotDo)
	w.wantCode(w.disable(), node.Refused, "in maintenance mode")
}

// Success is what the next boot will read.
func TestEnableReadsItsWordBack(t *testing.T) {
	w := booted(t)
	w.policy.Enabled = false
	w.problems = []diag.Problem{{File: "/etc/umm.conf", Line: 3, Key: "UMM", Text: "is odd"}}
	err := w.program(func(ctx context.Context, n *node.Node) error { return n.Enable(ctx, deaf{}) })
	w.wantCode(err, node.CannotDo, "has no effect: /etc/umm.conf:3: UMM: is odd")
	w.problems = nil
	err = w.program(func(ctx context.Context, n *node.Node) error { return n.Enable(ctx, deaf{}) })
	w.wantCode(err, node.CannotDo, "has no effect")
	err = w.program(func(ctx context.Context, n *node.Node) error { return n.Enable(ctx, deaf{errors.New("read-only")}) })
	w.wantCode(err, node.CannotDo, "read-only")
}

// deaf is a configuration that does not change.
type deaf struct{ err error }

func (d deaf) SetEnabled(bool) error { return d.err }

// Installed on a host that runs: it is in readiness, and nothing else changes.
func TestInstalled(t *testing.T) {
	w := newWorld(t)
	w.boots, w.bootID, w.phase, w.up = 1, "boot1", "operational", map[string]bool{"app.service": true, "db.service": true, "ssh.service": true}
	w.put("proc/sys/kernel/random/boot_id", "boot1\n")
	installed := func() {
		t.Helper()
		w.must(w.operator(func(ctx context.Context, n *node.Node) error { return n.Installed(ctx) }))
	}
	installed()
	w.wantOperational()
	if !w.recorder {
		t.Error("nothing watches this boot")
	}
	w.crash()
	if got := w.status().Unclean.Count; got != 1 {
		t.Errorf("a crash after the installation: %d unclean boots", got)
	}
	// An upgrade keeps what is known, MM too.
	installed()
	if got := w.status().Unclean.Count; got != 1 {
		t.Errorf("after an upgrade: %d unclean boots", got)
	}
	w.must(w.on(node.OnOptions{}))
	w.held = false // by a version that knew nothing of it
	installed()
	w.wantMaintenance()
	if !w.held {
		t.Error("after an upgrade in MM packages start their services")
	}
	if w.generate(); w.target != "maintenance" {
		t.Error("an upgrade in MM leads out of it")
	}
}
