package nailgun_test

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/nailgun"
)

var controller = []string{"controller"}

// node is a deployed controller, changed by those functions.
func node(id int, changes ...func(*nailgun.Node)) nailgun.Node {
	env := 1
	n := nailgun.Node{ID: id, Name: "Untitled", Hostname: "node-" + string(rune('0'+id)), IP: "10.20.0." + string(rune('0'+id)), Status: "ready",
		Online: true, Roles: []string{"controller"}, Cluster: &env}
	for _, change := range changes {
		change(&n)
	}
	return n
}

func TestHostsOfAnEnvironment(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*nailgun.Node)
		// hosts are those beside node-1; note is what is said of node-2.
		hosts, note, err string
	}{
		{"a controller", func(*nailgun.Node) {}, "node-2", "", ""},
		{"another name", func(n *nailgun.Node) { n.Hostname = "ctl-b" }, "ctl-b", "", ""},
		{"another role", func(n *nailgun.Node) { n.Roles = []string{"compute"} }, "", "", ""},
		{"no role", func(n *nailgun.Node) { n.Roles = nil; n.Status = "discover" }, "", "", ""},
		{"one of its roles", func(n *nailgun.Node) { n.Roles = []string{"compute", "controller"} }, "node-2", "", ""},
		{"pending deletion", func(n *nailgun.Node) { n.PendingDeletion = true }, "", "node-2 is left out: Fuel is about to remove it", ""},
		{"removing", func(n *nailgun.Node) { n.Status = "removing" }, "", "node-2 is left out: Fuel is about to remove it", ""},
		{"not deployed yet", func(n *nailgun.Node) { n.Roles, n.PendingRoles, n.Status = nil, controller, "discover" }, "",
			"node-2 is left out: Fuel has not deployed it yet (status discover)", ""},
		{"offline", func(n *nailgun.Node) { n.Online = false }, "node-2", "node-2 is offline, as Fuel sees it", ""},
		{"error", func(n *nailgun.Node) { n.Status = "error" }, "node-2", "node-2 has the status error in Fuel: its last deployment did not come to its end", ""},
		{"stopped", func(n *nailgun.Node) { n.Status = "stopped" }, "node-2", "node-2 has the status stopped in Fuel: its last deployment did not come to its end", ""},
		{"deploying", func(n *nailgun.Node) { n.Status = "deploying" }, "", "", "Fuel is deploying node-2 (status deploying)"},
		{"provisioned anew", func(n *nailgun.Node) { n.Status = "provisioned" }, "", "", "Fuel is deploying node-2 (status provisioned)"},
		{"a name that is none", func(n *nailgun.Node) { n.Hostname = "-x" }, "", "", `the node 2 is called "-x", which is not a valid host name: a name cannot begin with "-"`},
		{"no address", func(n *nailgun.Node) { n.IP = "" }, "", "", "node-2 has no address in Fuel's admin network, so it cannot be reached, and without it the cluster cannot be judged"},
		{"an address that is none", func(n *nailgun.Node) { n.IP = "\x1b[2J" }, "", "", `node-2 has the address "\x1b[2J" in Fuel, which is none: a name cannot contain '\x1b'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			hosts, notes, err := nailgun.Hosts([]nailgun.Node{node(1), node(2, c.change)}, controller)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Fatalf("it says %v, want %s", err, c.err)
				}
				var told *nailgun.Error
				if !errors.As(err, &told) || told.Hint() == "" {
					t.Errorf("it does not say what to do: %+v", err)
				}
				return
			}
			if got, want := strings.Join(inventory.Names(hosts), " "), strings.TrimSpace("node-1 "+c.hosts); err != nil || got != want {
				t.Errorf("the hosts are %s (%v), want %s", got, err, want)
			}
			if got := strings.Join(notes, "; "); got != c.note {
				t.Errorf("it notes %q, want %q", got, c.note)
			}
		})
	}
}

func TestAHostIsReachedInTheAdminNetwork(t *testing.T) {
	hosts, _, err := nailgun.Hosts([]nailgun.Node{node(1)}, controller)
	want := []inventory.Host{{Name: "node-1", Address: "10.20.0.1", Roles: controller}}
	if err != nil || !reflect.DeepEqual(hosts, want) {
		t.Errorf("it is %+v (%v), want %+v", hosts, err, want)
	}
}

func TestNoHostAtAll(t *testing.T) {
	_, _, err := nailgun.Hosts([]nailgun.Node{node(1)}, []string{"mongo", "ceph-osd"})
	var told *nailgun.Error
	if !errors.As(err, &told) || told.Text != "no deployed node has the role mongo or ceph-osd" || told.Hint() == "" {
		t.Errorf("it says %v", err)
	}
}

// The Fuel client's list has no host names: Fuel's own scheme gives them.
func TestAListOfTheFuelClient(t *testing.T) {
	data, err := os.ReadFile("testdata/node-list.json")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := nailgun.ParseNodes(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range []int{0, 1} {
		within, err := nailgun.Within(nodes, env)
		if err != nil {
			t.Fatal(err)
		}
		hosts, notes, err := nailgun.Hosts(within, controller)
		if got := strings.Join(inventory.Names(hosts), " "); err != nil || got != "node-1 node-3" || len(notes) > 0 || hosts[1].Address != "10.20.0.5" {
			t.Errorf("environment %d has %+v (%v, %v)", env, hosts, notes, err)
		}
	}
	if _, err := nailgun.Within(nodes, 2); err == nil || !strings.Contains(err.Error(), "no environment 2; there is 1") {
		t.Errorf("for another environment it says %v", err)
	}
	other := 2
	nodes[0].Cluster = &other
	if _, err := nailgun.Within(nodes, 0); err == nil || !strings.Contains(err.Error(), "more than one environment") {
		t.Errorf("for two environments it says %v", err)
	}
}

func TestWhatIsNoList(t *testing.T) {
	for _, text := range []string{"", "{}", `{"message": "x"}`, `[{"id": 1}]`, `[{"status": "ready"}]`, `[{"id": "x", "status": "ready"}]`} {
		if _, err := nailgun.ParseNodes([]byte(text)); err == nil || !strings.Contains(err.Error(), "is not a list of nodes") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
