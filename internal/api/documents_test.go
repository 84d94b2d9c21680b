package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	at   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	code = 3

	guard = api.Guard{Run: "20260301-115900-3f2a", By: "alice", Master: "fuel", Reason: "new kernel", Since: &at}
)

// documents are all that umm prints, each once with every field and once with as
// little as it ever has. A golden file is never changed once it was released: a
// new version gets a new one.
var documents = map[string]any{
	"status-v1": api.Status{
		Version: api.StatusVersion, Mode: api.ModeMaintenance, Enabled: true, BootID: "0123456789abcdef0123456789abcdef",
		Trigger: &api.Trigger{Kind: "operator", Detail: "umm on", Reason: "new disk", At: &at, By: "alice from 192.0.2.7", Run: "20260301-115900-3f2a"},
		Guard:   &guard, Switching: true,
		Since: &at, Until: &at, Unclean: api.Unclean{Count: 1, Threshold: 2},
		Command: &api.Command{Argv: []string{"/bin/sh", "-c", "a && b > c"}, State: "failed", LastLines: []string{"c: not found"}, ExitCode: &code, Started: &at, Ended: &at,
			Error: "cannot run a"},
		Kernel: "6.1.0-41-amd64",
		Reboot: &api.Reboot{Needed: "yes", Reasons: []string{"/run/reboot-required: libc6"}, Unknown: []string{"needrestart: exit status 1"}},
		Trial: &api.Trial{State: api.TrialFailed, Kernel: "6.1.0-42-amd64", Kept: "6.1.0-41-amd64", Why: "that boot stopped unexpectedly",
			Panic: "Kernel panic - not syncing", ReturnedBoot: "0123456789abcdef0123456789abcdef", At: &at},
		FailedUnits: []string{"app.service"}, Problems: []string{"/etc/umm.conf:4: REBOOT_COUNT: is odd"}, Umm: "1.0",
	},
	"status-v1-least": api.Status{Version: api.StatusVersion, Mode: api.ModeOperational, BootID: "0123456789abcdef0123456789abcdef", Umm: "1.0"},
	"check-v1": api.Checks{Version: api.CheckVersion, Checks: []api.Check{
		{Name: "record", Verdict: api.VerdictOK, Reason: "/etc/umm can be written and synced"},
		{Name: "ssh", Verdict: api.VerdictFail, Reason: "ssh is not enabled", Evidence: "ssh.service: disabled", Hint: "systemctl enable ssh",
			Refuses: true, Risk: api.RiskLoseSSH},
		{Name: "network", Verdict: api.VerdictUnknown, Reason: "nobody knows"},
		{Name: "boot-menu", Verdict: api.VerdictWarn, Reason: "there is no GRUB here", Hint: "type it by hand"},
	}},
	"check-v1-least": api.Checks{Version: api.CheckVersion, OK: true, Checks: []api.Check{}},
	"units-v1": api.Units{
		Version: api.UnitsVersion, Essential: []api.Unit{{Name: "ssh.service", Why: "remote login"}}, Stopped: []api.Unit{{Name: "cron.service", Why: "w"}},
		Masked: []api.Unit{{Name: "polkit.service", Why: "w"}}, Problems: []string{"KEEP_UNITS: x: there is no such unit"},
	},
	"units-v1-least": api.Units{Version: api.UnitsVersion, Essential: []api.Unit{}, Stopped: []api.Unit{}, Masked: []api.Unit{}},
	"history-v1": api.History{Version: api.HistoryVersion, Events: []api.Event{
		{Seq: 7, At: at, Boot: "0123456789abcdef0123456789abcdef", Kind: "entered", Text: "maintenance was asked for"}}},
	"guard-v1":         api.Guarded{Version: api.GuardVersion, Guard: &guard},
	"guard-v1-least":   api.Guarded{Version: api.GuardVersion},
	"history-v1-least": api.History{Version: api.HistoryVersion, Events: []api.Event{}},
}

func golden(name string) string { return filepath.Join("testdata", name+".json") }

func encode(t *testing.T, document any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDocumentsAreAsTheyWereReleased(t *testing.T) {
	for name, document := range documents {
		got := encode(t, document)
		if *update {
			if err := os.WriteFile(golden(name), []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden(name))
		if err != nil || got != string(want) {
			t.Errorf("%s is\n%s\nwant\n%s%v", name, got, want, err)
		}
	}
}

// What an older umm printed is understood by this one, and a newer one's fields
// are passed over: the programs on the two ends differ in the field.
func TestGoldenFilesAreUnderstood(t *testing.T) {
	files, err := filepath.Glob(golden("*"))
	if err != nil || len(files) != len(documents) {
		t.Fatalf("there are %d golden files for %d documents (%v)", len(files), len(documents), err)
	}
	for name, document := range documents {
		data, err := os.ReadFile(golden(name))
		if err != nil {
			t.Fatal(err)
		}
		newer := strings.Replace(string(data), "{", `{"a_field_of_the_future": {"x": [1]},`, 1)
		for _, text := range []string{string(data), newer} {
			into := reflect.New(reflect.TypeOf(document))
			if err := json.Unmarshal([]byte(text), into.Interface()); err != nil {
				t.Fatal(err)
			}
			if got := into.Elem().Interface(); !reflect.DeepEqual(got, document) {
				t.Errorf("%s is understood as %+v, want %+v", name, got, document)
			}
		}
	}
}

// The full documents have every field set, so that none can change unseen.
func TestFullDocumentsAreFull(t *testing.T) {
	for name, document := range documents {
		if strings.HasSuffix(name, "-least") {
			continue
		}
		if empty := emptyField(reflect.ValueOf(document)); empty != "" && empty != "OK" {
			t.Errorf("%s has no %s", name, empty)
		}
	}
}

// emptyField names a field of v that is empty, looking into the fullest element of
// each list.
func emptyField(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		return emptyField(v.Elem())
	case reflect.Slice:
		empty := ""
		for i := range v.Len() {
			if empty = emptyField(v.Index(i)); empty == "" {
				return ""
			}
		}
		return empty
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return ""
		}
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				return v.Type().Field(i).Name
			}
			if empty := emptyField(v.Field(i)); empty != "" {
				return empty
			}
		}
	}
	return ""
}

func TestHealthy(t *testing.T) {
	good := api.Check{Verdict: api.VerdictOK}
	for _, verdict := range []string{api.VerdictFail, api.VerdictUnknown, "", "a verdict of the future"} {
		if api.Healthy([]api.Check{good, {Verdict: verdict}}) {
			t.Errorf("%q is healthy", verdict)
		}
	}
	if !api.Healthy([]api.Check{good, good}) {
		t.Error("all is ok, and not healthy")
	}
}

func FuzzStatus(f *testing.F) {
	for name := range documents {
		data, err := os.ReadFile(golden(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s api.Status
		if json.Unmarshal(data, &s) != nil {
			return
		}
		var again api.Status
		if err := json.Unmarshal([]byte(encode(t, s)), &again); err != nil {
			t.Fatalf("%+v cannot be read back: %v", s, err)
		}
		if encode(t, again) != encode(t, s) {
			t.Fatalf("%+v is read back as %+v", s, again)
		}
	})
}

func TestGuardSaysWhoseRunItIs(t *testing.T) {
	for want, g := range map[string]api.Guard{
		"20260301-115900-3f2a, by alice on fuel, since 2026-03-01 12:00:00 UTC (new kernel)": guard,
		"r": {Run: "r"},
	} {
		if got := g.String(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
