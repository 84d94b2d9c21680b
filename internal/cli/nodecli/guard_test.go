package nodecli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/host/node"
)

func TestGuard(t *testing.T) {
	x := try(t, operational())
	want := func(code int, out, err string, args ...string) {
		t.Helper()
		if got := x.umm(args...); got != code || !strings.Contains(x.stdout.String(), out) || !strings.Contains(x.stderr.String(), err) {
			t.Errorf("umm %q ended with %d and printed %q, %q", args, got, x.stdout, x.stderr)
		}
	}
	want(0, "no run of umm-cluster has this host\n", "", "guard")
	want(0, "", "", "guard", "clear", "r1")
	want(0, "", "", "guard", "set", "r1", "--by", "alice", "--master", "fuel", "--reason", "new\nkernel", "--since", "2026-03-01T13:00:00+01:00")
	want(0, "r1, by alice on fuel, since 2026-03-01 12:00:00 UTC (new kernel)\n", "", "guard")
	want(int(node.Refused), "", "umm: another run has this host: r1, by alice on fuel", "guard", "set", "r2")
	want(int(node.Refused), "", "another run has this host: r1", "guard", "clear", "r2")

	if code := x.umm("guard", "-o", "json"); code != 0 {
		t.Fatalf("it ended with %d: %s", code, x.stderr)
	}
	golden(t, "guard-json", x.stdout.String())
	var g api.Guarded
	if err := json.Unmarshal(x.stdout.Bytes(), &g); err != nil || g.Guard == nil || g.Guard.Run != "r1" {
		t.Errorf("it prints %s (%v)", x.stdout, err)
	}
	x.umm("status", "-o", "json")
	var s api.Status
	if err := json.Unmarshal(x.stdout.Bytes(), &s); err != nil || s.Guard == nil || s.Guard.Run != "r1" {
		t.Errorf("the status is %s (%v)", x.stdout, err)
	}
	want(0, "runlevel N 3\n", "", "status")

	want(int(node.Refused), "", "umm: hint: umm-cluster show r1 on fuel shows its state", "on")
	want(int(node.Refused), "", "run r2 does not have this host", "on", "--run", "r2")
	want(int(node.Refused), "", "run r2 does not have this host", "off", "--run", "r2")
	want(0, "", "", "guard", "clear", "r1")
	want(0, "no run", "", "guard")
}

func TestGuardIsForRoot(t *testing.T) {
	x := try(t, operational())
	x.euid = 1000
	for _, verb := range []string{"set", "clear"} {
		code := x.umm("guard", verb, "r")
		if said := x.stderr.String(); code != int(node.CannotDo) || !strings.Contains(said, "umm guard needs root\n") {
			t.Errorf("umm guard %s ended with %d and said %q", verb, code, x.stderr)
		}
	}
}

func TestGuardThatCannotBeRead(t *testing.T) {
	x := try(t, operational())
	dir := filepath.Join(x.root, "run/umm")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "guard"), []byte("rubbish"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"guard"}, {"guard", "-o", "json"}, {"on"}} {
		if code := x.umm(args...); code == 0 || !strings.Contains(x.stderr.String(), "cannot tell whether a run of umm-cluster has this host") {
			t.Errorf("umm %q ended with %d and said %q", args, code, x.stderr)
		}
	}
}
