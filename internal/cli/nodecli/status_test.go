package nodecli

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s%v", name, got, want, err)
	}
}

// Into a pipe it is exactly the one line that scripts out there look for.
func TestStatusLine(t *testing.T) {
	asked := mode.Request(operational(), mode.Facts{BootID: bootID}, mode.Session{}, at)
	for name, c := range map[string]struct {
		record mode.Record
		tree   hosttree.Tree
		going  bool
		want   string
	}{
		"operational":               {operational(), nil, false, "runlevel N 3\n"},
		"with a graphical target":   {operational(), hosttree.Tree{"etc/systemd/system/default.target": "-> graphical.target"}, false, "runlevel N 5\n"},
		"in MM":                     {inMaintenance(), nil, false, "umm\n"},
		"asked for, and up":         {asked, nil, false, "runlevel N 3\n"},
		"asked for, and going down": {asked, nil, true, "rebooting\n"},
		"disabled":                  {operational(), hosttree.Tree{"etc/umm.conf": "UMM=no\n"}, false, "MM disabled\n"},
		"without a configuration":   {operational(), hosttree.Tree{"etc/umm.conf": ""}, false, "MM disabled\n"},
	} {
		t.Run(name, func(t *testing.T) {
			x := try(t, c.record, c.tree)
			x.going = c.going
			if code := x.umm("status"); code != 0 || x.stdout.String() != c.want || x.stderr.Len() > 0 {
				t.Errorf("it ended with %d and printed %q, %q, want %q", code, x.stdout, x.stderr, c.want)
			}
			if strings.HasPrefix(c.want, "runlevel") && strings.Contains(x.stdout.String(), "umm") {
				t.Error("operational, the line holds umm")
			}
		})
	}
}

func TestStatusJSON(t *testing.T) {
	x := try(t, inMaintenance())
	if code := x.umm("status", "-o", "json"); code != 0 {
		t.Fatalf("it ended with %d: %s", code, x.stderr)
	}
	golden(t, "status-json", x.stdout.String())
	var s api.Status
	if err := json.Unmarshal(x.stdout.Bytes(), &s); err != nil || !slices.Equal(s.FailedUnits, []string{"bad.service"}) {
		t.Errorf("it prints %s (%v)", x.stdout, err)
	}
}

// The configuration's command runs as root, so nobody else may have written it.
func TestStatusAsksTheOperatorsCommand(t *testing.T) {
	for _, c := range []struct {
		mode   os.FileMode
		needed string
		says   string
	}{{0o644, "yes", "REBOOT_NEEDED: a new BIOS"}, {0o666, "unknown", "umm.conf can be written to by others than root"}} {
		x := try(t, operational(), hosttree.Tree{"etc/umm.conf": "UMM=yes\nREBOOT_NEEDED=\"bios --new\"\n", "run/systemd/container": "x"})
		x.says = map[string]execx.Result{"/bin/sh -c bios --new": {Stdout: []byte("a new BIOS\n")}}
		if err := os.Chmod(filepath.Join(x.root, "etc/umm.conf"), c.mode); err != nil {
			t.Fatal(err)
		}
		x.umm("status", "-o", "json")
		var s api.Status
		if err := json.Unmarshal(x.stdout.Bytes(), &s); err != nil || s.Reboot == nil {
			t.Fatalf("it prints %s (%v)", x.stdout, err)
		}
		if text := strings.Join(append(s.Reboot.Reasons, s.Reboot.Unknown...), "; "); s.Reboot.Needed != c.needed || !strings.Contains(text, c.says) {
			t.Errorf("with mode %o it is %+v", c.mode, *s.Reboot)
		}
	}
}

// Nothing is run for it while the command may still change the answer.
func TestStatusWhileTheCommandRuns(t *testing.T) {
	f := mode.Facts{BootID: bootID}
	r := mode.Enter(mode.Record{}, f, mode.Session{Command: &mode.Command{Argv: []string{"a"}, State: mode.CommandPending}}, at)
	r, _, _ = mode.StartCommand(r, f, 1, at)
	x := try(t, r, hosttree.Tree{"etc/umm.conf": "UMM=yes\nREBOOT_NEEDED=\"bios --new\"\n"})
	x.umm("status", "-o", "json")
	var s api.Status
	if err := json.Unmarshal(x.stdout.Bytes(), &s); err != nil || s.Reboot == nil || s.Reboot.Needed != api.RebootUnknown ||
		strings.Join(s.Reboot.Unknown, "") != "the command of umm on is still running" {
		t.Errorf("it prints %s (%v)", x.stdout, err)
	}
}

func TestStatusForAPerson(t *testing.T) {
	code := 4
	later := at.Add(90 * time.Second)
	until := at.Add(2 * time.Hour)
	for name, s := range map[string]api.Status{
		"status-operational": {Mode: api.ModeOperational, Reboot: &api.Reboot{Needed: "no"}, Unclean: api.Unclean{Count: 1, Threshold: 2}, FailedUnits: []string{}},
		"status-maintenance": {Mode: api.ModeMaintenance, Reboot: &api.Reboot{Needed: "yes", Reasons: []string{"/run/reboot-required: libc6", "the next boot starts another kernel"}}, Unclean: api.Unclean{Threshold: 2}, FailedUnits: []string{"a.service", "b.service"},
			Trigger: &api.Trigger{Kind: "operator", Detail: "umm on", By: "alice from 192.0.2.7", Reason: "new\ndisk \x1b[31m"}, Since: &at, Until: &until,
			Guard:    &api.Guard{Run: "20260301-115900-3f2a", By: "alice", Master: "fuel", Reason: "new\nkernel", Since: &at},
			Command:  &api.Command{Argv: []string{"/bin/sh", "-c", "fsck\n-y"}, State: "failed", ExitCode: &code, Started: &at, Ended: &later},
			Problems: []string{"/etc/umm.conf:4: REBOOT_COUNT: is odd"}},
		"status-trial": {Mode: api.ModeOperational, Kernel: "6.1.0-41-amd64", Reboot: &api.Reboot{Needed: "no"}, Unclean: api.Unclean{Threshold: 2}, FailedUnits: []string{},
			Trial: &api.Trial{State: api.TrialFailed, Kernel: "6.1.0-42-amd64", Kept: "6.1.0-41-amd64", Why: "that boot stopped unexpectedly before it was healthy", Panic: "Kernel panic - not syncing: Fatal exception"}},
		"status-unknown": {Mode: api.ModeMaintenance, Reboot: &api.Reboot{Needed: "unknown", Unknown: []string{"a", "b\n"}}, Trigger: &api.Trigger{Kind: "unclean-boots"}, Since: &until,
			Command: &api.Command{State: "failed", Error: "cannot run a"}},
	} {
		var b bytes.Buffer
		if err := printStatus(&b, s, at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

// A person is told the mode first, in words, and how to leave it.
func TestHeadline(t *testing.T) {
	for mode, want := range map[string]string{
		api.ModeOperational: "operational mode (runlevel ", api.ModeMaintenance: "maintenance mode; leave it with umm off",
		api.ModeRebooting: "rebooting", api.ModeDisabled: "operational mode; maintenance mode is disabled",
	} {
		if got := headline(api.Status{Mode: mode}, t.TempDir()); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
}

func TestTook(t *testing.T) {
	for want, d := range map[string]time.Duration{"2ms": 1600 * time.Microsecond, "1s": time.Second, "1m30s": 90*time.Second + 12*time.Millisecond} {
		if got := took(d); got != want {
			t.Errorf("%s is shown as %s, want %s", d, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	x := try(t, operational(), hosttree.Tree{"etc/umm.conf": "UMM=yes\nKEEP_UNITS='cron gone.service'\n"})
	x.euid = 1000
	if code := x.umm("units", "-o", "json"); code != 0 {
		t.Fatalf("it ended with %d: %s", code, x.stderr)
	}
	golden(t, "units-json", x.stdout.String())
	if code := x.umm("units"); code != 0 || !strings.Contains(x.stderr.String(), "gone.service") {
		t.Errorf("it ended with %d and warned %q", code, x.stderr)
	}
	golden(t, "units", x.stdout.String())
}

func TestHistory(t *testing.T) {
	x := try(t, inMaintenance())
	if code := x.umm("history", "-o", "json"); code != 0 {
		t.Fatalf("it ended with %d: %s", code, x.stderr)
	}
	golden(t, "history-json", x.stdout.String())
	if code := x.umm("history"); code != 0 {
		t.Fatalf("it ended with %d: %s", code, x.stderr)
	}
	golden(t, "history", x.stdout.String())
	all := strings.Count(x.stdout.String(), "\n")
	for n, want := range map[string]int{"1": 1, "2": 2, "0": all, "99": all} {
		if x.umm("history", "-n", n); strings.Count(x.stdout.String(), "\n") != want {
			t.Errorf("of %s events it prints %q", n, x.stdout)
		}
	}
	empty := try(t, mode.Record{})
	if empty.umm("history", "-o", "json"); !strings.Contains(empty.stdout.String(), `"events": []`) {
		t.Errorf("without events it prints %s", empty.stdout)
	}
}

func TestChecksForAPerson(t *testing.T) {
	x := try(t, operational())
	err := x.printChecks([]api.Check{
		{Name: "record", Verdict: api.VerdictOK, Reason: "it can be written", Hint: "nothing"},
		{Name: "ssh", Verdict: api.VerdictFail, Reason: "ssh is not enabled", Hint: "systemctl enable ssh"},
		{Name: "network", Verdict: api.VerdictUnknown, Reason: "nobody knows"},
		{Name: "boot-menu", Verdict: api.VerdictWarn, Reason: "no GRUB found", Hint: "type it by hand"},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "check", x.stdout.String())
}

func TestOutput(t *testing.T) {
	x := try(t, inMaintenance())
	if code := x.umm("output"); code != 1 || !strings.Contains(x.stderr.String(), "no command has been run") {
		t.Errorf("without any it ended with %d and said %q", code, x.stderr)
	}
	dir := filepath.Join(x.root, "var/lib/umm/output")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "000001-20260301T120000.log"), []byte("printed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"output"}, {"output", "-f"}, {"output", "--follow"}} {
		if code := x.umm(args...); code != 0 || x.stdout.String() != "printed\n" {
			t.Errorf("%q ended with %d and printed %q", args, code, x.stdout)
		}
	}
}

func TestMetrics(t *testing.T) {
	x := try(t, inMaintenance())
	if code := x.umm("metrics"); code != 0 || !strings.Contains(x.stdout.String(), "\numm_mode{mode=\"maintenance\"} 1\n") {
		t.Fatalf("it ended with %d: %s%s", code, x.stdout, x.stderr)
	}
	printed, file := x.stdout.String(), filepath.Join(t.TempDir(), "umm.prom")
	if code := x.umm("metrics", file); code != 0 || x.stdout.Len() > 0 {
		t.Fatalf("it ended with %d: %s%s", code, x.stdout, x.stderr)
	}
	if data, err := os.ReadFile(file); string(data) != printed || err != nil {
		t.Errorf("the file has %s (%v)", data, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o644 {
		t.Errorf("node_exporter cannot read it: %v, %v", info, err)
	}
	if code := x.umm("metrics", filepath.Join(t.TempDir(), "none", "umm.prom")); code != int(node.CannotDo) || !strings.Contains(x.stderr.String(), "cannot write the metrics: ") {
		t.Errorf("without a folder it ended with %d: %s", code, x.stderr)
	}
}
