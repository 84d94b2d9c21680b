package node_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

func TestOnReboots(t *testing.T) {
	w := booted(t)
	w.must(w.on(node.OnOptions{Reason: "new disk"}))
	w.wantMaintenance()
	s := w.status()
	if s.Trigger == nil || s.Trigger.Kind != "operator" || s.Trigger.By != "alice" || s.Trigger.Reason != "new disk" || s.Since == nil {
		t.Errorf("the status is %+v, %+v", s, s.Trigger)
	}
	if w.boots != 2 || !said(w.walls, "rebooting into maintenance mode now: new disk") {
		t.Errorf("after %d boots people were told %q", w.boots, w.walls)
	}
	if !strings.Contains(w.banner, "new disk") || !strings.Contains(w.banner, "umm off") {
		t.Errorf("the banner is %q", w.banner)
	}
}

// What On does is in this order: the request is durable before anybody hears of it.
func TestOnSavesBeforeItActs(t *testing.T) {
	w := booted(t)
	w.effects = nil
	w.must(w.on(node.OnOptions{}))
	if got := strings.Join(w.effects[:4], " "); got != "Save Note Wall Reboot" {
		t.Errorf("the effects are %s", got)
	}
}

func TestOnIsRefused(t *testing.T) {
	unsafe := api.Check{Name: "ssh", Verdict: api.VerdictFail, Reason: "ssh is not enabled", Refuses: true, Risk: api.RiskLoseSSH}
	for name, c := range map[string]struct {
		prepare func(w *world)
		code    node.Code
		words   string
	}{
		"disabled":                {func(w *world) { w.policy.Enabled = false }, node.Refused, "disabled"},
		"going down":              {func(w *world) { w.goingDown = true }, node.Refused, "already going down"},
		"in maintenance mode":     {func(w *world) { w.must(w.on(node.OnOptions{})) }, node.Refused, "already in maintenance mode"},
		"ssh would be lost":       {func(w *world) { w.checks = []api.Check{unsafe} }, node.Unsafe, "ssh: ssh is not enabled"},
		"it cannot be told":       {func(w *world) { unsafe.Verdict = api.VerdictUnknown; w.checks = []api.Check{unsafe} }, node.Unsafe, "not safe"},
		"the record is read-only": {func(w *world) { w.unwritable = errors.New("read-only") }, node.CannotDo, "read-only"},
		"another umm is at work":  {func(w *world) { w.fails["Lock"] = errors.New("at work") }, node.CannotDo, "at work"},
	} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			c.prepare(w)
			before, boots := string(w.record), w.boots
			// Not by w.on, which would let the host go down that is about to.
			err := w.program(func(ctx context.Context, n *node.Node) error { return n.On(ctx, node.OnOptions{By: "alice"}) })
			w.wantCode(err, c.code, c.words)
			if string(w.record) != before || w.boots != boots {
				t.Errorf("something was changed: the record is %s", w.record)
			}
		})
	}
}

func TestOnGoesAheadInSpiteOfAnAcceptedRisk(t *testing.T) {
	w := booted(t)
	w.checks = []api.Check{
		{Name: "ssh", Verdict: api.VerdictFail, Reason: "r", Refuses: true, Risk: api.RiskLoseSSH},
		{Name: "config", Verdict: api.VerdictFail, Reason: "a detail"},
	}
	w.must(w.on(node.OnOptions{Risks: []string{api.RiskLoseSSH}}))
	w.wantMaintenance()
	if !said(w.warned, "accepted risk "+api.RiskLoseSSH) {
		t.Errorf("the warnings are %q", w.warned)
	}
	w = booted(t)
	w.checks = []api.Check{
		{Name: "path", Verdict: api.VerdictWarn, Reason: "this host answers at 192.0.2.10", Hint: "come by ssh to 192.0.2.10", Risk: api.RiskLoseSSH},
		{Name: "boot-menu", Verdict: api.VerdictWarn, Reason: "no entry"},
	}
	w.must(w.on(node.OnOptions{}))
	if !said(w.warned, "this host answers at 192.0.2.10; come by ssh to 192.0.2.10") || said(w.warned, "no entry") {
		t.Errorf("the warnings are %q", w.warned)
	}
	w = booted(t)
	w.checks = []api.Check{{Name: "record", Verdict: api.VerdictFail, Reason: "r", Refuses: true}}
	w.wantCode(w.on(node.OnOptions{Risks: []string{api.RiskLoseSSH, ""}}), node.Unsafe, "record: r")
}

func TestOnTakesTheRequestBackWhenTheRebootFails(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"] = errors.New("no bus")
	w.wantCode(w.on(node.OnOptions{}), node.CannotDo, "no bus", "the request is cancelled")
	w.wantOperational()
	w.reboot()
	w.wantOperational()

	// It cannot be told whether the host goes down: the request stays.
	w.fails["GoingDown"] = errors.New("no bus either")
	w.on0(node.OnOptions{})
	delete(w.fails, "GoingDown")
	delete(w.fails, "Reboot")
	w.reboot()
	w.wantMaintenance()
}

// on0 says `umm on` where nothing ends the program but its patience.
func (w *world) on0(o node.OnOptions) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.node().On(ctx, o); err != nil {
		w.t.Error(err)
	}
}

func TestOnSaysThatTheRequestCouldNotBeTakenBack(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"] = errors.New("no bus")
	w.addHook("pre-on/10", func([]string) (execx.Result, error) { return execx.Result{}, nil })
	n := w.node()
	n.Tell = func(string) { w.unwritable = errors.New("read-only now") }
	err := n.On(context.Background(), node.OnOptions{})
	w.wantCode(err, node.CannotDo, "no bus", "could not be cancelled", "read-only now")
}

func TestOnCommand(t *testing.T) {
	minute := time.Minute
	for name, c := range map[string]struct {
		options node.OnOptions
		want    mode.Command
	}{
		"several words are an argv": {node.OnOptions{Argv: []string{"a", "b c"}}, mode.Command{Argv: []string{"a", "b c"}, Limit: time.Hour}},
		"one word is a line":        {node.OnOptions{Argv: []string{"a | b"}}, mode.Command{Argv: []string{"/bin/sh", "-c", "a | b"}, Limit: time.Hour}},
		"a limit of its own":        {node.OnOptions{Argv: []string{"a", "b"}, Limit: &minute}, mode.Command{Argv: []string{"a", "b"}, Limit: time.Minute}},
		"no limit":                  {node.OnOptions{Argv: []string{"a", "b"}, Limit: new(time.Duration)}, mode.Command{Argv: []string{"a", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			w.policy.CommandLimit = time.Hour
			w.fails["Reboot"] = errors.New("stays up")
			w.fails["GoingDown"] = errors.New("and is not to be asked")
			w.on0(c.options)
			r, err := (*store)(w).Load()
			w.must(err)
			c.want.State = mode.CommandPending
			if r.Pending == nil || !reflect.DeepEqual(*r.Pending.Command, c.want) {
				t.Errorf("the command is %+v, want %+v", r.Pending.Command, c.want)
			}
		})
	}
}

// A second request is refused, live or not: one of the two would be lost. umm off takes the
// first one back, and the run of umm-cluster that asked may say it again.
func TestOnAgain(t *testing.T) {
	w := booted(t)
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{Reason: "one"})
	w.fails = map[string]error{}
	for _, second := range []node.OnOptions{{Reason: "two"}, {Reason: "two", Live: true}} {
		w.wantCode(w.on(second), node.Refused, "already requested", "(one)")
	}
	w.must(w.off(node.OffOptions{}))
	w.must(w.on(node.OnOptions{Reason: "two"}))
	w.wantMaintenance()
	if got := w.status().Trigger.Reason; got != "two" {
		t.Errorf("the reason is %q", got)
	}

	w = booted(t)
	w.guard = &api.Guard{Run: "r1"}
	w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
	w.on0(node.OnOptions{Run: "r1"})
	w.fails = map[string]error{}
	w.wantCode(w.on(node.OnOptions{Risks: []string{api.RiskClusterRun}}), node.Refused, "already requested")
	w.must(w.on(node.OnOptions{Run: "r1", Reason: "two"}))
	w.wantMaintenance()
}

// Two at once: the second has passed all its checks when the first one's request is made.
func TestOnAtOnce(t *testing.T) {
	for name, second := range map[string]node.OnOptions{"by a reboot": {Reason: "second"}, "live": {Reason: "second", Live: true}} {
		t.Run(name, func(t *testing.T) {
			w := booted(t)
			first := errors.New("not asked")
			w.addHook("pre-on/10", func([]string) (execx.Result, error) {
				w.hooks["pre-on/10"] = passes
				w.fails["Reboot"], w.fails["GoingDown"] = errors.New("x"), errors.New("x")
				w.on0(node.OnOptions{Reason: "first"})
				w.fails, first = map[string]error{}, nil
				return execx.Result{}, nil
			})
			w.wantCode(w.on(second), node.Refused, "already requested", "(first)")
			w.must(first)
			w.reboot()
			w.wantMaintenance()
			if got := w.status().Trigger.Reason; got != "first" {
				t.Errorf("the host is in maintenance mode for %q", got)
			}
		})
	}
}
