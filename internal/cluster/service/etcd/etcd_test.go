package etcd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

var hosts = []string{"n1", "n2", "n3"}

// captured is an output of the real program.
func captured(t testing.TB, file string) string {
	t.Helper()
	return servicetest.File(t, "etcd-3.4.23", file)
}

func failed(stderr string) service.Answer {
	return service.Answer{Result: execx.Result{Code: 1, Stderr: []byte(stderr)}}
}

// own is what the member of a host says of itself, out of a captured answer of all.
func own(t testing.TB, file, host string) string {
	t.Helper()
	var all []struct {
		Endpoint string
		Status   json.RawMessage
	}
	if err := json.Unmarshal([]byte(captured(t, file)), &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if strings.Contains(one.Endpoint, "192.0.2.1"+host[1:]) {
			return fmt.Sprintf(`[{"Endpoint":"127.0.0.1:2379","Status":%s}]`, one.Status)
		}
	}
	t.Fatalf("%s has nothing of %s", file, host)
	return ""
}

// seen is what hosts answer in a captured state; the others' etcd is down.
func seen(t testing.TB, state string, up ...string) service.Answers {
	t.Helper()
	a := service.Answers{}
	for _, h := range hosts {
		if slices.Contains(up, h) {
			a[h] = map[string]service.Answer{
				askStatus: servicetest.Printed(own(t, "endpoint-status-"+state, h)), askMembers: servicetest.Printed(captured(t, "member-list-"+state)),
				askAlarms: servicetest.Printed(captured(t, "alarm-list-"+state)),
			}
			continue
		}
		a[h] = map[string]service.Answer{}
		for id, file := range map[string]string{askStatus: "endpoint-status-local", askMembers: "member-list", askAlarms: "alarm-list"} {
			file += "-n2-stopped-asked-there"
			a[h][id] = service.Answer{Result: execx.Result{Code: 1, Stdout: []byte(captured(t, file)), Stderr: []byte(captured(t, file+".stderr"))}}
		}
	}
	return a
}

func healthy(t testing.TB) service.Answers { return seen(t, "healthy", hosts...) }

// change replaces a text in an answer, which has to be there.
func change(t *testing.T, a service.Answers, host, id, old, with string) service.Answers {
	t.Helper()
	a[host][id] = servicetest.Printed(servicetest.Replace(t, string(a[host][id].Result.Stdout), old, with))
	return a
}

func read(a service.Answers) service.View { return Service{}.Read(hosts, a) }

func TestWhole(t *testing.T) {
	for name, c := range map[string]struct {
		answers service.Answers
		out     []string
		want    string
	}{
		"healthy":          {answers: healthy(t)},
		"a member stopped": {answers: seen(t, "n2-stopped", "n1", "n3"), want: "wait answers n2: etcd on n2 does not answer"},
		"and known to be":  {answers: seen(t, "n2-stopped", "n1", "n3"), out: []string{"n2"}},
		"no host is left":  {answers: healthy(t), out: hosts, want: "unknown answers: no host is left to ask about etcd"},
		"a full database":  {answers: seen(t, "nospace", hosts...), want: "stop alarms n1 (etcd-alarm): etcd has the alarm NOSPACE, raised by n1: it takes no writes until its database is smaller and etcdctl alarm disarm was run"},
		"an alarm of a member that is away": {answers: seen(t, "nospace", "n2", "n3"), out: []string{"n1"},
			want: "stop alarms n1 (etcd-alarm): etcd has the alarm NOSPACE, raised by n1: it takes no writes until its database is smaller and etcdctl alarm disarm was run"},
		"no quorum": {answers: with(seen(t, "no-quorum", "n1"), "n1", askAlarms, failed(captured(t, "alarm-list-no-quorum.stderr"))), want: strings.Join([]string{
			"wait answers n2: etcd on n2 does not answer", "wait answers n3: etcd on n3 does not answer", "wait leader: etcd has no leader",
			"wait alarms n1: etcd on n1 does not report its alarms"}, "\n")},
		"another leader": {answers: change(t, healthy(t), "n3", askStatus, `"leader":11063083019807938392`, `"leader":11961080604765263257`),
			want: "wait leader: the members of etcd do not follow the same leader"},
		"another term": {answers: change(t, healthy(t), "n3", askStatus, `"raftTerm":2`, `"raftTerm":3`),
			want: "wait leader: the members of etcd do not follow the same leader"},
		"another cluster": {answers: change(t, healthy(t), "n3", askStatus, `"cluster_id":1304362393596158856`, `"cluster_id":5`),
			want: "stop leader: n1, n2, n3 are members of different clusters"},
		"far behind": {answers: change(t, healthy(t), "n3", askStatus, `"raftIndex":8`, `"raftIndex":9000`),
			want: "wait in-step n1: etcd on n1, n2, n3 is far behind"},
		"with its own work": {answers: change(t, healthy(t), "n3", askStatus, `"raftIndex":8,"raftTerm":2,"raftAppliedIndex":8`, `"raftIndex":90,"raftTerm":2`)},
		"other members": {answers: change(t, healthy(t), "n3", askMembers, `"name":"n2"`, `"name":"n9"`),
			want: "wait members: the members of etcd do not know the same members"},
		"a host that is no member": {answers: everywhere(t, healthy(t), `,{"ID":15710769204203240913,"name":"n3","peerURLs":["http://192.0.2.13:2380"],"clientURLs":["http://192.0.2.13:2379"]}`, ""),
			want: "unknown started n3: cannot tell which member of etcd n3 is"},
		"never started": {answers: everywhere(t, healthy(t), `]}`, `]},{"ID":7,"peerURLs":["http://192.0.2.14:2380"]}`, -1),
			want: "wait started the member 7 (etcd-member-missing): the member 7 was added to etcd and never started"},
		"a learner": {answers: everywhere(t, healthy(t), `"name":"n3",`, `"name":"n3","isLearner":true,`),
			want: "wait started n3 (etcd-member-missing): n3 is a learner of etcd, without a vote"},
		"a member of none of the hosts": {answers: everywhere(t, healthy(t), `]}`, `]},{"ID":7,"name":"n7","peerURLs":["http://192.0.2.14:2380"],"clientURLs":["http://192.0.2.14:2379"]}`, -1),
			want: "unknown started n7 (etcd-member-missing): n7 is a member of etcd, but none of the hosts that umm-cluster asks about it"},
		"no etcdctl": {answers: with(healthy(t), "n2", askStatus, service.Answer{Result: execx.Result{Code: 127, Stderr: []byte("env: etcdctl: No such file or directory")}}),
			want: "unknown answers n2: etcd on n2 does not report its state"},
		"not JSON": {answers: with(healthy(t), "n2", askStatus, servicetest.Printed("[{")), want: "unknown answers n2: etcd on n2 does not report its state"},
		"alarms that may not be read": {answers: with(healthy(t), "n2", askAlarms, failed("Error: etcdserver: permission denied")),
			want: "unknown alarms n2: etcd on n2 does not report its alarms"},
		"an alarm of another form": {answers: with(healthy(t), "n2", askAlarms, servicetest.Printed("NOSPACE")), want: "unknown alarms n2: etcd on n2 does not report its alarms"},
		"servicetest.Unreachable": {answers: with(with(with(healthy(t), "n2", askStatus, servicetest.Unreachable), "n2", askMembers, servicetest.Unreachable), "n2", askAlarms, servicetest.Unreachable),
			want: "unknown answers n2: etcd on n2 does not report its state"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Health(c.out)); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func with(a service.Answers, host, id string, answer service.Answer) service.Answers {
	a[host][id] = answer
	return a
}

// everywhere changes the list of members that every host has: the first place, or with
// -1 the last.
func everywhere(t *testing.T, a service.Answers, old, text string, last ...int) service.Answers {
	t.Helper()
	for _, h := range hosts {
		list := string(a[h][askMembers].Result.Stdout)
		i := strings.Index(list, old)
		if len(last) > 0 {
			i = strings.LastIndex(strings.TrimSpace(list), "]}"+"]}")
		}
		if i < 0 {
			t.Fatalf("there is no %q in %s", old, list)
		}
		a[h][askMembers] = servicetest.Printed(list[:i] + text + list[i+len(old):])
	}
	return a
}

func TestLeave(t *testing.T) {
	for name, c := range map[string]struct {
		answers service.Answers
		host    string
		want    string
	}{
		"healthy":               {healthy(t), "n1", ""},
		"the one that is down":  {seen(t, "n2-stopped", "n1", "n3"), "n2", ""},
		"one is down":           {seen(t, "n2-stopped", "n1", "n3"), "n1", "stop quorum-without n1: without n1 1 of 3 votes of etcd would be left: no quorum"},
		"no quorum":             {seen(t, "no-quorum", "n1"), "n2", "stop quorum-without n2: without n2 0 of 3 votes of etcd would be left: no quorum"},
		"one cannot be asked":   {with(healthy(t), "n2", askStatus, servicetest.Unreachable), "n1", "unknown quorum-without n1: cannot tell whether etcd keeps quorum without n1"},
		"a learner counts not":  {everywhere(t, healthy(t), `"name":"n3",`, `"name":"n3","isLearner":true,`), "n1", "stop quorum-without n1: without n1 1 of 2 votes of etcd would be left: no quorum"},
		"none tells the others": {with(with(healthy(t), "n2", askMembers, servicetest.Unreachable), "n3", askMembers, servicetest.Unreachable), "n1", "unknown quorum-without n1: no peer of n1 reports the members of etcd"},
		"not to be told who it is": {everywhere(t, with(healthy(t), "n1", askStatus, servicetest.Unreachable), `"name":"n1"`, `"name":"infra"`), "n1",
			"unknown quorum-without n1: cannot tell which member of etcd n1 is"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Leave(c.host)); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// A host is its member by that one's name, or by its own word.
func TestIdentity(t *testing.T) {
	a := everywhere(t, healthy(t), `"name":"n1"`, `"name":"infra1"`)
	if got := servicetest.Find(t, Name, read(a).Leave("n1")) + servicetest.Find(t, Name, read(a).Health(nil)); got != "" {
		t.Error(got)
	}
	full := Service{}.Read([]string{"n1.example.org", "n2", "n3"}, service.Answers{"n1.example.org": a["n2"], "n2": a["n2"], "n3": a["n3"]})
	if got := servicetest.Find(t, Name, full.Leave("n1.example.org")); !strings.HasPrefix(got, "unknown") {
		t.Errorf("two hosts are one member: %s", got)
	}
	all := servicetest.Printed(captured(t, "endpoint-status-healthy"))
	a = healthy(t)
	for _, h := range hosts {
		a[h][askStatus] = all
	}
	everyone := Service{Endpoints: []string{"http://192.0.2.11:2379", "http://192.0.2.12:2379", "http://192.0.2.13:2379"}}
	if got := servicetest.Find(t, Name, everyone.Read(hosts, a).Health(nil)) + servicetest.Find(t, Name, everyone.Read(hosts, a).Leave("n3")); got != "" {
		t.Error(got)
	}
}

func TestLeaderHandsOver(t *testing.T) {
	v := read(healthy(t))
	if e := v.Exit("n1"); len(e.Late)+len(e.Changes) != 0 {
		t.Errorf("n1 does not lead: %+v", e)
	}
	e := v.Exit("n2")
	if !slices.Equal(e.Late, []string{"leads etcd"}) || len(e.Changes) != 1 {
		t.Fatalf("%+v", e)
	}
	c := e.Changes[0]
	if c.Undoable() || !slices.Equal(c.On, []string{"n2"}) || c.Title != "have n1 lead etcd instead of n2" {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Do.Argv[3:7], " "); got != "umm-etcd a5fe4b7000d91599 da07dd5a1cae3dd1 --" {
		t.Error(got)
	}
	if got := v.Settled(c, true); got.State != service.Wait {
		t.Errorf("%+v", got)
	}
	moved := seen(t, "n2-stopped", "n1", "n3")
	moved["n2"] = with(change(t, healthy(t), "n2", askStatus, `"leader":11063083019807938392`, `"leader":11961080604765263257`), "n2", askAlarms, servicetest.Printed(""))["n2"]
	if got := read(moved).Settled(c, true); got.State != service.OK {
		t.Errorf("%+v", got)
	}
	if got := read(seen(t, "no-quorum", "n1")).Settled(c, true); got.State != service.Wait {
		t.Errorf("%+v", got)
	}
	if got := v.Settled(c, false); got.State != service.OK {
		t.Errorf("%+v", got)
	}
	alone := healthy(t)
	alone["n1"][askStatus], alone["n3"][askStatus] = servicetest.Unreachable, servicetest.Unreachable
	if e := read(alone).Exit("n2"); len(e.Changes) != 0 || len(e.Late) != 1 {
		t.Errorf("nobody is known to take it: %+v", e)
	}
}

func TestCommandLine(t *testing.T) {
	got := strings.Join(Service{Endpoints: []string{"https://a:1", "https://b:2"}, CAFile: "/ca", CertFile: "/cert", KeyFile: "/key"}.Asks("n1", hosts)[0].Argv, " ")
	if want := "env ETCDCTL_API=3 etcdctl --endpoints=https://a:1,https://b:2 --dial-timeout=2s --command-timeout=4s --cacert=/ca --cert=/cert --key=/key endpoint status -w json"; got != want {
		t.Error(got)
	}
	if got := strings.Join(Service{}.Asks("n1", hosts)[2].Argv, " "); !strings.Contains(got, "--endpoints=http://127.0.0.1:2379 ") {
		t.Error(got)
	}
}
