package galera_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/servicetest"
)

var members = []string{"n1", "n2", "n3"}

// captured is an output of the real program.
func captured(t testing.TB, file string) string {
	t.Helper()
	return servicetest.File(t, "galera-10.11.18", file)
}

// set changes values of a captured status.
func set(status string, changes ...string) string {
	for _, c := range changes {
		name, value, _ := strings.Cut(c, "=")
		lines := strings.Split(strings.TrimSuffix(status, "\n"), "\n")
		found := false
		for i, l := range lines {
			if strings.HasPrefix(l, name+"\t") {
				lines[i], found = name+"\t"+value, true
			}
		}
		if !found {
			lines = append(lines, name+"\t"+value)
		}
		status = strings.Join(lines, "\n") + "\n"
	}
	return status
}

const notRunning = "umm_error\tERROR 2002 (HY000): Can't connect to local server through socket\numm_process\tno\n"

// asked are the answers to the one ask of every member.
func asked(outs ...service.Answer) service.Answers {
	a := service.Answers{}
	for i, out := range outs {
		a[members[i]] = map[string]service.Answer{"status": out}
	}
	return a
}

func healthy(t testing.TB) (n1, n2, n3 string) {
	return captured(t, "ask-status-healthy-n1"), captured(t, "ask-status-healthy-n2"), captured(t, "ask-status-healthy-n3")
}

// find gives the verdicts that are not OK, as "name host state".
func find(vs []service.Verdict) string {
	var all []string
	for _, v := range service.Bad(vs) {
		all = append(all, strings.TrimSpace(v.Name+" "+v.Host)+" "+string(v.State))
	}
	return strings.Join(all, ", ")
}

func TestWhole(t *testing.T) {
	n1, n2, n3 := healthy(t)
	file := func(name string) service.Answer { return servicetest.Printed(captured(t, name)) }
	for _, c := range []struct {
		name    string
		answers service.Answers
		out     []string
		want    string
	}{
		{"healthy", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(n3)), nil, ""},
		{"healthy, plain status", asked(file("status-healthy-n1"), file("status-healthy-n2"), file("status-healthy-n3")), nil, ""},
		{"one is away and known to be", asked(file("status-n2-stopped-n1"), servicetest.Unreachable, file("status-n2-stopped-n3")), []string{"n2"}, ""},
		{"one is away", asked(file("status-n2-stopped-n1"), servicetest.Printed(notRunning), file("status-n2-stopped-n3")), nil,
			"member n2 wait, size wait"},
		{"its unit has failed", asked(file("status-n2-stopped-n1"), servicetest.Printed(notRunning+"umm_unit\tfailed\n"), file("status-n2-stopped-n3")), nil,
			"member n2 stop, size wait"},
		{"one cannot be reached", asked(servicetest.Printed(n1), servicetest.Unreachable, servicetest.Printed(n3)), nil, "member n2 unknown"},
		{"one lost power", asked(file("status-n2-cut-n1"), servicetest.Unreachable, file("status-n2-cut-n3")), []string{"n2"}, ""},
		{"one lost power just now", asked(file("status-n2-cut-just-now-n1"), servicetest.Unreachable, file("status-n2-cut-just-now-n3")), []string{"n2"},
			"size stop"},
		{"one is known to be away and is there", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(n3)), []string{"n2"}, ""},
		{"a donor and a joiner", asked(file("status-sst-donor-n1"), file("status-sst-joining-n2"), file("status-sst-donor-n3")), nil,
			"synced n2 wait, synced n3 wait"},
		{"out of sync", asked(file("status-desync-n2-n1"), file("status-desync-n2-n2"), file("status-desync-n2-n3")), nil, "synced n2 wait"},
		{"out of sync by hand", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_local_state=2", "wsrep_desync=ON")), servicetest.Printed(n3)), nil, "synced n2 stop"},
		{"under a read lock", asked(file("status-read-lock-n3-n1"), file("status-read-lock-n3-n2"), file("status-read-lock-n3-n3")), nil, "synced n3 wait"},
		{"without a primary component", asked(file("status-non-primary-n1"), servicetest.Unreachable, servicetest.Unreachable), []string{"n2", "n3"},
			"primary n1 wait, synced n1 wait, cluster unknown, size unknown"},
		{"held out of sync", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_desync_count=1")), servicetest.Printed(n3)), nil, "synced n2 wait"},
		{"not ready", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_ready=OFF")), servicetest.Printed(n3)), nil, "synced n2 wait"},
		{"not a member", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_on=OFF")), servicetest.Printed(n3)), nil, "member n2 stop"},
		{"a server that knows no wsrep", asked(servicetest.Printed(n1), servicetest.Printed("Uptime\t12\nversion\t5.6.33\n"), servicetest.Printed(n3)), nil, "member n2 stop"},
		{"no server at all", asked(servicetest.Printed(n1), servicetest.Printed("what?\n"), servicetest.Printed(n3)), nil, "member n2 unknown"},
		{"no access", asked(servicetest.Printed(n1), servicetest.Printed("umm_error\tERROR 1045 (28000): Access denied\numm_process\tyes\n"), servicetest.Printed(n3)), nil, "member n2 unknown"},
		{"still starting", asked(servicetest.Printed(n1), servicetest.Printed("umm_error\tERROR 2002\numm_process\tyes\n"), servicetest.Printed(n3)), nil, "member n2 wait"},
		{"a full queue", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_local_recv_queue=17")), servicetest.Printed(n3)), nil, "queue n2 wait"},
		{"a queue within the limit that is set", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_local_recv_queue=100", "wsrep_provider_options=gcs.fc_limit = 128; ")), servicetest.Printed(n3)), nil, ""},
		{"no queue told", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_local_recv_queue=")), servicetest.Printed(n3)), nil, "queue n2 unknown"},
		{"read-only", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "read_only=ON")), servicetest.Printed(n3)), nil, "writable n2 stop"},
		{"queries rejected", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_reject_queries=ALL")), servicetest.Printed(n3)), nil, "writable n2 stop"},
		{"group not steady", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_evs_state=GATHER")), servicetest.Printed(n3)), nil, "steady n2 wait"},
		{"another cluster", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_cluster_state_uuid=x")), servicetest.Printed(n3)), nil, "cluster stop"},
		{"another view", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_cluster_conf_id=7")), servicetest.Printed(n3)), nil, "cluster wait"},
		{"one more member than known", asked(four(n1, "a:3306,b:3306,c:3306,d:3306"), four(n2, "a:3306,b:3306,c:3306,d:3306"), four(n3, "a:3306,b:3306,c:3306,d:3306")), nil, "size stop"},
		{"an arbiter that is left out of the addresses", asked(four(n1, "a:3306,b:3306,c:3306"), four(n2, "a:3306,b:3306,c:3306"), four(n3, "a:3306,b:3306,c:3306")), nil, ""},
		{"no addresses", asked(servicetest.Printed(set(n1, "wsrep_incoming_addresses=,,")), servicetest.Printed(set(n2, "wsrep_incoming_addresses=,,")), servicetest.Printed(set(n3, "wsrep_incoming_addresses=,,"))), nil, ""},
		{"no addresses and an arbiter", asked(four(n1, ",,,"), four(n2, ",,,"), four(n3, ",,,")), nil, ""},
		{"an arbiter more", asked(withArbiter(n1), withArbiter(n2), withArbiter(n3)), nil, ""},
		{"an arbiter, really", asked(servicetest.Unreachable, servicetest.Unreachable, file("status-garbd-n3")), []string{"n1", "n2"}, "size stop"},
		{"nothing can be asked", asked(servicetest.Unreachable, servicetest.Unreachable, servicetest.Unreachable), nil,
			"member n1 unknown, member n2 unknown, member n3 unknown, cluster unknown, size unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			vs := galera.Service{}.Read(members, c.answers).Health(c.out)
			if got := find(vs); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, v := range vs {
				if v.Reason == "" || v.Service != "galera" {
					t.Errorf("%+v has no reason or service", v)
				}
			}
		})
	}
}

// four is a member that sees four, with these addresses.
func four(status, addresses string) service.Answer {
	return servicetest.Printed(set(status, "wsrep_cluster_size=4", "wsrep_cluster_weight=4", "wsrep_incoming_addresses="+addresses))
}

func withArbiter(status string) service.Answer {
	return servicetest.Printed(set(status, "wsrep_cluster_size=4", "wsrep_cluster_weight=4", "wsrep_incoming_addresses=,a:3306,b:3306,c:3306"))
}

func TestLeave(t *testing.T) {
	n1, n2, n3 := healthy(t)
	down := servicetest.Printed(notRunning)
	for _, c := range []struct {
		name    string
		answers service.Answers
		host    string
		want    string
	}{
		{"healthy", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(n3)), "n1", ""},
		{"one is away already", asked(servicetest.Printed(n1), down, servicetest.Printed(n3)), "n1", "majority n1 stop"},
		{"it is away already", asked(servicetest.Printed(n1), down, servicetest.Printed(n3)), "n2", ""},
		{"a peer cannot be reached", asked(servicetest.Printed(n1), servicetest.Unreachable, servicetest.Printed(n3)), "n1", "majority n1 unknown"},
		{"a donor is left besides", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(set(n3, "wsrep_local_state=2"))), "n1", ""},
		{"only a donor is left", asked(servicetest.Printed(n1), down, servicetest.Printed(set(n3, "wsrep_local_state=2"))), "n1", "majority n1 stop, last-copy n1 stop, resync n1 unknown"},
		{"both peers are out of sync", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_desync_count=1")), servicetest.Printed(set(n3, "wsrep_local_state=1"))), "n1",
			"last-copy n1 stop, resync n1 unknown"},
		{"nobody else can be asked", asked(servicetest.Printed(n1), servicetest.Unreachable, servicetest.Unreachable), "n1", "majority n1 unknown, last-copy n1 unknown, resync n1 unknown"},
		{"it cannot be asked itself", asked(servicetest.Unreachable, servicetest.Printed(n2), servicetest.Printed(n3)), "n1", ""},
		{"an arbiter helps", asked(withArbiter(n1), down, withArbiter(n3)), "n1", "majority n1 stop"},
		{"weights", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(set(n3, "wsrep_provider_options=pc.weight = 3; gcache.size = 128M"))), "n3", "majority n3 stop"},
		{"weights that allow it", asked(servicetest.Printed(n1), down, servicetest.Printed(set(n3, "wsrep_provider_options=pc.weight = 3; gcache.size = 128M"))), "n1", ""},
		{"nobody keeps what it misses", asked(servicetest.Printed(set(n1, "wsrep_last_committed=5")), servicetest.Printed(set(n2, "wsrep_local_cached_downto=7", "wsrep_last_committed=9")),
			servicetest.Printed(set(n3, "wsrep_local_cached_downto=18446744073709551615", "wsrep_last_committed=9"))), "n1", "resync n1 stop"},
		{"an empty cache keeps what comes", asked(servicetest.Printed(set(n1, "wsrep_last_committed=9")), servicetest.Printed(set(n2, "wsrep_local_cached_downto=18446744073709551615", "wsrep_last_committed=9")), down), "n3", ""},
		{"a cache too small for the writes", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_received_bytes=99000000000", "Uptime=1000")), servicetest.Printed(set(n3, "wsrep_received_bytes=99000000000", "Uptime=1000"))), "n1", "resync n1 stop"},
		{"a version that does not tell", asked(servicetest.Printed(n1), servicetest.Printed(set(n2, "wsrep_local_cached_downto=")), servicetest.Printed(set(n3, "wsrep_local_cached_downto="))), "n1", "resync n1 unknown"},
		{"other clusters do not count", asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(set(n3, "wsrep_cluster_state_uuid=x"))), "n1", "majority n1 stop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			vs := galera.Service{}.Read(members, c.answers).Leave(c.host)
			if got := find(vs); got != c.want {
				t.Errorf("got %q, want %q\n%+v", got, c.want, service.Bad(vs))
			}
			for _, v := range vs {
				never := v.Name == "majority" && c.name == "weights" // all are there, and it is so for good
				if accepted := v.Risk != ""; accepted && v.Name != "resync" && !never {
					t.Errorf("%s can be accepted as %s: the last copy never can, nor a majority that can come back", v.Name, v.Risk)
				}
			}
		})
	}
}

func TestLeaveOfTwo(t *testing.T) {
	n1, n2, _ := healthy(t)
	size := func(s string) service.Answer {
		return servicetest.Printed(set(s, "wsrep_cluster_size=2", "wsrep_cluster_weight=2"))
	}
	two := func(a, b service.Answer) service.Answers {
		return service.Answers{"n1": {"status": a}, "n2": {"status": b}}
	}
	view := galera.Service{}.Read([]string{"n1", "n2"}, two(size(n1), size(n2)))
	if got := find(view.Leave("n1")); got != "majority n1 stop" {
		t.Errorf("of two without an arbiter: %q", got)
	}
	// It never can, which is said, and can be accepted; but not where it is the last copy.
	if v := view.Leave("n1")[0]; !v.Lasts || v.Risk != galera.RiskNoMajority || !strings.Contains(v.Reason, "n1 can never leave as the votes are given out") {
		t.Errorf("of two: %+v", v)
	}
	alone := galera.Service{}.Read([]string{"n1", "n2"}, two(size(n1), servicetest.Printed(set(n2, "wsrep_cluster_size=2", "wsrep_local_state=2"))))
	for _, v := range service.Bad(alone.Leave("n1")) {
		if v.Name == "last-copy" && v.Risk != "" {
			t.Errorf("the last copy: %+v", v)
		}
	}
	if got := find(alone.Leave("n1")); !strings.Contains(got, "last-copy n1 stop") {
		t.Errorf("the last copy: %q", got)
	}
	// So it is of two and an arbiter with weights of 2, 1 and 1: the heavy one never can, the other may.
	weighed := []string{"wsrep_cluster_size=3", "wsrep_cluster_weight=4", "wsrep_incoming_addresses=a:3306,b:3306"}
	heavy := strings.Replace(set(n1, weighed...), "pc.weight = 1", "pc.weight = 2", 1)
	view = galera.Service{}.Read([]string{"n1", "n2"}, two(servicetest.Printed(heavy), servicetest.Printed(set(n2, weighed...))))
	if v := view.Leave("n1")[0]; !v.Lasts || v.Risk != galera.RiskNoMajority {
		t.Errorf("the heavy one: %+v", v)
	}
	if v := view.Leave("n2")[0]; v.State != service.OK || v.Lasts {
		t.Errorf("the light one: %+v", v)
	}
	arbiter := []string{"wsrep_cluster_size=3", "wsrep_cluster_weight=3", "wsrep_incoming_addresses=a:3306,,b:3306"}
	view = galera.Service{}.Read([]string{"n1", "n2"}, two(servicetest.Printed(set(n1, arbiter...)), servicetest.Printed(set(n2, arbiter...))))
	if got := find(view.Leave("n1")); got != "" {
		t.Errorf("of two with an arbiter: %q", got)
	}
	if got := find(view.Health(nil)); got != "" {
		t.Errorf("of two with an arbiter: %q", got)
	}
	// One that runs on a host goes with it.
	beside := set(n1, append(arbiter, "umm_arbiter=yes")...)
	view = galera.Service{}.Read([]string{"n1", "n2"}, two(servicetest.Printed(beside), servicetest.Printed(set(n2, arbiter...))))
	if got := find(view.Leave("n1")); got != "majority n1 stop" {
		t.Errorf("with the arbiter beside n1, n1 leaves: %q", got)
	}
	if got := find(view.Leave("n2")); got != "" {
		t.Errorf("with the arbiter beside n1, n2 leaves: %q", got)
	}
}

func TestOtherVersions(t *testing.T) {
	for _, version := range []string{"11.8"} {
		t.Run(version, func(t *testing.T) {
			dirs, _ := filepath.Glob(filepath.Join("..", "testdata", "galera-"+version+".*"))
			if len(dirs) != 1 {
				t.Fatalf("there are %d captures", len(dirs))
			}
			a := service.Answers{}
			for _, m := range members {
				out, err := os.ReadFile(filepath.Join(dirs[0], "ask-status-healthy-"+m+".txt"))
				if err != nil {
					t.Fatal(err)
				}
				a[m] = map[string]service.Answer{"status": servicetest.Printed(string(out))}
			}
			view := galera.Service{}.Read(members, a)
			if got := find(append(view.Health(nil), view.Leave("n1")...)); got != "" {
				t.Errorf("healthy: %q", got)
			}
		})
	}
}

func TestSettled(t *testing.T) {
	n1, n2, n3 := healthy(t)
	change := service.Change{ID: "galera/start/n2", Target: "n2"}
	for _, c := range []struct {
		name string
		n2   service.Answer
		want service.State
	}{
		{"in sync", servicetest.Printed(n2), service.OK},
		{"joining", servicetest.Printed(captured(t, "status-sst-joining-n2")), service.Wait},
		{"not there yet", servicetest.Printed(notRunning), service.Wait},
		{"failed", servicetest.Printed(notRunning + "umm_unit\tfailed\n"), service.Stop},
		{"servicetest.Unreachable", servicetest.Unreachable, service.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (galera.Service{}).Read(members, asked(servicetest.Printed(n1), c.n2, servicetest.Printed(n3))).Settled(change, true); got.State != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
	if got := (galera.Service{}).Read(members, asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(n3))).Settled(service.Change{ID: "haproxy/x", Target: "n1"}, true); got.State != service.Unknown {
		t.Errorf("somebody else's change: %+v", got)
	}
}

func FuzzRead(f *testing.F) {
	n1, _, _ := healthy(f)
	f.Add(n1)
	f.Add(notRunning)
	f.Add("wsrep_provider_options\tgcache.size = 99999999999T\nwsrep_last_committed\t18446744073709551615\nwsrep_local_cached_downto\t0\n")
	f.Fuzz(func(t *testing.T, out string) {
		n1, n2, _ := healthy(t)
		view := galera.Service{}.Read(members, asked(servicetest.Printed(n1), servicetest.Printed(n2), servicetest.Printed(out)))
		for _, vs := range [][]service.Verdict{view.Health(nil), view.Leave("n1"), view.Leave("n3")} {
			if len(vs) == 0 {
				t.Fatal("nothing is said")
			}
		}
	})
}

// A member that systemd starts at boot joins before its host's other services start.
func TestExitStartsBeforeAllElse(t *testing.T) {
	status := captured(t, "ask-status-healthy-n1")
	boots := set(status, "umm_boots=yes")
	for name, c := range map[string]struct {
		status string
		starts bool
	}{
		"started at boot":          {boots, true},
		"started by another":       {status, false},
		"a donor, started at boot": {set(boots, "wsrep_local_state=2"), false},
	} {
		exit := galera.Service{}.Read(members, asked(servicetest.Printed(c.status), servicetest.Printed(status), servicetest.Printed(status))).Exit("n1")
		if len(exit.Changes) > 0 || (len(exit.Starts) == 1) != c.starts {
			t.Errorf("%s: it leaves by %+v", name, exit)
		}
		for _, s := range exit.Starts {
			if s.Target != "n1" || s.Undoable() || s.Wait.Until != service.UntilLimit || s.Wait.Limit == 0 || !slices.Equal(s.On, []string{"n1"}) {
				t.Errorf("%s: started is by %+v", name, s)
			}
		}
	}
}
