package pacemaker

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
	"umm/test/needs"
)

// places are cases of where what runs on n1 can go, each with what Pacemaker would stop.
var places = []struct {
	name    string
	members []string
	lost    string
	// carried is what has to be done elsewhere after the drain.
	carried []string
	// shows are the predicates that are not OK for as long as it is drained.
	shows []string
}{
	{name: "moves", members: hosts, carried: []string{"db-clone/db", "vip"}},
	{name: "opt-in", members: hosts, lost: "vip", shows: []string{"resource-vip"}},
	{name: "health", members: hosts[:2], lost: "vip", shows: []string{"resource-vip"}},
	{name: "apart", members: hosts[:2], lost: "mail", carried: []string{"vip"}, shows: []string{"resource-mail"}},
	{name: "one-clone", members: hosts[:2], lost: "db-clone/db", shows: []string{"resource-db", "resource-db-clone"}},
	{name: "promoted", members: hosts[:2], lost: "drbd-clone/drbd (promoted)", carried: []string{"drbd-clone/drbd"}},
	{name: "promotes", members: hosts[:2], carried: []string{"drbd-clone/drbd", "drbd-clone/drbd (promoted)"}},
	{name: "unique", members: hosts[:2], lost: "vip-clone/vip:0", shows: []string{"resource-vip-clone", "resource-vip:0"}},
	{name: "failed", members: hosts[:2], lost: "db", shows: []string{"resource-db"}},
	{name: "guest", members: hosts[:2], lost: "g1, vip, vm", shows: []string{"resource-g1", "resource-vip", "resource-vm"}},
}

func TestElsewhere(t *testing.T) {
	for _, tt := range places {
		t.Run(tt.name, func(t *testing.T) {
			v := Service{}.Read(tt.members, answers(t, "pacemaker-2.1.5/without/"+tt.name)).(view)
			got := v.elsewhere("n1")
			want, risk := "without n1 Pacemaker runs elsewhere what it runs now", ""
			if tt.lost != "" {
				want, risk = "without n1 Pacemaker would run nowhere: "+tt.lost, riskOnlyHere
			}
			if got.Reason != want || got.Risk != risk || (got.State == service.OK) != (tt.lost == "") {
				t.Errorf("%+v, want %q", got, want)
			}
			c := v.Exit("n1").Changes[0]
			if !slices.Equal(c.Carries, tt.carried) || !slices.Equal(c.Shows, tt.shows) {
				t.Errorf("carries %q, want %q; shows %q, want %q", c.Carries, tt.carried, c.Shows, tt.shows)
			}
			// What is seen while it is in standby is what it shows, and no more.
			a := answers(t, "pacemaker-2.1.5/without/"+tt.name)
			for _, host := range tt.members {
				a[host][askMon] = a["n1"][askWithout]
			}
			for _, w := range (Service{}).Read(tt.members, a).Health([]string{"n1"}) {
				if w.State != service.OK && strings.HasPrefix(w.Name, "resource") && !slices.Contains(c.Shows, w.Name) {
					t.Errorf("in standby: %+v", w)
				}
			}
		})
	}
}

// Remote and guest nodes are no place to go to, but for what was there before, and for what a
// bundle runs.
func TestRemoteNodesAreNoPlace(t *testing.T) {
	nodes := []node{{name: "n1", member: true}, {name: "n2", member: true}, {name: "far"}, {name: "web-0"}, {name: "web-1"}}
	with := func(rs ...resource) mon {
		for i := range rs {
			rs[i].active = true
		}
		return mon{nodes: nodes, resources: rs}
	}
	on := func(id string, nodes ...string) resource { return resource{id: id, nodes: nodes} }
	web := func(replica, role string, at string) resource {
		return resource{id: "web", agent: "db", role: role, clone: true, within: []string{"bundle", replica}, nodes: []string{at}}
	}
	for name, c := range map[string]struct {
		now, then mon
		want      string
	}{
		"to a host":                   {with(on("vip", "n1")), with(on("vip", "n2")), ""},
		"to a remote node":            {with(on("vip", "n1")), with(on("vip", "far")), "vip"},
		"it stays on one":             {with(on("vip", "n1"), on("app", "far")), with(on("vip", "n2"), on("app", "far")), ""},
		"from one to another":         {with(on("app", "far")), with(on("app", "web-0")), "app"},
		"to a node that is not known": {with(on("vip", "n1")), with(on("vip", "gone")), "vip"},
		"a bundle's, promoted anew":   {with(web("0", "Promoted", "web-0"), web("1", "Unpromoted", "web-1")), with(web("1", "Promoted", "web-1")), ""},
		"a clone that is left on one": {with(resource{id: "c", clone: true, within: []string{"cs"}, nodes: []string{"n1"}}), with(resource{id: "c", clone: true, within: []string{"cs"}, nodes: []string{"far"}}), "cs/c"},
		"a clone that was there, too": {with(resource{id: "c", clone: true, within: []string{"cs"}, nodes: []string{"n1", "far"}}), with(resource{id: "c", clone: true, within: []string{"cs"}, nodes: []string{"far"}}), ""},
	} {
		if got := strings.Join(lost(c.now, c.then, "n1"), ", "); got != c.want {
			t.Errorf("%s: %q is lost, want %q", name, got, c.want)
		}
	}
	// After the drain what ran on the host has to run on another one.
	if got := with(on("vip", "far")).nowhere([]string{"vip"}, "n1"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// What Pacemaker would do and does not say is not fine.
func TestElsewhereUnknown(t *testing.T) {
	for name, got := range map[string]service.Answer{
		"crm_simulate is not there": {Result: execx.Result{Code: 1, Stderr: []byte("crm_simulate: not found")}},
		"another node in standby":   answers(t, "pacemaker-2.1.5/without/moves")["n1"][askMon],
		"nothing":                   {},
	} {
		t.Run(name, func(t *testing.T) {
			a := answers(t, "pacemaker-2.1.5/without/moves")
			a["n1"][askWithout] = got
			if v := (Service{}).Read(hosts, a).(view).elsewhere("n1"); v.State != service.Unknown || v.Risk != "" {
				t.Errorf("%+v", v)
			}
		})
	}
}

// The script asks Pacemaker's own programs on a copy, here without a cluster.
func TestWithoutScript(t *testing.T) {
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if _, err := exec.LookPath("crm_simulate"); err != nil {
		needs.Absent(t, "there is no crm_simulate on this machine")
	}
	for _, tt := range places {
		t.Run(tt.name, func(t *testing.T) {
			servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
				cib, err := filepath.Abs(filepath.Join("testdata", "pacemaker-2.1.5", "without", tt.name+".xml"))
				if err != nil {
					t.Fatal(err)
				}
				h.Program("crm_node", `[ "$*" = -n ] && echo n1`)
				h.Program("cibadmin", fmt.Sprintf(`[ "$*" = -Q ] && cat '%s'`, cib))
				work := t.TempDir()
				h.Env = []string{"TMPDIR=" + work}
				out := h.Prints(shell("without"), "")
				a := answers(t, "pacemaker-2.1.5/without/"+tt.name)
				now, err := parseMon(string(a["n1"][askMon].Result.Stdout))
				if err != nil {
					t.Fatal(err)
				}
				then, err := parseMon(out)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(lost(now, then, "n1"), ", "); got != tt.lost {
					t.Errorf("%q is lost, want %q", got, tt.lost)
				}
				if left, err := os.ReadDir(work); err != nil || len(left) > 0 {
					t.Errorf("it leaves %v, %v", left, err)
				}
			})
		})
	}
}

// A host in standby may go once others do what it did, and not before.
func TestSettledElsewhere(t *testing.T) {
	for _, tt := range []struct {
		carries []string
		state   service.State
	}{
		{nil, service.OK},
		{[]string{"vip", "st-ms/st", "st-ms/st (promoted)"}, service.OK},
		{[]string{"mail"}, service.Wait},
	} {
		c := service.Change{ID: "pacemaker/n1", Service: Name, Target: "n1", Carries: tt.carries}
		if v := read(t, "standby").Settled(c, true); v.State != tt.state {
			t.Errorf("%q: %+v", tt.carries, v)
		}
	}
}

// What a healthy cluster shows is whole, also where it is more than hosts and resources.
func TestHealthyShapes(t *testing.T) {
	for name, changes := range map[string][]string{
		"a clone with more instances than hosts": {`    </clone>
    <clone id="p_mysql-clone"`, `      <resource id="st" resource_agent="ocf:pacemaker:Stateful" role="Stopped" active="false" orphaned="false" blocked="false" managed="true" failed="false" nodes_running_on="0"/>
    </clone>
    <clone id="p_mysql-clone"`},
		"a guest of a replica that has no host": {"  </nodes>", `    <node name="web-bundle-3" id="web-bundle-3" online="false" standby="false" standby_onfail="false" maintenance="false" pending="false" unclean="false" shutdown="false" expected_up="false" is_dc="false" resources_running="0" type="remote"/>
  </nodes>`},
		"a remote node that its operator set to standby": {"  </nodes>", `    <node name="compute" id="compute" online="true" standby="true" standby_onfail="false" maintenance="false" pending="false" unclean="false" shutdown="false" expected_up="false" is_dc="false" resources_running="0" type="remote"/>
  </nodes>`},
	} {
		t.Run(name, func(t *testing.T) {
			a := answers(t, "pacemaker-2.1.5/healthy")
			for _, host := range hosts {
				change(a, host, askMon, changes...)
			}
			expect(t, Service{}.Read(hosts, a).Health(nil))
		})
	}
}
