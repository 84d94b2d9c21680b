package ceph

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

var hosts = []string{"n1", "n2", "n3"}

// captured is an output of the real program.
func captured(t testing.TB, file string) string {
	t.Helper()
	return servicetest.File(t, "ceph-16.2.15", file)
}

func said(text string) map[string]service.Answer {
	return map[string]service.Answer{askAll: servicetest.Printed(text)}
}

// own are the process list's lines of a host that has a monitor, an OSD and a manager.
func own(host string) string {
	return fmt.Sprintf(`/usr/bin/ceph-mon -f --cluster ceph --id %[1]s --setuser ceph --setgroup ceph
/usr/bin/ceph-osd -f --cluster ceph --id %[2]d --setuser ceph --setgroup ceph
/usr/bin/ceph-mgr -f --cluster ceph --id %[1]s --setuser ceph --setgroup ceph
`, host, number(host))
}

func number(host string) int { return int(host[1] - '1') }

// printed is what the script prints on a host, put together of what was captured in a
// state: the answers about the host's own OSD and about the next one's.
func printed(t testing.TB, host, state string) string {
	t.Helper()
	quorum, dump := captured(t, "quorum_status-healthy"), captured(t, "osd-dump-healthy")
	stops := "healthy"
	switch state {
	case "n2-down":
		quorum = servicetest.Replace(t, quorum, `"quorum_names":["n1","n2","n3"]`, `"quorum_names":["n1","n3"]`)
		dump = servicetest.Replace(t, dump, `"osd":1,"uuid":"2ca26efd-2fd5-4c07-9c87-8ea6e27835e4","up":1`, `"osd":1,"uuid":"2ca26efd-2fd5-4c07-9c87-8ea6e27835e4","up":0`)
		stops = state
	case "noout", "noout-group-n2":
		dump = captured(t, "osd-dump-"+state)
	}
	text := "# daemons 0\n" + own(host) + "# cluster 0\n" + captured(t, "status-"+state) +
		"\n" + quorum + "\n" + dump + "\n" + captured(t, "osd-tree-healthy") + "\n" + captured(t, "osd-ls-tree-n2") + "\n"
	for _, id := range []int{number(host), (number(host) + 1) % 3} {
		code, more := 0, ""
		if stops == "n2-down" && id != 1 {
			code, more = 16, captured(t, fmt.Sprintf("osd-ok-to-stop-%d-%s.stderr", id, stops))
		}
		text += fmt.Sprintf("# stop %d %d\n%s%s\n", id, code, captured(t, fmt.Sprintf("osd-ok-to-stop-%d-%s", id, stops)), more)
	}
	return text + "# end 0\n"
}

// see is the cluster in a state, with texts replaced wherever hosts printed them.
func see(t testing.TB, state string, oldnew ...string) service.Answers {
	t.Helper()
	a := service.Answers{}
	all := ""
	for _, h := range hosts {
		text := printed(t, h, state)
		all += text
		a[h] = said(strings.NewReplacer(oldnew...).Replace(text))
	}
	for i := 0; i < len(oldnew); i += 2 {
		servicetest.Replace(t, all, oldnew[i], oldnew[i+1])
	}
	return a
}

var unreachable = map[string]service.Answer{askAll: servicetest.Unreachable}

func with(a service.Answers, host string, answer map[string]service.Answer) service.Answers {
	a[host] = answer
	return a
}

// keyless is a host whose ceph may not ask anything.
func keyless(host string) map[string]service.Answer {
	return said("# daemons 0\n" + own(host) + "# cluster 1\n[errno 2] RADOS object not found (error connecting to the cluster)\n# end 0\n")
}

func read(a service.Answers) service.View { return Service{}.Read(hosts, a) }

func lines(all ...string) string { return strings.Join(all, "\n") }

func TestWhole(t *testing.T) {
	const peering = "wait pgs-inactive: 11 of 33 placement groups are inactive\n" +
		"wait pgs-peering (pgs-not-clean): 11 of 33 placement groups are peering\n" +
		"wait pgs-stale (pgs-not-clean): 14 of 33 placement groups are stale"
	for name, c := range map[string]struct {
		answers service.Answers
		out     []string
		want    string
	}{
		"healthy": {answers: see(t, "healthy")},
		"a host is down": {answers: with(see(t, "n2-down"), "n2", unreachable), want: lines(
			"wait monitors n2 (ceph-daemon-down): the monitor n2 is not in Ceph's quorum",
			"wait osds n2 (ceph-daemon-down): osd.1 is down", peering)},
		"and known to be":   {answers: with(see(t, "n2-down"), "n2", unreachable), out: []string{"n2"}, want: peering},
		"noout by somebody": {answers: see(t, "noout"), want: "stop noout (ceph-flags): the flag noout is set for all of Ceph by hand"},
		"noout for a host":  {answers: see(t, "noout-group-n2"), want: "stop noout n2 (ceph-flags): the flag noout is set for n2 by hand"},
		"noout for a host that is none of ours": {answers: see(t, "noout-group-n2", `"crush_node_flags":{"n2"`, `"crush_node_flags":{"rack1"`),
			want: "stop noout rack1 (ceph-flags): the flag noout is set for rack1 by hand"},
		"noout for an OSD": {answers: see(t, "healthy", `192.0.2.13:6805/995","state":["exists","up"]`, `192.0.2.13:6805/995","state":["exists","up","noout"]`),
			want: "stop noout n3 (ceph-flags): the flag noout is set for osd.2 by hand"},
		"noup for a class": {answers: see(t, "healthy", `"device_class_flags":{}`, `"device_class_flags":{"hdd":["noup"]}`),
			want: "stop flags hdd (ceph-flags): the flag noup is set for the devices of class hdd by hand"},
		"clients are paused": {answers: see(t, "healthy", `"flags":"sortbitwise,`, `"flags":"pauserd,pausewr,sortbitwise,`), want: lines(
			"stop flags: the flag pauserd is set for all of Ceph by hand", "stop flags: the flag pausewr is set for all of Ceph by hand")},
		"degraded": {answers: see(t, "healthy", `{"state_name":"active+clean","count":9}`, `{"state_name":"active+clean","count":6},{"state_name":"active+undersized+degraded","count":3}`), want: lines(
			"wait pgs-degraded (pgs-not-clean): 3 of 9 placement groups are degraded",
			"wait pgs-undersized (pgs-not-clean): 3 of 9 placement groups are undersized")},
		"damaged":    {answers: see(t, "healthy", `active+clean`, `active+clean+inconsistent`), want: "stop pgs-inconsistent (pgs-not-clean): 9 of 9 placement groups are inconsistent"},
		"scrubs":     {answers: see(t, "healthy", `active+clean`, `active+clean+scrubbing+deep`)},
		"unclean":    {answers: see(t, "healthy", `active+clean`, `active`), want: "wait pgs-unclean (pgs-not-clean): 9 of 9 placement groups are unclean"},
		"no manager": {answers: see(t, "healthy", `"mgrmap":{"available":true`, `"mgrmap":{"available":false`), want: "wait manager: Ceph has no manager: what it says of its data may be old"},
		"a warning": {answers: see(t, "healthy", `"status":"HEALTH_OK","checks":{}`,
			`"status":"HEALTH_WARN","checks":{"POOL_NEAR_FULL":{"severity":"HEALTH_WARN","summary":{"message":"1 pool nearfull"}}}`),
			want: "stop health (ceph-health): Ceph complains: POOL_NEAR_FULL: 1 pool nearfull"},
		"one that passes": {answers: see(t, "healthy", `"status":"HEALTH_OK","checks":{}`,
			`"status":"HEALTH_WARN","checks":{"SLOW_OPS":{"severity":"HEALTH_WARN","summary":{"message":"3 slow ops"}}}`),
			want: "wait health (ceph-health): Ceph complains: SLOW_OPS: 3 slow ops"},
		"one that is muted": {answers: see(t, "healthy", `"status":"HEALTH_OK","checks":{}`,
			`"status":"HEALTH_OK","checks":{"POOL_NEAR_FULL":{"severity":"HEALTH_WARN","summary":{"message":"1 pool nearfull"},"muted":true}}`)},
		"an OSD that nothing is put on": {answers: see(t, "healthy", `"up":1,"in":1,"weight":1,"primary_affinity":1,"last_clean_begin":0,"last_clean_end":0,"up_from":11`,
			`"up":0,"in":0,"weight":0,"primary_affinity":1,"last_clean_begin":0,"last_clean_end":0,"up_from":11`)},
		"no host has the key": {answers: service.Answers{"n1": keyless("n1"), "n2": keyless("n2"), "n3": unreachable}, want: "unknown answers: no host can query Ceph"},
		"one has it":          {answers: with(with(see(t, "healthy"), "n1", keyless("n1")), "n2", keyless("n2"))},
		"counts that are off": {answers: see(t, "healthy", `"num_pgs":9`, `"num_pgs":10`), want: "unknown answers: no host can query Ceph"},
		"not all":             {answers: see(t, "healthy", "# end 0", "#"), want: "unknown answers: no host can query Ceph"},
		"not JSON":            {answers: see(t, "healthy", `{"nodes":`, `{"nodes":[`), want: "unknown answers: no host can query Ceph"},
		"an answer missing":   {answers: see(t, "healthy", captured(t, "osd-tree-healthy"), ""), want: "unknown answers: no host can query Ceph"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Health(c.out)); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func noMDS(host string) string {
	return fmt.Sprintf("unknown mds-without %[1]s: cannot tell whether %[1]s has a metadata server of Ceph", host)
}

func TestLeave(t *testing.T) {
	const offline = "stop may-stop n1 (pgs-offline): without the OSDs of n1 some data could not be used"
	for name, c := range map[string]struct {
		answers service.Answers
		host    string
		want    string
	}{
		"healthy": {see(t, "healthy"), "n1", ""},
		"another is down": {with(see(t, "n2-down"), "n2", unreachable), "n1", lines(
			"stop quorum-without n1: without n1 1 of 3 monitors of Ceph would be left: no quorum",
			"stop may-stop n1: without the OSDs of n1 some data could not be used")},
		"the one that is down":   {with(see(t, "n2-down"), "n2", unreachable), "n2", noMDS("n2")},
		"the host has no key":    {with(see(t, "healthy"), "n1", keyless("n1")), "n1", ""},
		"nor has the one before": {with(with(see(t, "healthy"), "n1", keyless("n1")), "n3", keyless("n3")), "n1", "unknown may-stop n1: Ceph could not be asked whether the OSDs of n1 may stop"},
		"Ceph says no":           {see(t, "healthy", "# stop 0 0\n"+captured(t, "osd-ok-to-stop-0-healthy"), "# stop 0 16\nError EBUSY: unsafe to stop osd(s)\n"), "n1", offline},
		"Ceph does not say":      {see(t, "healthy", "# stop 0 0\n"+captured(t, "osd-ok-to-stop-0-healthy"), "# stop 0 124\n"), "n1", "unknown may-stop n1: Ceph does not say whether the OSDs of n1 may stop"},
		"an old Ceph says yes":   {see(t, "healthy", captured(t, "osd-ok-to-stop-0-healthy"), "OSD(s) 0 are ok to stop without reducing availability or risking data\n"), "n1", ""},
		"an OSD unknown to Ceph": {with(see(t, "healthy"), "n1", said(servicetest.Replace(t, printed(t, "n1", "healthy"), "--id 0 ", "--id 9 "))), "n1", "unknown may-stop n1: n1 runs an OSD that Ceph does not know, osd.9"},
		"asked for fewer":        {with(see(t, "healthy"), "n1", said(servicetest.Replace(t, printed(t, "n1", "healthy"), "# cluster", "/usr/bin/ceph-osd -i 2\n# cluster"))), "n1", "unknown may-stop n1: Ceph could not be asked whether the OSDs of n1 may stop"},
		"the only manager":       {see(t, "healthy", `"num_standbys":1`, `"num_standbys":0`), "n1", "stop manager-without n1 (last-mgr): without n1 Ceph would have no manager"},
		"an OSD that is not seen to run": {with(see(t, "healthy", "# stop 0 0\n"+captured(t, "osd-ok-to-stop-0-healthy"), "# stop 0 16\nError EBUSY: unsafe to stop osd(s)\n"), "n1",
			said(servicetest.Replace(t, printed(t, "n1", "healthy"), "/usr/bin/ceph-osd -f --cluster ceph --id 0 ", "/opt/crimson -i 0 "))), "n1", offline},
		"nothing of Ceph":          {with(see(t, "healthy"), "n1", said("# daemons 0\n"+"# end 0\n")), "n1", ""},
		"nobody tells":             {service.Answers{}, "n1", "unknown answers: no host can query Ceph"},
		"a contradiction":          {see(t, "healthy", "# stop 1 0", "# stop 1 16"), "n2", "unknown may-stop n2: Ceph could not be asked whether the OSDs of n2 may stop"},
		"a host not to be reached": {with(see(t, "healthy"), "n1", unreachable), "n1", noMDS("n1")},
		"and not known to CRUSH": {with(see(t, "healthy", `"name":"n1","type":"host"`, `"name":"rack1","type":"host"`), "n1", unreachable), "n1",
			lines("unknown may-stop n1: cannot tell which OSDs n1 has", noMDS("n1"))},
	} {
		t.Run(name, func(t *testing.T) {
			if got := servicetest.Find(t, Name, read(c.answers).Leave(c.host)); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// What the script printed on real hosts.
func TestCapturedScript(t *testing.T) {
	real3 := func(state string) service.Answers {
		a := service.Answers{}
		for _, h := range hosts {
			a[h] = said(captured(t, "ask-"+state+"-"+h))
		}
		return a
	}
	v := read(real3("healthy"))
	got := servicetest.Find(t, Name, v.Health(nil))
	for _, h := range hosts {
		got += servicetest.Find(t, Name, v.Leave(h))
	}
	if got != "" {
		t.Error(got)
	}
	v = read(real3("n2-down"))
	want := lines("stop quorum-without n1: without n1 1 of 3 monitors of Ceph would be left: no quorum",
		"stop may-stop n1: without the OSDs of n1 some data could not be used")
	if got := servicetest.Find(t, Name, v.Leave("n1")); got != want {
		t.Error(got)
	}
	if got := servicetest.Find(t, Name, v.Leave("n2")); got != "" {
		t.Error(got)
	}
	if got := servicetest.Find(t, Name, v.Health(nil)); !strings.Contains(got, "wait osds n2 (ceph-daemon-down): osd.1 is down") ||
		!strings.Contains(got, "wait monitors n2 (ceph-daemon-down): the monitor n2 is not in Ceph's quorum") {
		t.Error(got)
	}
	a := real3("healthy")
	a["n1"] = said(captured(t, "ask-no-cluster-n1"))
	if got := servicetest.Find(t, Name, read(a).Health(nil)) + servicetest.Find(t, Name, read(a).Leave("n1")); got != "" {
		t.Error(got)
	}
	if got := read(service.Answers{"n1": a["n1"]}).Health(nil); len(got) != 1 || !strings.Contains(got[0].Evidence, "error calling conf_read_file") {
		t.Errorf("%+v", got)
	}
}

func TestNoout(t *testing.T) {
	e := read(see(t, "healthy")).Exit("n2")
	if len(e.Changes) != 1 {
		t.Fatalf("%+v", e)
	}
	c := e.Changes[0]
	if c.Effect != service.Keeps || !slices.Equal(c.Shows, []string{"noout"}) || !slices.Equal(c.On, []string{"n1", "n3", "n2"}) ||
		strings.Join(c.Do.Argv, " ") != "ceph --connect-timeout 10 osd set-group noout n2" ||
		strings.Join(c.Undo.Argv, " ") != "ceph --connect-timeout 10 osd unset-group noout n2" {
		t.Errorf("%+v", c)
	}
	for _, s := range []struct {
		state      string
		done, undo service.State
	}{{"healthy", service.Wait, service.OK}, {"noout-group-n2", service.OK, service.Wait}, {"noout", service.Wait, service.OK}} {
		v := read(see(t, s.state))
		if done, undo := v.Settled(c, true), v.Settled(c, false); done.State != s.done || undo.State != s.undo {
			t.Errorf("%s: %+v, %+v", s.state, done, undo)
		}
	}
	if got := read(service.Answers{}).Settled(c, true); got.State != service.Unknown {
		t.Errorf("%+v", got)
	}
	t.Run("set by somebody", func(t *testing.T) {
		for state, host := range map[string]string{"noout": "n1", "noout-group-n2": "n2"} {
			if e := read(see(t, state)).Exit(host); len(e.Changes) != 0 {
				t.Errorf("%s: %+v", state, e)
			}
		}
		if e := read(see(t, "noout-group-n2")).Exit("n1"); len(e.Changes) != 1 {
			t.Errorf("for another host: %+v", e)
		}
	})
	t.Run("an old version", func(t *testing.T) {
		c := read(see(t, "healthy", `"min_mon_release":16,`, "")).Exit("n2").Changes[0]
		if strings.Join(c.Do.Argv[3:], " ")+", "+strings.Join(c.Undo.Argv[3:], " ") != "osd set noout, osd unset noout" {
			t.Errorf("%+v", c)
		}
		if got := read(see(t, "noout")).Settled(c, true); got.State != service.OK {
			t.Errorf("%+v", got)
		}
		if got := read(see(t, "noout")).Settled(c, false); got.State != service.Wait {
			t.Errorf("%+v", got)
		}
	})
	t.Run("CRUSH has other names", func(t *testing.T) {
		a := see(t, "healthy", `"name":"n2","type":"host"`, `"name":"rack2","type":"host"`)
		c := read(a).Exit("n2").Changes[0]
		if got := strings.Join(c.Do.Argv[3:], " "); got != "osd set-group noout osd.1" {
			t.Error(got)
		}
	})
	t.Run("no OSD", func(t *testing.T) {
		a := see(t, "healthy", `"name":"n2","type":"host"`, `"name":"rack2","type":"host"`, "/usr/bin/ceph-osd", "/usr/bin/other")
		if e := read(a).Exit("n2"); len(e.Changes) != 0 {
			t.Errorf("%+v", e)
		}
	})
	t.Run("a peer without the key", func(t *testing.T) {
		c := read(with(see(t, "healthy"), "n1", keyless("n1"))).Exit("n2").Changes[0]
		if !slices.Equal(c.On, []string{"n3", "n2"}) {
			t.Errorf("%+v", c.On)
		}
	})
	if e := read(service.Answers{}).Exit("n1"); len(e.Changes) != 0 {
		t.Errorf("nothing is known: %+v", e)
	}
}

func TestDaemons(t *testing.T) {
	got := parseDaemons([]string{
		"/usr/bin/ceph-osd -f --cluster ceph --id 12 --setuser ceph --setgroup ceph",
		"/usr/bin/ceph-osd -n osd.3 -f --setuser ceph --setgroup ceph --default-log-to-file=false",
		"ceph-osd --cluster=ceph -i 7",
		"ceph-osd --id=12",
		"/usr/bin/ceph-mon -n mon.n1.example.org -f",
		"ceph-mon --id n2 -f",
		"/usr/bin/ceph-mgr -n mgr.n1.abcdef -f",
		"/usr/bin/ceph-osd --version",
		"/usr/bin/ceph-mds -i 5",
	})
	if !slices.Equal(got.osds, []int{3, 7, 12}) || !slices.Equal(got.mons, []string{"n1.example.org", "n2"}) || got.mgrs != 1 {
		t.Errorf("%+v", got)
	}
}

// Where the processes cannot be listed it is not known that no daemon runs.
func TestBlind(t *testing.T) {
	a := servicetest.Blind(t, Service{}.Asks("n1", []string{"n1", "n2"})[0])
	if s := (Service{}).Read([]string{"n1"}, service.Answers{"n1": {askAll: a}}).(view).seen["n1"]; s.err == nil || s.told {
		t.Errorf("%+v", s)
	}
}

// A change of before is known by its arguments, or its ID.
func TestOldChange(t *testing.T) {
	v := read(see(t, "healthy", `"min_mon_release":16,`, ""))
	c := v.Exit("n2").Changes[0]
	servicetest.SameSettled(t, v, servicetest.OldChanges(t, Name)[c.ID], c)
}
