package clustercli

import (
	"strings"
	"testing"

	"umm/internal/api"
)

// Which hosts have to be rebooted is seen at a glance.
func TestStatusTellsWhichHostsNeedAReboot(t *testing.T) {
	x := try(t)
	doc := api.ClusterStatus{}
	for name, r := range map[string]*api.Reboot{
		"n1": {Needed: api.RebootNeeded, Reasons: []string{"/run/reboot-required"}},
		"n2": {Needed: api.RebootNotNeeded},
		"n3": {Needed: api.RebootUnknown},
		"n4": nil, // by an earlier version of umm
		"n5": {Needed: "perhaps"},
	} {
		doc.Hosts = append(doc.Hosts, api.ClusterMember{Name: name, Reachable: true, Status: &api.Status{Mode: api.ModeOperational, Reboot: r}})
	}
	if err := x.printStatus(doc, "", ""); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(strings.Fields(x.stdout.String()), " ")
	for _, want := range []string{"HOST MODE REBOOT SINCE WHY", "n1 operational needed", "n2 operational -", "n3 operational unknown", "n4 operational unknown", "n5 operational unknown"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, x.stdout)
		}
	}
}
