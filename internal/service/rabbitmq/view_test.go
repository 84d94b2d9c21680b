package rabbitmq_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/execx"
	"umm/internal/service"
	"umm/internal/service/rabbitmq"
	"umm/internal/service/servicetest"
)

var members = []string{"n1", "n2", "n3"}

// captured is an output of the real program.
func captured(t testing.TB, file string) string {
	t.Helper()
	return servicetest.File(t, "rabbitmq-3.10.8", file)
}

func both(cluster, queues service.Answer) map[string]service.Answer {
	return map[string]service.Answer{"cluster": cluster, "queues": queues}
}

var (
	unreachable = service.Answer{Err: errors.New("cannot reach it")}
	stopped     = service.Answer{Result: execx.Result{Code: 69, Stderr: []byte("no process of RabbitMQ is there")}}
	gone        = both(unreachable, unreachable)
	down        = both(stopped, stopped)
)

// q is a queue as it is told: its node, then what differs from a plain durable one.
func q(name, node string, changes ...string) string {
	fields := []string{"name", `<<"` + name + `">>`, "durable", "true", "auto_delete", "false", "owner_pid", "''", "pid", node,
		"messages", "3", "state", "running", "slave_pids", "''", "synchronised_slave_pids", "''", "type", "classic"}
	for _, c := range changes {
		k, v, _ := strings.Cut(c, "=")
		found := false
		for i := 0; i < len(fields); i += 2 {
			if fields[i] == k {
				fields[i+1], found = v, true
			}
		}
		if !found {
			fields = append(fields, k, v)
		}
	}
	var b strings.Builder
	for i := 0; i < len(fields); i += 2 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("{" + fields[i] + "," + fields[i+1] + "}")
	}
	return "[" + b.String() + "]"
}

func queues(node string, all ...string) service.Answer {
	return servicetest.Printed("{umm_queues," + node + `,[{<<"other">>,[]},{<<"/">>,[` + strings.Join(all, ",") + "]}]}")
}

// everywhere is a healthy cluster with these queues.
func everywhere(t testing.TB, all ...string) service.Answers {
	cluster := servicetest.Printed(captured(t, "ask-cluster-healthy-n1"))
	a := service.Answers{}
	for _, m := range members {
		a[m] = both(cluster, queues("rabbit@"+m, all...))
	}
	return a
}

func with(a service.Answers, host string, h map[string]service.Answer) service.Answers {
	a[host] = h
	return a
}

// find gives the verdicts that are not OK, as "name host state", and risks.
func find(vs []service.Verdict) string {
	var all []string
	for _, v := range service.Bad(vs) {
		s := strings.TrimSpace(v.Name+" "+v.Host) + " " + string(v.State)
		if v.Risk != "" {
			s += " (" + v.Risk + ")"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func real3(t testing.TB) service.Answers {
	a := service.Answers{}
	for _, m := range members {
		a[m] = both(servicetest.Printed(captured(t, "ask-cluster-healthy-"+m)), servicetest.Printed(captured(t, "ask-queues-healthy-"+m)))
	}
	return a
}

// without is n1 and n3 as they see the cluster while n2 is away.
func without(t testing.TB, cluster string) service.Answers {
	out := servicetest.Printed(captured(t, cluster))
	return service.Answers{"n1": both(out, queues("rabbit@n1")), "n2": down, "n3": both(out, queues("rabbit@n3"))}
}

// old is what 3.6 prints, running, partitions and alarms as given.
func old(running, partitions, alarms string) service.Answer {
	return servicetest.Printed("Cluster status of node 'rabbit@n1' ...\n[{nodes,[{disc,['rabbit@n1','rabbit@n2']},{ram,['rabbit@n3']}]},\n {running_nodes,[" + running +
		"]},\n {cluster_name,<<\"rabbit@n1\">>},\n {partitions,[" + partitions + "]},\n {alarms,[" + alarms + "]}]\n")
}

func oldEverywhere(cluster service.Answer) service.Answers {
	a := service.Answers{}
	for _, m := range members {
		a[m] = both(cluster, queues("rabbit@"+m))
	}
	return a
}

const all3 = "rabbit@n1,rabbit@n2,rabbit@n3"

func TestWhole(t *testing.T) {
	healthy := captured(t, "ask-cluster-healthy-n1")
	change := func(old, new string) service.Answers {
		if !strings.Contains(healthy, old) {
			t.Fatalf("%q is not there", old)
		}
		return oldEverywhere(servicetest.Printed(strings.Replace(healthy, old, new, 1)))
	}
	mirror := func(sync string) string {
		return q("m", "rabbit@n1", "slave_pids=[rabbit@n2,rabbit@n3]", "synchronised_slave_pids=["+sync+"]")
	}
	quorum := func(online string) string {
		return q("qq", "rabbit@n1", "type=quorum", "members=["+all3+"]", "online=["+online+"]")
	}
	for _, c := range []struct {
		name    string
		answers service.Answers
		out     []string
		want    string
	}{
		{"healthy", real3(t), nil, ""},
		{"one is away and known to be", without(t, "cluster_status-json-n2-stopped"), []string{"n2"}, ""},
		{"one is away", without(t, "cluster_status-json-n2-stopped"), nil, "running n2 wait"},
		{"one lost power", with(without(t, "cluster_status-json-n2-cut"), "n2", gone), []string{"n2"}, ""},
		{"one cannot be reached", with(real3(t), "n2", gone), nil, "running n2 unknown"},
		{"one says it runs and is not seen", with(without(t, "cluster_status-json-n2-stopped"), "n2", real3(t)["n2"]), nil, "running n2 wait"},
		{"drained by somebody", oldEverywhere(servicetest.Printed(captured(t, "cluster_status-json-n2-drained"))), nil, "maintenance n2 stop"},
		{"drained by us", oldEverywhere(servicetest.Printed(captured(t, "cluster_status-json-n2-drained"))), []string{"n2"}, ""},
		{"partitioned", change(`"partitions":{}`, `"partitions":{"rabbit@n1":["rabbit@n2"]}`), nil, "partitions stop"},
		{"partitions of another form", change(`"partitions":{}`, `"partitions":["what"]`), nil, "partitions stop"},
		{"an alarm", change(`"alarms":[]`, `"alarms":[{"node":"rabbit@n1","resource":"memory","type":"resource_limit"}]`), nil, "alarms wait"},
		{"an alarm, 3.7", change(`"alarms":[]`, `"alarms":{"rabbit@n1":["memory"],"rabbit@n2":[]}`), nil, "alarms wait"},
		{"a node more than known", change(`"disk_nodes":[`, `"disk_nodes":["rabbit@n4",`), nil, "members stop"},
		{"two clusters", with(real3(t), "n2", both(servicetest.Printed(strings.ReplaceAll(healthy, "rabbit@n3", "rabbit@n9")), queues("rabbit@n2"))), nil, "running n3 wait, members stop"},
		{"3.6", oldEverywhere(old(all3, "", "{'rabbit@n1',[]},{rabbit@n2,[]}")), nil, ""},
		{"3.6, partitioned", oldEverywhere(old(all3, "{'rabbit@n1',['rabbit@n2']}", "")), nil, "partitions stop"},
		{"3.6, an alarm", oldEverywhere(old(all3, "", "{'rabbit@n1',[memory]}")), nil, "alarms wait"},
		{"3.6, one is away", with(oldEverywhere(old("rabbit@n1,rabbit@n3", "", "{'rabbit@n2',[nodedown]}")), "n2", down), nil, "running n2 wait"},
		{"mirrors in sync", everywhere(t, mirror("rabbit@n3,rabbit@n2")), nil, ""},
		{"a mirror not in sync", everywhere(t, mirror("rabbit@n3")), nil, "replicas wait (unsynced-copies)"},
		{"a member of a quorum queue is not online", everywhere(t, quorum("rabbit@n1,rabbit@n3")), nil, "replicas wait (unsynced-copies)"},
		{"it is known to be away", everywhere(t, quorum("rabbit@n1,rabbit@n3")), []string{"n2"}, ""},
		{"a queue that crashed", everywhere(t, q("x", "rabbit@n1", "state=crashed")), nil, "queues wait"},
		{"a queue whose only node is away", everywhere(t, q("x", "rabbit@n2", "state=down")), nil, "queues wait"},
		{"a queue whose only node is known to be away", everywhere(t, q("x", "rabbit@n2", "state=down")), []string{"n2"}, ""},
		{"a virtual host cannot be listed", with(with(with(everywhere(t), "n1", both(servicetest.Printed(healthy), servicetest.Printed("{umm_queues,rabbit@n1,[{<<\"/\">>,{failed,x}}]}"))), "n2", both(servicetest.Printed(healthy), unreachable)),
			"n3", both(servicetest.Printed(healthy), servicetest.Printed("nothing"))), nil, "queues unknown"},
		{"nothing can be asked", service.Answers{"n1": gone, "n2": gone, "n3": gone}, nil,
			"running n1 unknown, running n2 unknown, running n3 unknown, members unknown, partitions unknown, alarms unknown, queues unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := find(rabbitmq.Service{}.Read(members, c.answers).Whole(c.out)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLeave(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers service.Answers
		want    string
	}{
		{"healthy", real3(t), ""},
		{"one is away already", without(t, "cluster_status-json-n2-stopped"), "majority n1 stop"},
		{"nobody else can be asked", with(with(real3(t), "n2", gone), "n3", gone), "majority n1 unknown"},
		{"mirrored and in sync", everywhere(t, q("m", "rabbit@n1", "slave_pids=[rabbit@n2]", "synchronised_slave_pids=[rabbit@n2]")), ""},
		{"mirrored and not in sync", everywhere(t, q("m", "rabbit@n1", "slave_pids=[rabbit@n2]", "synchronised_slave_pids=[]")), "copies n1 stop"},
		{"mirrored elsewhere", everywhere(t, q("m", "rabbit@n2", "slave_pids=[rabbit@n1]", "synchronised_slave_pids=[]")), ""},
		{"to be mirrored, without a mirror", everywhere(t, q("m", "rabbit@n1", "slave_pids=[]", "synchronised_slave_pids=[]")), "unserved n1 stop (queue-unserved)"},
		{"durable and alone", everywhere(t, q("d", "rabbit@n1")), "unserved n1 stop (queue-unserved)"},
		{"durable and alone elsewhere", everywhere(t, q("d", "rabbit@n3")), ""},
		{"transient and alone", everywhere(t, q("d", "rabbit@n1", "durable=false")), "transient n1 stop (queue-lost)"},
		{"exclusive", everywhere(t, q("d", "rabbit@n1", "durable=false", "owner_pid=rabbit@n1")), ""},
		{"auto-delete", everywhere(t, q("d", "rabbit@n1", "durable=false", "auto_delete=true")), ""},
		{"quorum", everywhere(t, q("qq", "rabbit@n1", "type=quorum", "members=["+all3+"]", "online=["+all3+"]")), ""},
		{"quorum with one away", everywhere(t, q("qq", "rabbit@n2", "type=quorum", "members=["+all3+"]", "online=[rabbit@n1,rabbit@n2]")), "queue-quorum n1 stop"},
		{"quorum of which it is no member", everywhere(t, q("qq", "rabbit@n2", "type=quorum", "members=[rabbit@n2]", "online=[rabbit@n2]")), ""},
		{"quorum on it alone", everywhere(t, q("qq", "rabbit@n1", "type=quorum", "members=[rabbit@n1]", "online=[rabbit@n1]")), "queue-quorum n1 stop"},
		{"stream with one away", everywhere(t, q("s", "''", "type=stream", "members=["+all3+"]", "online=[rabbit@n1,rabbit@n2]")), "queue-quorum n1 stop"},
		{"quorum whose members are not told", everywhere(t, q("qq", "rabbit@n1", "type=quorum")), "copies n1 unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := find(rabbitmq.Service{}.Read(members, c.answers).Leave("n1")); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestNodesOfOtherNames: the inventory has addresses, or names with a domain.
func TestNodesOfOtherNames(t *testing.T) {
	members := []string{"192.0.2.11", "n2.example.org", "x3"}
	cluster := servicetest.Printed(captured(t, "cluster_status-json-n2-stopped"))
	a := service.Answers{"192.0.2.11": both(cluster, queues("rabbit@n1")), "n2.example.org": down, "x3": both(cluster, unreachable)}
	view := rabbitmq.Service{}.Read(members, a)
	if got := find(view.Whole([]string{"n2.example.org"})); got != "" {
		t.Errorf("with n2 out: %q", got)
	}
	if got := find(view.Leave("x3")); got != "majority x3 stop" {
		t.Errorf("x3 leaves: %q", got)
	}
}

func TestEvidence(t *testing.T) {
	a := everywhere(t, q("a", "rabbit@n1"), q("b", "rabbit@n1", "messages=7"), q("c", "rabbit@n2"))
	for _, v := range service.Bad(rabbitmq.Service{}.Read(members, a).Leave("n1")) {
		if want := `n2: "a" (3 messages), "b" (7 messages)`; v.Evidence != want {
			t.Errorf("evidence is %q, want %q", v.Evidence, want)
		}
	}
}

func TestExit(t *testing.T) {
	view := rabbitmq.Service{}.Read(members, real3(t))
	exit := view.Exit("n2")
	if len(exit.Changes) != 1 || len(exit.Late) != 0 {
		t.Fatalf("%+v", exit)
	}
	drain := exit.Changes[0]
	if !drain.Volatile || drain.Target != "n2" || !strings.Contains(drain.Do.Argv[2], "drain") || !strings.Contains(drain.Undo.Argv[2], "revive") {
		t.Errorf("%+v", drain)
	}
	if old := (rabbitmq.Service{}).Read(members, oldEverywhere(old(all3, "", ""))).Exit("n2"); len(old.Changes) != 0 {
		t.Errorf("3.6 knows no drain: %+v", old)
	}
	drained := rabbitmq.Service{}.Read(members, oldEverywhere(servicetest.Printed(captured(t, "cluster_status-json-n2-drained"))))
	if drain.Blind {
		t.Error("all nodes run, and it is not looked at what they say")
	}
	for _, c := range []struct {
		name string
		view service.View
		done bool
		want service.State
	}{
		{"not drained yet", view, true, service.Wait},
		{"drained", drained, true, service.OK},
		{"not revived yet", drained, false, service.Wait},
		{"revived", view, false, service.OK},
		{"stopped counts as drained", rabbitmq.Service{}.Read(members, with(real3(t), "n2", down)), true, service.OK},
		{"stopped is not revived", rabbitmq.Service{}.Read(members, with(real3(t), "n2", down)), false, service.Wait},
		{"unreachable", rabbitmq.Service{}.Read(members, with(real3(t), "n2", gone)), true, service.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.view.Settled(drain, c.done); got.State != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// Where a node is down, what would show that another one is drained may be down with
// it: then the drain is made without asking, and its end is enough. A node that cannot
// be asked is not taken for drained even then.
func TestDrainWhileANodeIsDown(t *testing.T) {
	answers := without(t, "cluster_status-json-n2-stopped")
	view := rabbitmq.Service{}.Read(members, answers)
	drain := view.Exit("n3").Changes[0]
	if !drain.Blind {
		t.Fatalf("%+v", drain)
	}
	if got := view.Settled(drain, true); got.State != service.OK || !strings.Contains(got.Reason, "nothing may show it") {
		t.Errorf("drained: %+v", got)
	}
	if got := (rabbitmq.Service{}).Read(members, with(answers, "n3", gone)).Settled(drain, true); got.State != service.Unknown {
		t.Errorf("it cannot be asked: %+v", got)
	}
	if drain.Blind = false; view.Settled(drain, true).State != service.Wait {
		t.Error("one that was to be seen is not waited for")
	}
}

// TestQueuesOfAllKinds: mirrored, plain, exclusive, auto-delete, quorum queues and a
// stream, all led by n1, as the real program tells of them.
func TestQueuesOfAllKinds(t *testing.T) {
	all := service.Answers{}
	for _, m := range members {
		all[m] = both(servicetest.Printed(captured(t, "ask-cluster-kinds-n1")), servicetest.Printed(strings.Replace(captured(t, "ask-queues-kinds-n1"), "{umm_queues,rabbit@n1", "{umm_queues,rabbit@"+m, 1)))
	}
	lost := func(host string) service.Answers {
		third := both(servicetest.Printed(captured(t, "ask-cluster-kinds-"+host+"-stopped-n3")), servicetest.Printed(captured(t, "ask-queues-kinds-"+host+"-stopped-n3")))
		return service.Answers{host: down, "n3": third}
	}
	for _, c := range []struct {
		name      string
		got, want string
	}{
		{"all there", find(rabbitmq.Service{}.Read(members, all).Whole(nil)), ""},
		{"their leader leaves", find(rabbitmq.Service{}.Read(members, all).Leave("n1")), "unserved n1 stop (queue-unserved), transient n1 stop (queue-lost)"},
		{"another leaves", find(rabbitmq.Service{}.Read(members, all).Leave("n2")), ""},
		{"their leader has left", find(rabbitmq.Service{}.Read([]string{"n1", "n3"}, lost("n1")).Whole([]string{"n1"})), "members stop"},
		{"their leader is down", find(rabbitmq.Service{}.Read([]string{"n1", "n3"}, lost("n1")).Whole(nil)), "running n1 wait, members stop, queues wait, replicas wait (unsynced-copies)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
	for _, v := range service.Bad(rabbitmq.Service{}.Read(members, all).Leave("n1")) {
		want := map[string]string{"unserved": `n2: "plain empty\ttab" (0 messages), "plain.durable" (3 messages)`, "transient": `n2: "plain.transient" (3 messages)`}[v.Name]
		if v.Evidence != want {
			t.Errorf("%s: evidence is %q, want %q", v.Name, v.Evidence, want)
		}
	}
	if got := find(rabbitmq.Service{}.Read(members, with(all, "n2", both(servicetest.Printed(captured(t, "cluster_status-json-n1-memory-alarm")), unreachable))).Whole(nil)); got != "alarms wait" {
		t.Errorf("with an alarm: %q", got)
	}
}

// TestOtherVersions: a node that is alone; its quorum queue has one member.
func TestOtherVersions(t *testing.T) {
	for _, version := range []string{"3.8.9", "4.0.5"} {
		t.Run(version, func(t *testing.T) {
			read := func(ask string) service.Answer {
				b, err := os.ReadFile(filepath.Join("..", "testdata", "rabbitmq-"+version, "ask-"+ask+"-alone-n1.txt"))
				if err != nil {
					t.Fatal(err)
				}
				return servicetest.Printed(string(b))
			}
			view := rabbitmq.Service{}.Read([]string{"n1"}, service.Answers{"n1": both(read("cluster"), read("queues"))})
			if got := find(view.Whole(nil)); got != "" {
				t.Errorf("whole: %q", got)
			}
			if got, want := find(view.Leave("n1")), "majority n1 unknown, queue-quorum n1 stop, unserved n1 stop (queue-unserved)"; got != want {
				t.Errorf("leave: %q, want %q", got, want)
			}
			if len(view.Exit("n1").Changes) != 1 {
				t.Error("it knows drain")
			}
		})
	}
}
