package rabbitmq_test

import (
	"errors"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

var members = []string{"n1", "n2", "n3"}

// captured is an output of the real program.
func captured(t testing.TB, file string) string {
	t.Helper()
	return servicetest.File(t, "rabbitmq-3.10.8", file)
}

// says is the one answer of a member.
func says(a service.Answer) map[string]service.Answer { return map[string]service.Answer{"status": a} }

// spoke is a status of a node with all queues.
func spoke(node, status, queues string) map[string]service.Answer {
	const end = "]}"
	i := strings.LastIndex(status, end)
	if i < 0 {
		panic("it is no status")
	}
	return of(node, status[:i]+",{queues,"+queues+"}"+status[i:])
}

// of is a status as if another node had said it.
func of(node, status string) map[string]service.Answer {
	head, facts, _ := strings.Cut(status, ",")
	_, facts, _ = strings.Cut(facts, ",")
	return says(servicetest.Printed(head + "," + node + "," + facts))
}

var (
	unreachable = service.Answer{Err: errors.New("cannot reach it")}
	stopped     = service.Answer{Result: execx.Result{Code: 69, Stderr: []byte("no process of RabbitMQ is there")}}
	gone        = says(unreachable)
	down        = says(stopped)
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

// lists are the queues, as one of the facts.
func lists(all ...string) string {
	return `[{<<"other">>,[]},{<<"/">>,[` + strings.Join(all, ",") + `]}]`
}

// everywhere is a healthy cluster with these queues, which n1 has told.
func everywhere(t testing.TB, all ...string) service.Answers {
	status := captured(t, "ask-status-healthy-n1")
	a := service.Answers{"n1": spoke("rabbit@n1", status, lists(all...))}
	for _, m := range members[1:] {
		a[m] = of("rabbit@"+m, status)
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

// real3 is a healthy cluster of which one member has told the queues.
func real3(t testing.TB, speaker string) service.Answers {
	a := service.Answers{}
	for _, m := range members {
		a[m] = says(servicetest.Printed(captured(t, "ask-status-healthy-"+m)))
	}
	a[speaker] = says(servicetest.Printed(captured(t, "ask-both-healthy-"+speaker)))
	return a
}

// without is n1 and n3 as they see the cluster while n2 is stopped.
func without(t testing.TB) service.Answers {
	return service.Answers{"n1": says(servicetest.Printed(captured(t, "ask-both-n2-stopped-n1"))), "n2": down,
		"n3": says(servicetest.Printed(captured(t, "ask-both-n2-stopped-n3")))}
}

// like is everybody with this status, and the queues told by n1.
func like(status string) service.Answers {
	a := service.Answers{"n1": spoke("rabbit@n1", status, lists())}
	for _, m := range members[1:] {
		a[m] = of("rabbit@"+m, status)
	}
	return a
}

const all3 = "rabbit@n1,rabbit@n2,rabbit@n3"

func TestWhole(t *testing.T) {
	healthy := captured(t, "ask-status-healthy-n1")
	changed := func(old, new string) string {
		if !strings.Contains(healthy, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(healthy, old, new, 1)
	}
	change := func(old, new string) service.Answers { return like(changed(old, new)) }
	unlisted := func(queues string) service.Answers {
		a := everywhere(t)
		a["n1"] = spoke("rabbit@n1", healthy, queues)
		return a
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
		{"healthy", real3(t, "n1"), nil, ""},
		{"another tells the queues", real3(t, "n2"), nil, ""},
		{"one is away and known to be", without(t), []string{"n2"}, ""},
		{"one is away", without(t), nil, "running n2 wait, replicas wait (unsynced-copies)"},
		{"one has just lost power", with(with(real3(t, "n1"), "n1", says(servicetest.Printed(captured(t, "ask-both-n2-cut-n1")))), "n2", gone), []string{"n2"}, ""},
		{"one cannot be reached", with(real3(t, "n1"), "n2", gone), nil, "running n2 unknown"},
		{"one says it runs and is not seen", with(without(t), "n2", real3(t, "n1")["n2"]), nil, "running n2 wait, replicas wait (unsynced-copies)"},
		{"one has stopped, and its Erlang runs", with(real3(t, "n2"), "n1", says(servicetest.Printed(captured(t, "ask-both-app-stopped-n1")))), nil, "running n1 wait"},
		{"one has paused", with(real3(t, "n2"), "n1", says(servicetest.Printed(captured(t, "ask-both-paused-n1")))), nil, "running n1 wait"},
		{"its tool hangs", with(real3(t, "n2"), "n1", says(service.Answer{Result: execx.Result{Code: 124}})), nil, "running n1 unknown"},
		{"drained by somebody", with(real3(t, "n1"), "n2", says(servicetest.Printed(captured(t, "ask-status-drained-n2")))), nil, "maintenance n2 stop"},
		{"drained by us", with(real3(t, "n1"), "n2", says(servicetest.Printed(captured(t, "ask-status-drained-n2")))), []string{"n2"}, ""},
		{"partitioned", change("{partitions,[]}", "{partitions,[{rabbit@n1,[rabbit@n2]}]}"), nil, "partitions stop"},
		{"partitions of another form", change("{partitions,[]}", "{partitions,[what]}"), nil, "partitions stop"},
		{"an alarm", with(real3(t, "n1"), "n2", says(servicetest.Printed(captured(t, "ask-status-alarm-n2")))), nil, "alarms wait"},
		{"an alarm of another form", change("{alarms,[]}", "{alarms,[file_descriptor_limit]}"), nil, "alarms wait"},
		{"a node more than known", change("{nodes,[", "{nodes,[rabbit@n4,"), nil, "members stop"},
		{"two clusters", with(real3(t, "n1"), "n2", of("rabbit@n2", strings.ReplaceAll(healthy, "rabbit@n3", "rabbit@n9"))), nil, "running n3 wait, members stop"},
		{"a version without maintenance", change("{drains,true}", "{drains,false}"), nil, ""},
		{"it does not report its alarms", with(real3(t, "n1"), "n2", of("rabbit@n2", changed("{alarms,[]}", "{alarms,undefined}"))), nil, "running n2 unknown"},
		{"it does not tell who runs", with(real3(t, "n1"), "n2", of("rabbit@n2", changed("{running,[", "{walking,["))), nil, "running n2 unknown"},
		{"nobody tells the queues", with(real3(t, "n1"), "n1", real3(t, "n2")["n1"]), nil, "queues unknown"},
		{"mirrors in sync", everywhere(t, mirror("rabbit@n3,rabbit@n2")), nil, ""},
		{"a mirror not in sync", everywhere(t, mirror("rabbit@n3")), nil, "replicas wait (unsynced-copies)"},
		{"a member of a quorum queue is not online", everywhere(t, quorum("rabbit@n1,rabbit@n3")), nil, "replicas wait (unsynced-copies)"},
		{"it is known to be away", everywhere(t, quorum("rabbit@n1,rabbit@n3")), []string{"n2"}, ""},
		{"its leader does not run", everywhere(t, quorum("rabbit@n2,rabbit@n3")), nil, "queues wait, replicas wait (unsynced-copies)"},
		{"its leader is known to be away, and there is no other", everywhere(t, quorum("rabbit@n2,rabbit@n3")), []string{"n1"}, "queues wait"},
		{"it has no leader", everywhere(t, q("qq", "''", "type=quorum", "members=["+all3+"]", "online=["+all3+"]")), nil, "queues wait"},
		{"a stream of which most are away", everywhere(t, q("s", "''", "type=stream", "members=["+all3+"]", "online=[rabbit@n1]")), []string{"n2", "n3"}, "queues wait"},
		{"a queue that reads its log", everywhere(t, q("qq", "rabbit@n1", "type=quorum", "members=["+all3+"]", "online=["+all3+"]", "state=recovering")), nil, "queues wait"},
		{"a queue whose state is not told", everywhere(t, q("x", "rabbit@n1", "state=''")), nil, "queues wait"},
		{"a queue that crashed", everywhere(t, q("x", "rabbit@n1", "state=crashed")), nil, "queues wait"},
		{"a queue whose only node is away", everywhere(t, q("x", "rabbit@n2", "state=down")), nil, "queues wait"},
		{"a queue whose only node is known to be away", everywhere(t, q("x", "rabbit@n2", "state=down")), []string{"n2"}, ""},
		{"a virtual host cannot be listed", unlisted(`[{<<"/">>,{failed,x}}]`), nil, "queues unknown"},
		{"what is no list of queues", unlisted("undefined"), nil, "queues unknown"},
		{"a queue without a name", unlisted(`[{<<"/">>,[[{durable,true}]]}]`), nil, "queues unknown"},
		{"nothing can be asked", service.Answers{"n1": gone, "n2": gone, "n3": gone}, nil,
			"running n1 unknown, running n2 unknown, running n3 unknown, members unknown, partitions unknown, alarms unknown, queues unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := find(rabbitmq.Service{}.Read(members, c.answers).Health(c.out)); got != c.want {
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
		{"healthy", real3(t, "n2"), ""},
		{"it tells the queues itself", real3(t, "n1"), ""},
		{"one is away already", without(t), "majority n1 stop, queue-quorum n1 stop"},
		{"nobody else can be asked", with(with(real3(t, "n1"), "n2", gone), "n3", gone), "majority n1 unknown"},
		{"nobody tells the queues", with(real3(t, "n1"), "n1", real3(t, "n2")["n1"]), "copies n1 unknown"},
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
	a := service.Answers{"192.0.2.11": without(t)["n1"], "n2.example.org": down, "x3": without(t)["n3"]}
	view := rabbitmq.Service{}.Read(members, a)
	if got := find(view.Health([]string{"n2.example.org"})); got != "" {
		t.Errorf("with n2 out: %q", got)
	}
	if got := find(view.Leave("x3")); got != "majority x3 stop, queue-quorum x3 stop" {
		t.Errorf("x3 leaves: %q", got)
	}
}

func TestEvidence(t *testing.T) {
	a := everywhere(t, q("a", "rabbit@n1"), q("b", "rabbit@n1", "messages=7"), q("c", "rabbit@n2"))
	for _, v := range service.Bad(rabbitmq.Service{}.Read(members, a).Leave("n1")) {
		if want := `n1: "a" (3 messages), "b" (7 messages)`; v.Evidence != want {
			t.Errorf("evidence is %q, want %q", v.Evidence, want)
		}
	}
}

func TestExit(t *testing.T) {
	view := rabbitmq.Service{}.Read(members, real3(t, "n1"))
	exit := view.Exit("n2")
	if len(exit.Changes) != 1 || len(exit.Late) != 0 {
		t.Fatalf("%+v", exit)
	}
	drain := exit.Changes[0]
	if drain.Target != "n2" || drain.Do.Argv[4] != "drain" || drain.Undo.Argv[4] != "revive" {
		t.Errorf("%+v", drain)
	}
	if old := (rabbitmq.Service{}).Read(members, like(servicetest.Replace(t, captured(t, "ask-status-healthy-n1"), "{drains,true}", "{drains,false}"))).Exit("n2"); len(old.Changes) != 0 {
		t.Errorf("it knows no drain: %+v", old)
	}
	drained := rabbitmq.Service{}.Read(members, with(real3(t, "n1"), "n2", says(servicetest.Printed(captured(t, "ask-status-drained-n2")))))
	if drain.Wait.Until != service.UntilSettled {
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
		{"stopped counts as drained", rabbitmq.Service{}.Read(members, with(real3(t, "n1"), "n2", down)), true, service.OK},
		{"stopped is not revived", rabbitmq.Service{}.Read(members, with(real3(t, "n1"), "n2", down)), false, service.Wait},
		{"its tool hangs", rabbitmq.Service{}.Read(members, with(real3(t, "n1"), "n2", says(service.Answer{Result: execx.Result{Code: 124}}))), true, service.Unknown},
		{"unreachable", rabbitmq.Service{}.Read(members, with(real3(t, "n1"), "n2", gone)), true, service.Unknown},
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
	answers := without(t)
	view := rabbitmq.Service{}.Read(members, answers)
	drain := view.Exit("n3").Changes[0]
	if drain.Wait.Until != service.UntilDone {
		t.Fatalf("%+v", drain)
	}
	if got := view.Settled(drain, true); got.State != service.OK || !strings.Contains(got.Reason, "nothing may show it") {
		t.Errorf("drained: %+v", got)
	}
	if got := (rabbitmq.Service{}).Read(members, with(answers, "n3", gone)).Settled(drain, true); got.State != service.Unknown {
		t.Errorf("it cannot be asked: %+v", got)
	}
	if drain.Wait.Until = service.UntilSettled; view.Settled(drain, true).State != service.Wait {
		t.Error("one that was to be seen is not waited for")
	}
}

// TestQueuesOfAllKinds: mirrored, plain, exclusive, auto-delete, quorum queues and a
// stream, all led by n1, as the real program tells of them.
func TestQueuesOfAllKinds(t *testing.T) {
	// kinds are the queues as they were told of n1 then.
	kinds := func(file string) string {
		_, list, _ := strings.Cut(captured(t, file), ",")
		_, list, _ = strings.Cut(list, ",")
		return strings.TrimSuffix(strings.TrimSpace(list), "}")
	}
	all := everywhere(t)
	all["n1"] = spoke("rabbit@n1", captured(t, "ask-status-healthy-n1"), kinds("ask-queues-kinds-n1"))
	status, _, _ := strings.Cut(captured(t, "ask-both-n1-stopped-n3"), "{queues,")
	status = strings.TrimRight(status, ", \n") + "]}"
	lost := service.Answers{"n1": down, "n3": spoke("rabbit@n3", status, kinds("ask-queues-kinds-n1-stopped-n3"))}
	for _, c := range []struct {
		name      string
		got, want string
	}{
		{"all there", find(rabbitmq.Service{}.Read(members, all).Health(nil)), ""},
		{"their leader leaves", find(rabbitmq.Service{}.Read(members, all).Leave("n1")), "unserved n1 stop (queue-unserved), transient n1 stop (queue-lost)"},
		{"another leaves", find(rabbitmq.Service{}.Read(members, all).Leave("n2")), ""},
		{"their leader has left", find(rabbitmq.Service{}.Read([]string{"n1", "n3"}, lost).Health([]string{"n1"})), "members stop"},
		{"their leader is down", find(rabbitmq.Service{}.Read([]string{"n1", "n3"}, lost).Health(nil)), "running n1 wait, members stop, queues wait, replicas wait (unsynced-copies)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
	for _, v := range service.Bad(rabbitmq.Service{}.Read(members, all).Leave("n1")) {
		want := map[string]string{"unserved": `n1: "plain empty\ttab" (0 messages), "plain.durable" (3 messages)`, "transient": `n1: "plain.transient" (3 messages)`}[v.Name]
		if v.Evidence != want {
			t.Errorf("%s: evidence is %q, want %q", v.Name, v.Evidence, want)
		}
	}
	if got := find(rabbitmq.Service{}.Read(members, with(all, "n2", says(servicetest.Printed(captured(t, "ask-status-alarm-n2"))))).Health(nil)); got != "alarms wait" {
		t.Errorf("with an alarm: %q", got)
	}
}

// The newest version that was tried, which has no mirrored queues, tells it in the same way.
func TestOtherVersions(t *testing.T) {
	for _, version := range []string{"4.0.5"} {
		t.Run(version, func(t *testing.T) {
			read := func(name string) map[string]service.Answer {
				return says(servicetest.Printed(servicetest.File(t, "rabbitmq-"+version, name)))
			}
			all := service.Answers{"n1": read("ask-both-healthy-n1"), "n2": read("ask-status-healthy-n2"), "n3": read("ask-status-healthy-n3")}
			view := rabbitmq.Service{}.Read(members, all)
			if got := find(view.Health(nil)); got != "" {
				t.Errorf("whole: %q", got)
			}
			if got := find(view.Leave("n1")); got != "" {
				t.Errorf("leave: %q", got)
			}
			if len(view.Exit("n1").Changes) != 1 {
				t.Error("it knows drain")
			}
			view = rabbitmq.Service{}.Read(members, with(all, "n2", read("ask-status-drained-n2")))
			if got := find(view.Health(nil)); got != "maintenance n2 stop" {
				t.Errorf("drained: %q", got)
			}
			view = rabbitmq.Service{}.Read(members, service.Answers{"n1": read("ask-both-n2-stopped-n1"), "n2": down, "n3": read("ask-both-n2-stopped-n3")})
			if got := find(view.Leave("n1")); got != "majority n1 stop, queue-quorum n1 stop" {
				t.Errorf("leave with one down: %q", got)
			}
			all["n2"] = read("ask-status-healthy-n2")
			view = rabbitmq.Service{}.Read(members, with(all, "n1", read("ask-both-app-stopped-n1")))
			if got := find(view.Health(nil)); got != "running n1 wait, queues unknown" {
				t.Errorf("with its application stopped: %q", got)
			}
		})
	}
}

// The queues as 3.8.9 tells of them, of a node that is alone; its quorum queue has one member.
func TestQueuesOf389(t *testing.T) {
	list := servicetest.File(t, "rabbitmq-3.8.9", "ask-queues-alone-n1")
	_, list, _ = strings.Cut(list, ",")
	_, list, _ = strings.Cut(list, ",")
	status := `{umm_status,n,[{nodes,[rabbit@n1]},{running,[rabbit@n1]},{partitions,[]},{alarms,[]},{drained,false},{drains,true}]}`
	view := rabbitmq.Service{}.Read([]string{"n1"}, service.Answers{"n1": spoke("rabbit@n1", status, strings.TrimSuffix(strings.TrimSpace(list), "}"))})
	if got := find(view.Health(nil)); got != "" {
		t.Errorf("whole: %q", got)
	}
	if got, want := find(view.Leave("n1")), "majority n1 unknown, queue-quorum n1 stop, unserved n1 stop (queue-unserved)"; got != want {
		t.Errorf("leave: %q, want %q", got, want)
	}
}

// One member is asked for the queues, and each once for all.
func TestAsks(t *testing.T) {
	s := rabbitmq.Service{}
	for _, host := range members {
		little, much := s.Asks(host, members), s.AsksMore(host, members)
		if len(little) != 1 || len(much) != 1 || little[0].ID != much[0].ID {
			t.Fatalf("%+v, %+v", little, much)
		}
		if strings.Contains(string(little[0].Stdin), "info_all") || !strings.Contains(string(much[0].Stdin), "info_all") {
			t.Error("it is the wrong one that has the queues")
		}
	}
	for name, c := range map[string]struct {
		answer map[string]service.Answer
		want   bool
	}{
		"all":         {says(servicetest.Printed(captured(t, "ask-both-healthy-n1"))), true},
		"no queues":   {says(servicetest.Printed(captured(t, "ask-status-healthy-n1"))), false},
		"it is down":  {says(servicetest.Printed(captured(t, "ask-both-app-stopped-n1"))), false},
		"it stopped":  {down, false},
		"none at all": {nil, false},
	} {
		if got := s.Spoke(c.answer); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A change of before is known by its arguments, or its ID.
func TestOldChange(t *testing.T) {
	v := rabbitmq.Service{}.Read(members, real3(t, "n1"))
	c := v.Exit("n2").Changes[0]
	old := servicetest.OldChanges(t, rabbitmq.Name)
	servicetest.SameSettled(t, v, old[c.ID], c)
	for _, id := range []string{"rabbitmq/start/n1", "rabbitmq/start/n1/seen"} {
		if got := v.Settled(old[id], true); got.State != service.OK {
			t.Errorf("%s: %+v", id, got)
		}
	}
}
