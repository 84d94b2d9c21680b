package check

import (
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
)

const (
	showGate = "initctl show-config umm"
	bootTry  = "/lib/umm/umm-boot"
)

func TestChecksOfTheInitSystem(t *testing.T) {
	whole := map[string]execx.Result{
		"initctl version": {Stdout: []byte("init (upstart 1.12.1)\n")},
		showGate:          {Stdout: []byte("umm\n  start on starting rc-sysinit\n  stop on runlevel\n")},
		bootTry:           {Code: 2},
	}
	with := func(question string, answer execx.Result) map[string]execx.Result {
		says := map[string]execx.Result{}
		for q, a := range whole {
			says[q] = a
		}
		says[question] = answer
		return says
	}
	for _, c := range []struct {
		name       string
		trees      []hosttree.Tree
		says       map[string]execx.Result
		init, boot string // words of the reasons
		fails      []string
	}{
		{"Upstart, and all in place", []hosttree.Tree{hosttree.Trusty}, whole, "Upstart 1.12.1 runs this host", "holds the next boot back in", nil},
		{"Upstart is installed, and does not run", []hosttree.Tree{hosttree.Trusty}, with("initctl version", execx.Result{Code: 1, Stderr: []byte("initctl: Unable to connect")}),
			"Unable to connect", "holds", []string{"init"}},
		{"the gate is overridden", []hosttree.Tree{hosttree.Trusty, {"etc/init/umm.override": "manual\n"}}, whole, "", "umm.override changes", []string{"gate"}},
		{"Upstart reads the gate otherwise", []hosttree.Tree{hosttree.Trusty}, with(showGate, execx.Result{Stdout: []byte("umm\n")}), "", "the gate does not start", []string{"gate"}},
		{"the program is broken", []hosttree.Tree{hosttree.Trusty}, with(bootTry, execx.Result{Code: 139}), "", "umm-boot cannot be run", []string{"gate"}},
		{"an explicit run level keeps umm out, but may not next time", []hosttree.Tree{hosttree.Trusty, {"proc/cmdline": "ro 3\n"}}, whole, "", "holds", nil},
		{"systemd", []hosttree.Tree{{"run/systemd/system/": ""}}, nil, "systemd runs this host", "", []string{"generator"}},
		{"neither", nil, nil, "unknown init system: no /run/systemd/system, so PID 1 is not systemd; no /sbin/initctl", "", []string{"init", "generator"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := try(t, c.trees...)
			if c.says != nil {
				x.says(t, c.says)
			}
			checks := []api.Check{x.init(t.Context()), x.boot(t.Context())}
			var failed []string
			for i, word := range []string{c.init, c.boot} {
				if !strings.Contains(checks[i].Reason, word) {
					t.Errorf("the check says %+v, want %q", checks[i], word)
				}
				if checks[i].Verdict != api.VerdictOK {
					failed = append(failed, checks[i].Name)
				}
				if checks[i].Refuses != (checks[i].Verdict != api.VerdictOK) {
					t.Errorf("%s: refuses %v", checks[i].Name, checks[i].Refuses)
				}
			}
			if !slices.Equal(failed, c.fails) {
				t.Errorf("failed are %q, want %q: %+v", failed, c.fails, checks)
			}
		})
	}
}
