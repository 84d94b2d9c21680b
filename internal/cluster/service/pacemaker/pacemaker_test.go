package pacemaker

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

var (
	hosts   = []string{"n1", "n2", "n3"}
	section = regexp.MustCompile(`(?m)^-- (\S+) (\S+) (\d+) --\n`)
)

// answers are those of a captured scenario.
func answers(t testing.TB, path string) service.Answers {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", path+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	text, a := string(raw), service.Answers{}
	at := section.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		host, ask := text[m[2]:m[3]], text[m[4]:m[5]]
		code, _ := strconv.Atoi(text[m[6]:m[7]])
		if a[host] == nil {
			a[host] = map[string]service.Answer{}
		}
		a[host][ask] = service.Answer{Result: execx.Result{Stdout: []byte(text[m[1]:end]), Code: code}}
	}
	return a
}

func read(t testing.TB, scenario string) service.View {
	t.Helper()
	return Service{}.Read(hosts, answers(t, "pacemaker-2.1.5/"+scenario))
}

// bad are the verdicts that are not OK, in short.
func bad(vs []service.Verdict) []string {
	var all []string
	for _, v := range service.Bad(vs) {
		text := string(v.State) + " " + v.Name
		if v.Host != "" {
			text += " " + v.Host
		}
		all = append(all, text+": "+v.Reason)
	}
	slices.Sort(all)
	return all
}

// expect wants these verdicts that are not OK and no other.
func expect(t *testing.T, vs []service.Verdict, want ...string) {
	t.Helper()
	if len(vs) == 0 {
		t.Fatal("there is no verdict at all")
	}
	got := bad(vs)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("not OK:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	for _, v := range vs {
		if v.Service != Name || v.Name == "" || v.Reason == "" || strings.HasSuffix(v.Reason, ".") {
			t.Errorf("not a whole verdict: %+v", v)
		}
	}
}

func TestWhole(t *testing.T) {
	for _, tt := range []struct {
		scenario string
		out      []string
		want     []string
	}{
		{scenario: "healthy"},
		{scenario: "healthy", out: []string{"n2"}},
		{scenario: "standby-off"},
		{scenario: "banned"},
		{scenario: "standby", want: []string{"stop standby n1: n1 is in standby, set by hand"}},
		{scenario: "standby", out: []string{"n1"}},
		{scenario: "standby-transient", want: []string{"stop standby n2: n2 is in standby, set by hand"}},
		{scenario: "maintenance-mode", want: []string{"stop managed: the cluster property maintenance-mode is set: Pacemaker does not manage its resources"}},
		{scenario: "node-down", out: []string{"n2"}},
		{scenario: "pacemaker-stopped", out: []string{"n2"}},
		{scenario: "node-down", want: []string{
			"unknown answers n2: Pacemaker on n2 does not report its state", "wait online n2: n2 is offline"}},
		{scenario: "pacemaker-stopped", want: []string{
			"unknown answers n2: Pacemaker on n2 does not report its state", "wait online n2: n2 is offline"}},
		{scenario: "joining3", want: []string{
			"wait resource-p_mysql-clone: p_mysql-clone does not run on every host that could run it",
			"wait resource-st-ms: st-ms does not run on every host that could run it"}},
		{scenario: "disabled"},
		{scenario: "failed", want: []string{
			"stop failed-actions n2: p_mysql_asyncmon_0 failed on n2 (error) at 2026-11-23 09:41:26Z: crm_resource --cleanup there clears it once the cause is fixed"}},
		{scenario: "node-maintenance", want: []string{
			"stop resource-p_mysql: p_mysql on n2 is not managed, set by hand: Pacemaker would not move it",
			"stop resource-st: st on n2 is not managed, set by hand: Pacemaker would not move it",
			"stop standby n2: n2 is in Pacemaker's maintenance, set by hand"}},
		{scenario: "standby-moving", out: []string{"n1"}, want: []string{"wait resource-slow: slow runs nowhere"}},
		{scenario: "partition", want: []string{
			"stop quorum: Pacemaker has no quorum",
			"stop votes n3: Corosync on n3 has no quorum",
			"wait agreement: n1, n2, n3 do not see the same cluster",
			"wait online n1: n1 is offline",
			"wait online n2: n2 is offline",
			"wait online n3: n3 is offline",
			"wait resource-p_mysql-clone: p_mysql-clone does not run on every host that could run it",
			"wait resource-st-ms: st-ms does not run on every host that could run it",
			"wait resource-vip: vip runs nowhere"}},
		{scenario: "partition", out: []string{"n3"}},
	} {
		t.Run(fmt.Sprint(tt.scenario, tt.out), func(t *testing.T) {
			expect(t, read(t, tt.scenario).Health(tt.out), tt.want...)
		})
	}
}

func TestLeave(t *testing.T) {
	for _, tt := range []struct {
		scenario, host string
		want           []string
	}{
		{scenario: "healthy", host: "n1"},
		{scenario: "healthy", host: "n3"},
		{scenario: "node-down", host: "n1", want: []string{"stop quorum-without n1: without n1 1 of the 2 votes that quorum needs would be left"}},
		{scenario: "node-down", host: "n2"},
		{scenario: "partition", host: "n3", want: nil},
		{scenario: "partition", host: "n1", want: []string{"stop quorum-without n1: without n1 1 of the 2 votes that quorum needs would be left"}},
		{scenario: "banned", host: "n1", want: []string{"stop elsewhere n1: without n1 Pacemaker would run nowhere: vip"}},
		{scenario: "banned", host: "n2"},
		{scenario: "healthy", host: "stranger", want: []string{"unknown elsewhere stranger: cannot tell what Pacemaker would stop without stranger",
			"unknown quorum-without stranger: no peer of stranger reports whether quorum would be kept"}},
	} {
		t.Run(tt.scenario+" "+tt.host, func(t *testing.T) {
			expect(t, read(t, tt.scenario).Leave(tt.host), tt.want...)
		})
	}
	t.Run("quorum can never be risked", func(t *testing.T) {
		for _, v := range append(read(t, "partition").Health(nil), read(t, "node-down").Leave("n1")...) {
			if (strings.Contains(v.Name, "quorum") || v.Name == "votes") && v.Risk != "" {
				t.Errorf("%s has the risk %s", v.Name, v.Risk)
			}
		}
	})
	t.Run("of two hosts each keeps quorum where Corosync was told so", func(t *testing.T) {
		a := answers(t, "pacemaker-2.1.5/healthy")
		for _, h := range []string{"n1", "n2"} {
			change(a, h, askQuorum, "Total votes:      3", "Total votes:      2", "Quorum:           2", "Quorum:           1",
				"Quorate \n", "2Node Quorate WaitForAll \n", "         3          1 n3\n", "")
		}
		expect(t, Service{}.Read([]string{"n1", "n2"}, a).Leave("n1"))
	})
}

// change replaces text in an answer, and what it replaces must be there.
func change(a service.Answers, host, ask string, oldnew ...string) {
	got := a[host][ask]
	text := string(got.Result.Stdout)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			panic(fmt.Sprintf("%s of %s has no %q", ask, host, oldnew[i]))
		}
	}
	got.Result.Stdout = []byte(strings.NewReplacer(oldnew...).Replace(text))
	a[host][ask] = got
}

func TestExit(t *testing.T) {
	for _, tt := range []struct {
		scenario, host string
		late           []string
		moves          int
		undo           string
		stops          []string
	}{
		{"healthy", "n1", []string{"holds the virtual IP vip"}, 1, "-D", []string{"galera"}},
		{"healthy", "n2", []string{"runs the promoted st"}, 1, "-D", []string{"galera"}},
		{"healthy", "n3", []string{"is Pacemaker's coordinator"}, 0, "-D", []string{"galera"}},
		{"node-down", "n1", []string{"holds the virtual IP vip", "runs the promoted st"}, 2, "-v off", []string{"galera"}},
		{"node-down", "n2", nil, 0, "-D", nil},
	} {
		t.Run(tt.scenario+" "+tt.host, func(t *testing.T) {
			e := read(t, tt.scenario).Exit(tt.host)
			if !slices.Equal(e.Late, tt.late) || e.Moves != tt.moves {
				t.Errorf("late: %q, %d move, want %q, %d", e.Late, e.Moves, tt.late, tt.moves)
			}
			if len(e.Changes) != 1 {
				t.Fatalf("changes: %+v", e.Changes)
			}
			c := e.Changes[0]
			attribute := "crm_attribute -t nodes -N " + tt.host + " -n "
			before := strings.TrimPrefix(strings.TrimPrefix(tt.undo, "-D"), "-v ")
			if got, want := run(t, c.Do), []string{attribute + "umm-standby -v " + cmp.Or(before, "none"), attribute + "standby -v on"}; !slices.Equal(got, want) {
				t.Errorf("do: %q, want %q", got, want)
			}
			if got, want := run(t, c.Undo), []string{attribute + "standby " + tt.undo, attribute + "umm-standby -D"}; !slices.Equal(got, want) {
				t.Errorf("undo: %q, want %q", got, want)
			}
			if !slices.Equal(c.Stops, tt.stops) {
				t.Errorf("stops: %q, want %q", c.Stops, tt.stops)
			}
			if len(c.On) != 3 || c.On[2] != tt.host || c.Target != tt.host || c.Service != Name || c.Wait.Limit != patience {
				t.Errorf("change: %+v", c)
			}
		})
	}
	t.Run("a standby that somebody set is not ours to change", func(t *testing.T) {
		if c := read(t, "standby").Exit("n1").Changes; len(c) != 0 {
			t.Errorf("changes: %+v", c)
		}
	})
	t.Run("of a cluster that tells nothing the host is set to standby all the same", func(t *testing.T) {
		if c := (Service{}).Read(hosts, service.Answers{}).Exit("n1").Changes; len(c) != 1 || c[0].Do.Argv[5] != "n1" || c[0].Do.Argv[6] != "" {
			t.Errorf("changes: %+v", c)
		}
	})
}

// A standby that a run has set says so, also where its journal is lost.
func TestStandbyByARun(t *testing.T) {
	a := answers(t, "pacemaker-2.1.5/standby")
	for _, host := range hosts {
		got := a[host]["nodes"]
		got.Result.Stdout = []byte(strings.Replace(string(got.Result.Stdout), `<nvpair id="nodes-1-standby"`,
			`<nvpair id="nodes-1-umm-standby" name="umm-standby" value="none"/><nvpair id="nodes-1-standby"`, 1))
		a[host]["nodes"] = got
	}
	expect(t, Service{}.Read(hosts, a).Health(nil), "stop standby n1: n1 is in standby, set by a run of umm-cluster")
}

// What a run has left is undone where it is still marked, to what it was before.
func TestAbandoned(t *testing.T) {
	text, err := os.ReadFile("testdata/pacemaker-2.1.5/cib-services.xml")
	if err != nil {
		t.Fatal(err)
	}
	marked := strings.NewReplacer(
		`<node id="2" uname="n2"/>`, `<node id="2" uname="n2"><instance_attributes id="nodes-2"><nvpair id="nodes-2-umm-standby" name="umm-standby" value="off"/>
			<nvpair id="nodes-2-standby" name="standby" value="on"/></instance_attributes></node>`,
		`<node id="3" uname="n3"/>`, `<node id="3" uname="n3"><instance_attributes id="nodes-3"><nvpair id="nodes-3-standby" name="standby" value="on"/></instance_attributes></node>`,
	).Replace(string(text))
	a := service.Answers{}
	for i, host := range hosts {
		out := []byte(marked)
		if i == 0 {
			out = []byte(strings.Replace(string(text), ` epoch="`, ` epoch="-`, 1)) // older
		}
		a[host] = map[string]service.Answer{askConfig: {Result: execx.Result{Stdout: out}}}
	}
	all, err := Abandoned(hosts, a)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	c := all[0]
	if c.ID != "pacemaker/n2" || c.Target != "n2" || !slices.Equal(c.On, []string{"n1", "n3", "n2"}) || !slices.Equal(c.Stops, []string{"galera", "haproxy", "rabbitmq"}) {
		t.Errorf("%+v", c)
	}
	ask := "crm_attribute -t nodes -N n2 -n umm-standby -G -q"
	if got := run(t, c.Undo); !slices.Equal(got, []string{ask}) {
		t.Errorf("without a mark it runs %q", got)
	}
	if got, want := run(t, c.Undo, "mark"), []string{ask, "crm_attribute -t nodes -N n2 -n standby -v off", "crm_attribute -t nodes -N n2 -n umm-standby -D"}; !slices.Equal(got, want) {
		t.Errorf("with its mark it runs %q, want %q", got, want)
	}
	if all, err := Abandoned(hosts, service.Answers{}); err == nil {
		t.Errorf("of members that tell nothing: %+v", all)
	}
}

// run runs a command with a crm_attribute that notes how it was called, and fails if it is
// asked for a mark that is not there.
func run(t *testing.T, c service.Command, there ...string) []string {
	t.Helper()
	var log string
	for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"sh"}} {
		if _, err := exec.LookPath(shell[0]); err != nil {
			continue
		}
		h := servicetest.NewHost(t, shell...)
		h.Program("crm_attribute", `echo "crm_attribute $*" >>"$0.log"
case "$*" in *umm-standby*-G*) [ -e "$0.mark" ] ;; esac`)
		for _, name := range there {
			h.File("bin/crm_attribute."+name, "")
		}
		h.Prints(c.Argv, "")
		if log = h.Read("bin/crm_attribute.log"); log == "" {
			t.Errorf("%s: nothing was run", shell[0])
		}
	}
	return strings.Split(strings.TrimSpace(log), "\n")
}

func TestSettled(t *testing.T) {
	for _, tt := range []struct {
		scenario, host string
		done           bool
		state          service.State
		reason         string
	}{
		{"healthy", "n1", true, service.Wait, "n1 is not in standby yet"},
		{"healthy", "n1", false, service.OK, "n1 is online in Pacemaker and takes resources"},
		{"standby-moving", "n1", true, service.Wait, "Pacemaker still runs slow on n1"},
		{"standby", "n1", true, service.OK, "n1 is in standby, and Pacemaker runs nothing there"},
		{"standby", "n1", false, service.Wait, "n1 is still in standby"},
		{"node-down", "n2", false, service.Wait, "Pacemaker on n2 is not online yet"},
		{"joining3", "n2", false, service.OK, "n2 is online in Pacemaker and takes resources"},
	} {
		t.Run(fmt.Sprint(tt.scenario, " ", tt.host, " ", tt.done), func(t *testing.T) {
			c := service.Change{ID: "pacemaker/" + tt.host, Service: Name, Target: tt.host}
			v := read(t, tt.scenario).Settled(c, tt.done)
			if v.State != tt.state || tt.scenario != "standby-moving" && v.Reason != tt.reason {
				t.Errorf("%s: %s, want %s: %s", v.State, v.Reason, tt.state, tt.reason)
			}
		})
	}
}

func TestPacemaker11(t *testing.T) {
	nodes := []string{"node-1", "node-2", "node-3"}
	now := answers(t, "pacemaker-1.1/healthy")
	now["node-1"][askWithout] = answers(t, "pacemaker-1.1/standby")["node-1"][askMon]
	healthy := Service{}.Read(nodes, now)
	standby := Service{}.Read(nodes, answers(t, "pacemaker-1.1/standby"))
	t.Run("whole", func(t *testing.T) {
		expect(t, healthy.Health(nil))
		expect(t, standby.Health([]string{"node-1"}))
		expect(t, standby.Health(nil), "stop standby node-1: node-1 is in standby, set by hand")
	})
	t.Run("leave", func(t *testing.T) { expect(t, healthy.Leave("node-1")) })
	t.Run("exit", func(t *testing.T) {
		e := healthy.Exit("node-1")
		if want := []string{"holds the virtual IP vip__management"}; !slices.Equal(e.Late, want) {
			t.Errorf("late: %q", e.Late)
		}
		c := e.Changes[0]
		if got, want := run(t, c.Undo)[0], "crm_attribute -t nodes -N node-1.domain.tld -n standby -v off"; got != want {
			t.Errorf("undo: %s, want %s: as it was", got, want)
		}
		if want := []string{"galera", "rabbitmq"}; !slices.Equal(c.Stops, want) {
			t.Errorf("stops: %q", c.Stops)
		}
		if v := standby.Settled(c, true); v.State != service.OK {
			t.Errorf("settled: %+v", v)
		}
		if e := healthy.Exit("node-3"); !slices.Contains(e.Late, "runs the promoted p_rabbitmq-server") {
			t.Errorf("late: %q", e.Late)
		}
	})
}

// TestNothingBrokenIsHealthy: of output that is not what it should be comes Unknown
// and never OK.
func TestNothingBrokenIsHealthy(t *testing.T) {
	cut := func(part int) func(string) string {
		return func(s string) string { return s[:len(s)*part/10] }
	}
	for _, ask := range []string{askMon, askQuorum} {
		for name, mutate := range map[string]func(string) string{
			"empty":   func(string) string { return "" },
			"garbage": func(string) string { return "\x00\xff<a><b></a>" },
			"language": func(s string) string {
				return strings.NewReplacer("Quorate", "Beschlussfähig", "summary", "zusammenfassung").Replace(s)
			},
			"cut 1": cut(1), "cut 3": cut(3), "cut 5": cut(5), "cut 6": cut(6),
			"yes and no": func(s string) string { return strings.NewReplacer("true", "ja", "Yes", "Ja").Replace(s) },
		} {
			t.Run(ask+" "+name, func(t *testing.T) {
				a := answers(t, "pacemaker-2.1.5/healthy")
				got := a["n2"][ask]
				got.Result.Stdout = []byte(mutate(string(got.Result.Stdout)))
				a["n2"][ask] = got
				if w := service.Worst(Service{}.Read(hosts, a).Health(nil)); w == service.OK {
					t.Error("it is whole")
				}
			})
		}
	}
	t.Run("nobody answers", func(t *testing.T) {
		v := Service{}.Read(hosts, service.Answers{})
		for _, vs := range [][]service.Verdict{v.Health(nil), v.Health(hosts), v.Leave("n1"), {v.Settled(service.Change{ID: "pacemaker/n1", Target: "n1"}, true)}} {
			if w := service.Worst(vs); w != service.Unknown {
				t.Errorf("%s: %+v", w, vs)
			}
		}
	})
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change []string
		want   []string
	}{
		{"no coordinator", []string{`current_dc present="true"`, `current_dc present="false"`}, []string{
			"wait agreement: n1, n2, n3 do not see the same cluster", "wait quorum: Pacemaker has no coordinator"}},
		{"unclean", []string{`name="n2" id="2" online="true"`, `name="n2" id="2" online="false"`, `unclean="false" health="green" feature_set="3.16.1" shutdown="false" expected_up="true" is_dc="false" resources_running="2"`,
			`unclean="true" health="green" shutdown="false" expected_up="true" is_dc="false" resources_running="2"`}, []string{
			"stop online n2: n2 is unclean: Pacemaker does not know its state and waits for it to be fenced",
			"wait agreement: n1, n2, n3 do not see the same cluster"}},
		{"all stopped", []string{`stop-all-resources="false"`, `stop-all-resources="true"`}, []string{"stop managed: the cluster property stop-all-resources is set"}},
		{"failed", []string{`role="Promoted" active="true" orphaned="false" blocked="false" managed="true" failed="false"`, `role="Promoted" active="true" orphaned="false" blocked="false" managed="true" failed="true"`},
			[]string{"stop resource-st: st on n2 has failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := answers(t, "pacemaker-2.1.5/healthy")
			change(a, "n1", askMon, tt.change...)
			expect(t, Service{}.Read(hosts, a).Health(nil), tt.want...)
		})
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name           string
		members, nodes []string
		own            map[string]string
		want           string
	}{
		{"the same", []string{"a", "b"}, []string{"b", "a"}, nil, "map[a:a b:b]"},
		{"short and long", []string{"a.x", "B"}, []string{"a", "b.x.y"}, nil, "map[B:b.x.y a.x:a]"},
		{"addresses", []string{"10.0.0.1", "10.0.0.2"}, []string{"a", "b"}, map[string]string{"10.0.0.1": "b", "10.0.0.2": "a"}, "map[10.0.0.1:b 10.0.0.2:a]"},
		{"one that does not answer", []string{"10.0.0.1", "10.0.0.2"}, []string{"a", "b"}, map[string]string{"10.0.0.1": "b"}, "map[10.0.0.1:b 10.0.0.2:a]"},
		{"two that do not answer", []string{"10.0.0.1", "10.0.0.2", "c"}, []string{"a", "b", "c"}, nil, "map[c:c]"},
		{"a node more", []string{"10.0.0.1", "c"}, []string{"a", "b", "c"}, nil, "map[c:c]"},
		{"two of one name", []string{"a"}, []string{"a.x", "a.y"}, nil, "map[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(match(tt.members, tt.own, tt.nodes)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A change of before is known by its arguments, or its ID.
func TestOldChange(t *testing.T) {
	v := read(t, "healthy")
	c := v.Exit("n2").Changes[0]
	old := servicetest.OldChanges(t, Name)[c.ID]
	servicetest.SameSettled(t, v, old, c)
	if standbyOf(old) != "n2" {
		t.Errorf("%q", standbyOf(old))
	}
}
