package haproxy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

const socket = "/run/haproxy/admin.sock"

var hosts = []string{"n1", "n2", "n3"}

// captured is what the script prints for a state that was captured on a real host.
func captured(t testing.TB, node, level, state string) string {
	t.Helper()
	text := fmt.Sprintf("# host %s 192.0.2.1%s \n# socket %s %s\n", node, node[1:], socket, level)
	for _, name := range []string{"info", "stat-" + state, "servers-state-" + state} {
		text += servicetest.File(t, "haproxy-2.6.12", name)
	}
	return text
}

// answers are those of hosts that all see the same state.
func answers(t testing.TB, state string) service.Answers {
	t.Helper()
	a := service.Answers{}
	for _, h := range hosts {
		a[h] = printed(captured(t, h, "admin", state))
	}
	return a
}

func printed(text string) map[string]service.Answer {
	return map[string]service.Answer{askStat: servicetest.Printed(text)}
}

func read(a service.Answers) service.View { return Service{}.Read(hosts, a) }

// on is what n1 sees, in a cluster of that one view.
func on(t *testing.T, state string, oldnew ...string) service.View {
	t.Helper()
	text := captured(t, "n1", "admin", state)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(text, oldnew[i]) {
			t.Fatalf("there is no %q", oldnew[i])
		}
	}
	a := answers(t, "healthy")
	a["n1"] = printed(strings.NewReplacer(oldnew...).Replace(text))
	return read(a)
}

func expect(t *testing.T, vs []service.Verdict, want ...string) {
	t.Helper()
	if len(vs) == 0 {
		t.Fatal("there is no verdict at all")
	}
	var got []string
	for _, v := range vs {
		if v.Service != Name || v.Name == "" || v.Reason == "" {
			t.Errorf("not a whole verdict: %+v", v)
		}
		if v.State != service.OK {
			got = append(got, fmt.Sprintf("%s %s %s: %s", v.State, v.Name, v.Host, v.Reason))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("not OK:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestWhole(t *testing.T) {
	for _, tt := range []struct {
		state  string
		out    []string
		change []string
		want   []string
	}{
		{state: "healthy"},
		{state: "n2-cut", out: []string{"n2"}},
		{state: "n2-cut", want: []string{"wait server-n2 n1: for HAProxy on n1 mysql/n2, rabbitmq/n2 is down"}},
		{state: "galera-n2-stopped", want: []string{"wait server-n2 n1: for HAProxy on n1 mysql/n2 is down"}},
		{state: "galera-n2-desynced", want: []string{"wait server-n2 n1: for HAProxy on n1 mysql/n2 is down"}},
		{state: "drain-mysql-n1", want: []string{"stop server-n1 n1: for HAProxy on n1 mysql/n1 is being drained, set by hand"}},
		{state: "maint-mysql-n1", want: []string{"stop server-n1 n1: for HAProxy on n1 mysql/n1 is in maintenance, set by hand"}},
		{state: "maint-mysql-n1", out: []string{"n1"}},
		{state: "ready-mysql-n1-just-now", want: []string{"wait server-n1 n1: for HAProxy on n1 mysql/n1 is up, but its last checks failed or have just begun"}},
		{state: "only-n1-non-primary", want: []string{
			"wait backends n1: HAProxy on n1 has no server that is up for mysql, rabbitmq",
			"wait server-n1 n1: for HAProxy on n1 mysql/n1, rabbitmq/n1 is down",
			"wait server-n2 n1: for HAProxy on n1 mysql/n2, rabbitmq/n2 is down",
			"wait server-n3 n1: for HAProxy on n1 mysql/n3, rabbitmq/n3 is down"}},
		{state: "healthy", change: []string{"192.0.2.12 2 0 1 1 129", "192.0.2.12 2 0 0 1 129"},
			want: []string{"stop server-n2 n1: for HAProxy on n1 mysql/n2 has the weight 0, set by hand"}},
		{state: "maint-mysql-n1", change: []string{"192.0.2.11 0 1 1 1", "192.0.2.11 0 4 1 1"}},
		{state: "healthy", change: []string{"OPEN", "STOP"}, want: []string{
			"stop frontends n1: HAProxy on n1 does not take connections for mysql (STOP), rabbitmq (STOP)"}},
		{state: "healthy", change: []string{"OPEN", "FULL"}, want: []string{
			"wait frontends n1: HAProxy on n1 has as many connections as it may have for mysql, rabbitmq"}},
	} {
		t.Run(fmt.Sprint(tt.state, tt.out, tt.change), func(t *testing.T) {
			expect(t, on(t, tt.state, tt.change...).Health(tt.out), tt.want...)
		})
	}
}

func TestLeave(t *testing.T) {
	t.Run("healthy", func(t *testing.T) { expect(t, read(answers(t, "healthy")).Leave("n1")) })
	t.Run("the last server", func(t *testing.T) {
		v := on(t, "galera-n2-stopped", "mysql,n3,0,0,0,", "mysql,n9,0,0,0,")
		expect(t, v.Leave("n3"))
		text := captured(t, "n1", "admin", "only-n1-non-primary")
		a := answers(t, "healthy")
		a["n1"] = printed(strings.Replace(text, ",DOWN,", ",UP,", 1))
		expect(t, read(a).Leave("n3"),
			"stop server-without n1: without n3 HAProxy on n1 would have no server that is up for rabbitmq")
		expect(t, read(a).Leave("n2"),
			"stop server-without n1: without n2 HAProxy on n1 would have no server that is up for rabbitmq")
	})
	t.Run("the last HAProxy", func(t *testing.T) {
		v := Service{}.Read([]string{"n1"}, answers(t, "healthy"))
		expect(t, v.Leave("n1"), "stop proxy-without n1: no other host than n1 runs HAProxy")
		expect(t, v.Leave("n2"))
	})
	t.Run("peers that tell nothing", func(t *testing.T) {
		a := answers(t, "healthy")
		delete(a, "n2")
		delete(a, "n3")
		expect(t, read(a).Leave("n1"), "unknown proxy-without n1: no HAProxy on another host than n1 reports its state")
	})
	t.Run("no level admin", func(t *testing.T) {
		a := answers(t, "healthy")
		a["n2"] = printed(captured(t, "n2", "operator", "healthy"))
		expect(t, read(a).Leave("n1"), `stop drain n2: n1 cannot be drained on n2: the socket /run/haproxy/admin.sock is not one of "level admin"`)
		if n := len(read(a).Exit("n1").Changes); n != 2 {
			t.Errorf("%d changes", n)
		}
	})
	t.Run("HAProxy 1.4", func(t *testing.T) {
		v := on(t, "healthy", "Version: 2.6.12-1+deb12u3", "Version: 1.4.24")
		expect(t, v.Leave("n2"), "stop drain n1: n2 cannot be drained on n1: HAProxy 1.4.24 cannot drain servers: that came with 1.5")
	})
}

func TestExit(t *testing.T) {
	e := read(answers(t, "healthy")).Exit("n1")
	if len(e.Late) != 0 || len(e.Changes) != 3 {
		t.Fatalf("exit: %+v", e)
	}
	for i, asked := range []string{"n2", "n3", "n1"} {
		c := e.Changes[i]
		if c.ID != "haproxy/"+asked+"/n1" || !slices.Equal(c.On, []string{asked}) || c.Target != "n1" || c.Wait.Until != service.UntilLimit || c.Wait.Limit != defaultPatience {
			t.Errorf("change: %+v", c)
		}
		if want := "drain n1 on the HAProxy of " + asked + ": mysql/n1, rabbitmq/n1"; c.Title != want {
			t.Errorf("title: %s", c.Title)
		}
		if want := "set server mysql/n1 state drain;set server rabbitmq/n1 state drain\n"; c.Do.Stdin != want {
			t.Errorf("do: %q", c.Do.Stdin)
		}
		if want := "set server mysql/n1 state ready;set server rabbitmq/n1 state ready\n"; c.Undo.Stdin != want {
			t.Errorf("undo: %q", c.Undo.Stdin)
		}
		if got := c.Do.Argv[len(c.Do.Argv)-2:]; !slices.Equal(got, []string{"set", "admin:" + socket}) {
			t.Errorf("argv: %q", got)
		}
	}
	t.Run("what somebody drained is not ours to undo", func(t *testing.T) {
		c := on(t, "maint-mysql-n1").Exit("n1").Changes
		if want := "set server rabbitmq/n1 state drain\n"; c[2].Do.Stdin != want {
			t.Errorf("do: %q", c[2].Do.Stdin)
		}
	})
	t.Run("the only server stays until the host goes", func(t *testing.T) {
		v := on(t, "galera-n2-stopped", "mysql,n3,", "other,n3,", "mysql 3 n3", "other 3 n3")
		if c := v.Exit("n1").Changes; c[2].Do.Stdin != "set server rabbitmq/n1 state drain\n" {
			t.Errorf("do: %q", c[2].Do.Stdin)
		}
	})
	t.Run("a host without HAProxy", func(t *testing.T) {
		v := Service{Patience: 7}.Read([]string{"n1", "n2"}, answers(t, "healthy"))
		if c := v.Exit("n3").Changes; len(c) != 2 || c[0].ID != "haproxy/n1/n3" || c[0].Wait.Limit != 7 {
			t.Errorf("changes: %+v", c)
		}
	})
	t.Run("servers told by their address", func(t *testing.T) {
		v := on(t, "healthy", "mysql,n2,", "mysql,db-b,", "mysql 2 n2", "mysql 2 db-b")
		if c := v.Exit("n2").Changes; !strings.Contains(c[0].Do.Stdin, "mysql/db-b state drain") {
			t.Errorf("do: %q", c[0].Do.Stdin)
		}
	})
	t.Run("an address of two others tells nothing", func(t *testing.T) {
		a := answers(t, "healthy")
		both := captured(t, "n2", "admin", "healthy")
		a["n2"] = printed(strings.Replace(both, "192.0.2.12 \n", "192.0.2.12 192.0.2.11\n", 1))
		for _, asked := range []string{"n1", "n3"} {
			a[asked] = printed(strings.NewReplacer("mysql,n1,", "mysql,db-a,", "mysql 1 n1", "mysql 1 db-a").Replace(captured(t, asked, "admin", "healthy")))
		}
		c := read(a).Exit("n1").Changes
		if c[1].On[0] != "n3" || strings.Contains(c[1].Do.Stdin, "db-a") {
			t.Errorf("on %s: %q", c[1].On[0], c[1].Do.Stdin)
		}
		// To n1 it is n1's own.
		if c[2].On[0] != "n1" || !strings.Contains(c[2].Do.Stdin, "mysql/db-a state drain") {
			t.Errorf("on %s: %q", c[2].On[0], c[2].Do.Stdin)
		}
	})
	t.Run("two processes", func(t *testing.T) {
		one := captured(t, "n1", "admin", "healthy")
		_, body, _ := strings.Cut(one, "\n")
		two := strings.NewReplacer("admin.sock", "second.sock", "Pid: ", "Pid: 9").Replace(body)
		a := answers(t, "healthy")
		a["n1"] = printed(one + two)
		var ids []string
		for _, c := range read(a).Exit("n2").Changes {
			ids = append(ids, c.ID)
		}
		if want := []string{"haproxy/n1/n2", "haproxy/n1/n2/2", "haproxy/n3/n2", "haproxy/n2/n2"}; !slices.Equal(ids, want) {
			t.Errorf("changes: %q", ids)
		}
		a["n1"] = printed(one + body)
		if n := len(read(a).Exit("n2").Changes); n != 3 {
			t.Errorf("the same process by two sockets: %d changes", n)
		}
	})
}

func TestSettled(t *testing.T) {
	mysql := func(c service.Change) service.Change {
		c.About = service.About(aboutDrain{socket, []string{"mysql/n1"}})
		return c
	}
	change := mysql(read(answers(t, "healthy")).Exit("n1").Changes[2])
	for _, tt := range []struct {
		state   string
		done    bool
		replace []string
		want    string
	}{
		{"healthy", true, nil, "wait: HAProxy on n1 does not drain mysql/n1"},
		{"drain-mysql-n1", true, nil, "ok: HAProxy on n1 has no connection to n1 and makes no new ones"},
		{"drain-mysql-n1", true, []string{"mysql,n1,0,0,0,", "mysql,n1,0,0,12,"}, "wait: HAProxy on n1 still has 12 connections to n1"},
		{"drain-mysql-n1", true, []string{"mysql,n1,0,0,0,", "mysql,n1,0,0,1,"}, "wait: HAProxy on n1 still has a connection to n1"},
		{"drain-mysql-n1", false, nil, "wait: HAProxy on n1 still drains mysql/n1"},
		{"ready-mysql-n1-just-now", false, nil, "wait: for HAProxy on n1 mysql/n1 is not up yet"},
		{"healthy", false, nil, "ok: for HAProxy on n1 n1 is up again"},
		{"healthy", false, []string{socket, "/run/other"}, "unknown: HAProxy on n1 has no socket /run/haproxy/admin.sock any more"},
	} {
		t.Run(fmt.Sprint(tt.state, tt.done, tt.replace), func(t *testing.T) {
			v := on(t, tt.state, tt.replace...).Settled(change, tt.done)
			if got := string(v.State) + ": " + v.Reason; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	t.Run("a drained server that is down has settled", func(t *testing.T) {
		v := on(t, "drain-mysql-n1", ",DRAIN,", ",DOWN,", "192.0.2.11 2 8", "192.0.2.11 0 8").Settled(change, true)
		if v.State != service.OK {
			t.Errorf("%+v", v)
		}
	})
	t.Run("HAProxy 1.5 has no servers state", func(t *testing.T) {
		text := captured(t, "n1", "admin", "drain-mysql-n1")
		cut, _, _ := strings.Cut(strings.Replace(text, "Version: 2.6.12-1+deb12u3", "Version: 1.5.18", 1), "1\n# be_id")
		a := answers(t, "healthy")
		a["n1"] = printed(cut + "Unknown command. Please enter one of the following commands only :\n  clear counters : x\n\n")
		if v := read(a).Settled(change, true); v.State != service.OK {
			t.Errorf("%+v", v)
		}
		a["n1"] = printed(strings.Replace(cut, ",DRAIN,", ",UP,", 1))
		if v := read(a).Settled(change, false); v.State != service.OK {
			t.Errorf("%+v", v)
		}
	})
}

func TestNothingBrokenIsHealthy(t *testing.T) {
	text := captured(t, "n2", "admin", "healthy")
	for name, broken := range map[string]string{
		"empty": "", "garbage": "\x00\xff\n1\n\n", "no statistics": "# socket /x admin\nPermission denied\n\n",
		"no columns": "# socket /x admin\n# pxname,svname\na,b\n\n", "a cut line": "# socket /x admin\n# pxname,svname,scur,status,weight\na,b\n\n",
		"cut": text[:len(text)/2], "language": strings.ReplaceAll(text, ",UP,", ",OBEN,"),
		"states cut": text[:len(text)-40],
	} {
		t.Run(name, func(t *testing.T) {
			a := answers(t, "healthy")
			a["n2"] = printed(broken)
			v := read(a)
			if w := service.Worst(v.Health(nil)); w == service.OK {
				t.Errorf("whole: %s", w)
			}
		})
	}
	t.Run("nobody answers", func(t *testing.T) {
		v := read(service.Answers{})
		for _, vs := range [][]service.Verdict{v.Health(nil), v.Health(hosts), v.Leave("n1"), {v.Settled(service.Change{}, true)}} {
			if w := service.Worst(vs); w != service.Unknown {
				t.Errorf("%s: %+v", w, vs)
			}
		}
		if c := v.Exit("n1").Changes; len(c) != 0 {
			t.Errorf("changes: %+v", c)
		}
	})
}

func TestAsks(t *testing.T) {
	asks := Service{Sockets: []string{"/a", "/b"}}.Asks("n1", hosts)
	if got := asks[0].Argv[3:]; !slices.Equal(got, []string{"umm-haproxy", "ask", "admin:/a", "admin:/b"}) {
		t.Errorf("argv: %q", got)
	}
	if strings.Count(string(asks[0].Stdin), "\n") != 1 {
		t.Errorf("one connection takes one line, this has more: %q", asks[0].Stdin)
	}
}

// A change of before is known by its arguments, or its ID.
func TestOldChange(t *testing.T) {
	v := read(answers(t, "healthy"))
	for _, c := range v.Exit("n1").Changes {
		servicetest.SameSettled(t, v, servicetest.OldChanges(t, Name)[c.ID], c)
	}
}
