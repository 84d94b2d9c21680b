package nodecli

import (
	"encoding/json"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/host/hostfs/hosttree"
)

func TestStatusOnUpstart(t *testing.T) {
	x := try(t, operational(), hosttree.Trusty)
	if code := x.umm("status"); code != 0 || x.stdout.String() != "runlevel N 2\n" {
		t.Errorf("it ended with %d and printed %q", code, x.stdout)
	}
	x = try(t, operational(), hosttree.Trusty, hosttree.Tree{"run/utmp": ""})
	if code := x.umm("status"); code != 0 || x.stdout.String() != "runlevel unknown\n" {
		t.Errorf("before the run level it ended with %d and printed %q", code, x.stdout)
	}
	// Nothing is run for it: Upstart keeps no list of what failed.
	var s api.Status
	x.node.Run = hosttree.Programs{T: t}
	if code := x.umm("status", "-o", "json"); code != 0 || json.Unmarshal(x.stdout.Bytes(), &s) != nil || s.FailedUnits != nil {
		t.Errorf("it ended with %d and printed %s", code, x.stdout)
	}
}

func TestUnitsOnUpstart(t *testing.T) {
	x := try(t, operational(), hosttree.Trusty)
	if code := x.umm("units"); code != 0 || !strings.Contains(x.stderr.String(), "KEEP_UNITS: gone: no such job or init script") {
		t.Errorf("it ended with %d and said %q", code, x.stderr)
	}
	golden(t, "units-upstart", x.stdout.String())
}
