package galera_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

const (
	history = "fca7558c-e721-11f1-9cad-025da6bd908b"
	other   = "0badcafe-e721-11f1-9cad-025da6bd908b"
	none    = "00000000-0000-0000-0000-000000000000"
)

func grastate(uuid string, seqno int, safe int) string {
	return fmt.Sprintf("file grastate.dat\n# GALERA saved state\nversion: 2.1\nuuid:    %s\nseqno:   %d\nsafe_to_bootstrap: %d\n", uuid, seqno, safe)
}

// host has a database that stands still, with these files.
func host(files string) map[string]service.Answer {
	return map[string]service.Answer{"status": servicetest.Printed(notRunning), "files": servicetest.Printed("process no\n" + files + "end\n")}
}

func starting(files string) map[string]service.Answer {
	return map[string]service.Answer{"status": servicetest.Printed("umm_error\tERROR 2002\numm_process\tyes\n"), "files": servicetest.Printed("process yes\n" + files + "end\n")}
}

func recovered(h map[string]service.Answer, position string) map[string]service.Answer {
	h["recover"] = servicetest.Printed("position " + position + "\n")
	return h
}

func runs(status string) map[string]service.Answer {
	return map[string]service.Answer{"status": servicetest.Printed(status), "files": servicetest.Printed("process yes\nend\n")}
}

func gone() map[string]service.Answer {
	return map[string]service.Answer{"status": servicetest.Unreachable, "files": servicetest.Unreachable}
}

// plan is what was decided, in short: groups by ";", changes of a group by "+", hosts
// of which more is asked behind "?".
func plan(s service.Start) string {
	var groups []string
	for _, g := range s.Groups {
		var ids []string
		for _, c := range g {
			ids = append(ids, strings.TrimPrefix(c.ID, "galera/"))
		}
		groups = append(groups, strings.Join(ids, "+"))
	}
	var more []string
	for host := range s.More {
		more = append(more, host)
	}
	slices.Sort(more)
	if len(more) > 0 {
		groups = append(groups, "? "+strings.Join(more, " "))
	}
	return strings.Join(groups, "; ")
}

func TestColdStart(t *testing.T) {
	up, _, _ := healthy(t)
	alone := set(up, "wsrep_cluster_size=1")
	lost := captured(t, "status-non-primary-n1")
	lostAt := func(seqno string) string {
		return set(lost, "wsrep_cluster_size=1", "wsrep_local_state_uuid="+history, "wsrep_last_committed="+seqno)
	}
	cut := func(n, position string) map[string]service.Answer {
		h := host("file grastate.dat\n" + captured(t, "grastate-power-cut-"+n) + "file gvwstate.dat\n" + captured(t, "gvwstate-power-cut-"+n))
		if position != "" {
			recovered(h, strings.TrimPrefix(strings.TrimSpace(captured(t, position)), "--wsrep_start_position="))
		}
		return h
	}
	view := "file gvwstate.dat\nmy_uuid: " + history + "\n#vwbeg\nview_id: 3 " + history + " 4\nbootstrap: 0\nmember: a 0\nmember: b 0\nmember: c 0\n#vwend\n"
	lostWith := func(seqno, files string) map[string]service.Answer {
		h := runs(lostAt(seqno))
		h["files"] = servicetest.Printed("process yes\n" + files + "end\n")
		return h
	}
	for _, c := range []struct {
		name       string
		n1, n2, n3 map[string]service.Answer
		accepted   []string
		plan, bad  string
	}{
		{"all stopped in order", host(grastate(history, 6, 0)), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil,
			"bootstrap/n3; start/n2; start/n1", ""},
		{"nothing was written meanwhile: the flag decides", host(grastate(history, 6, 0)), host(grastate(history, 6, 1)), host(grastate(history, 6, 0)), nil,
			"bootstrap/n2; start/n1; start/n3", ""},
		{"no flag anywhere, as before Galera 3.19", host(grastate(history, 6, 0)), host(grastate(history, 8, 0)), host(grastate(history, 7, 0)), nil,
			"bootstrap/n2; start/n3; start/n1", ""},
		{"power cut", cut("n1", ""), cut("n2", ""), cut("n3", ""), nil, "? n1 n2 n3", "state n1 wait, state n2 wait, state n3 wait, first wait"},
		{"power cut, positions recovered", cut("n1", "galera_recovery-power-cut-n1"), cut("n2", "galera_recovery-power-cut-n2"), cut("n3", "galera_recovery-power-cut-n3"), nil,
			"bootstrap/n1; start/n3; start/n2", ""},
		{"one stopped in order, two cut", host(grastate(history, 6, 0)), host(grastate(history, -1, 0)), host(grastate(history, -1, 0)), nil,
			"? n2 n3", "state n2 wait, state n3 wait, first wait"},
		{"one has no files at all", host(grastate(history, 6, 0)), host(""), host(grastate(history, 5, 0)), nil, "? n2", "state n2 wait, first wait"},
		{"its engine has no position", host(grastate(history, 6, 0)), recovered(host(""), none+":-1"), host(grastate(history, 5, 0)), nil, "", "state n2 unknown"},
		{"its engine is of another history", host(grastate(history, 6, 0)), recovered(host(grastate(history, -1, 0)), other+":9"), host(grastate(history, 5, 0)), nil, "", "state n2 unknown"},
		{"one lost its data in a copy cut short", host(grastate(history, 6, 0)), host(grastate(none, -1, 0)), host(grastate(history, 5, 0)), nil,
			"bootstrap/n1; start/n3; start/n2", ""},
		{"nobody has data, whatever its number", host(grastate(none, 6, 0)), host(grastate(none, 7, 1)), host(grastate(none, 5, 0)), nil, "", "first stop"},
		{"one without data has the largest number", host(grastate(history, 6, 0)), host(grastate(none, 7, 0)), host(grastate(history, 5, 0)), nil,
			"bootstrap/n1; start/n2; start/n3", ""},
		{"nobody has data", host(grastate(none, -1, 0)), host(grastate(none, -1, 0)), host(grastate(none, -1, 0)), nil, "", "first stop"},
		{"two histories", host(grastate(history, 6, 0)), host(grastate(other, 7, 1)), host(grastate(history, 5, 0)), nil, "", "first stop"},
		{"the flag contradicts the numbers", host(grastate(history, 6, 1)), host(grastate(history, 7, 0)), host(grastate(history, 5, 0)), nil, "", "first stop"},
		{"one cannot be read", host(grastate(history, 6, 1)), gone(), host(grastate(history, 5, 0)), nil, "", "state n2 unknown"},
		{"one cannot be read, and that is accepted", host(grastate(history, 6, 1)), gone(), host(grastate(history, 5, 0)), []string{galera.RiskMissing},
			"bootstrap/n1; start/n3", "state n2 unknown"},
		{"another risk is accepted", host(grastate(history, 6, 1)), gone(), host(grastate(history, 5, 0)), []string{"full-resync"}, "", "state n2 unknown"},
		{"the answer was cut short", host(grastate(history, 6, 1)), map[string]service.Answer{"status": servicetest.Printed(notRunning), "files": servicetest.Printed("process no\n" + grastate(history, 9, 1))},
			host(grastate(history, 5, 0)), nil, "", "state n2 unknown"},
		{"a number that is none", host(grastate(history, 6, 1)), host("file grastate.dat\nuuid: " + history + "\nseqno: 12x\n"), host(grastate(history, 5, 0)), nil, "", "state n2 unknown"},
		{"one runs, and has not noticed that the others are gone", runs(up), host(grastate(history, -1, 0)), host(grastate(history, -1, 0)), nil, "", "state n2 wait, state n3 wait, first wait"},
		{"one runs already", runs(alone), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil, "start/n2; start/n3", ""},
		{"one runs already, another cannot be read", runs(alone), host(grastate(history, 8, 0)), gone(), nil, "start/n2", "state n3 unknown"},
		{"one runs already, with an arbiter", runs(set(up, "wsrep_cluster_size=2", "wsrep_incoming_addresses=a:3306,")), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil, "start/n2; start/n3", ""},
		{"the arbiter is left out of the addresses", runs(set(up, "wsrep_cluster_size=2", "wsrep_incoming_addresses=a:3306")), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil, "start/n2; start/n3", ""},
		{"so it is, and the others have just gone", runs(set(up, "wsrep_cluster_size=4", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil, "", "first wait"},
		{"two members where nobody has an address", runs(set(up, "wsrep_cluster_size=2", "wsrep_incoming_addresses=,")), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), nil, "", "first wait"},
		{"without a primary component, the arbiter left out", runs(set(lostAt("7"), "wsrep_cluster_size=4", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), runs(set(lostAt("9"), "wsrep_cluster_size=4", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), runs(set(lostAt("8"), "wsrep_cluster_size=4", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), nil, "regain/n2", ""},
		{"without one, another is counted that is gone", runs(set(lostAt("7"), "wsrep_cluster_size=3", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), runs(set(lostAt("9"), "wsrep_cluster_size=3", "wsrep_incoming_addresses=a:3306,b:3306,c:3306")), host(grastate(history, 5, 0)), nil, "", "first wait"},
		{"two clusters run", runs(up), runs(set(up, "wsrep_cluster_state_uuid=x")), host(grastate(history, 9, 1)), nil, "", "first stop"},
		{"one runs outside of any cluster", runs(set(up, "wsrep_on=OFF")), host(grastate(history, 8, 0)), host(grastate(history, 9, 1)), []string{galera.RiskMissing}, "", "state n1 stop"},
		{"all run without a primary component", runs(lostAt("7")), runs(set(lostAt("9"), "wsrep_cluster_size=3")), runs(lostAt("8")), nil, "regain/n2", ""},
		{"they do not see one another", runs(lostAt("7")), runs(set(lostAt("9"), "wsrep_cluster_size=2")), runs(lostAt("8")), nil, "", "first wait"},
		{"one runs without, and all know one another", lostWith("9", grastate(history, -1, 0)+view), host(grastate(history, -1, 0) + view), starting(grastate(history, -1, 0) + view), nil,
			"start/n2", "state n2 wait"},
		{"one runs without, the others stand still and know one another", lostWith("9", grastate(history, -1, 0)+view), host(grastate(history, -1, 0) + view), host(grastate(history, -1, 0) + view), nil,
			"start/n2+start/n3", "state n2 wait, state n3 wait"},
		{"one runs without, the others have less", runs(lostAt("9")), host(grastate(history, 8, 0)), host(grastate(history, 7, 0)), nil, "regain/n1; start/n2; start/n3", ""},
		{"one runs without, another was not stopped in order", runs(lostAt("9")), host(grastate(history, -1, 0)), host(grastate(history, 7, 0)), nil, "? n2", "state n2 wait, first wait"},
		{"it has less", runs(lostAt("9")), recovered(host(grastate(history, -1, 0)), history+":9"), host(grastate(history, 7, 0)), nil, "regain/n1; start/n2; start/n3", ""},
		{"it has more", runs(lostAt("9")), recovered(host(grastate(history, -1, 0)), history+":10"), host(grastate(history, 7, 0)), nil, "", "first stop"},
		{"all are starting after a power cut", starting(grastate(history, -1, 0) + view), starting(grastate(history, -1, 0) + view), starting(grastate(history, -1, 0) + view), nil, "", "first wait"},
		{"some are starting and wait for the others", starting(grastate(history, -1, 0) + view), host(grastate(history, -1, 0) + view), host(grastate(history, -1, 0) + view), nil,
			"start/n2+start/n3", "state n2 wait, state n3 wait"},
		{"one is starting, and was in another view", starting(grastate(history, -1, 0)), host(grastate(history, -1, 0) + view), host(grastate(history, -1, 0) + view), nil,
			"", "state n2 wait, state n3 wait, first wait"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start, vs := galera.ColdStart(members, service.Answers{"n1": c.n1, "n2": c.n2, "n3": c.n3}, c.accepted)
			if got := plan(start); got != c.plan {
				t.Errorf("decided %q, want %q", got, c.plan)
			}
			if got := find(vs); got != c.bad {
				t.Errorf("said %q, want %q", got, c.bad)
			}
			for _, g := range start.Groups {
				for _, ch := range g {
					if len(ch.Undo.Argv) != 0 || len(ch.On) != 1 || ch.On[0] != ch.Target || ch.Wait.Limit == 0 {
						t.Errorf("%+v is not a start", ch)
					}
				}
			}
		})
	}
}

func TestColdStartOfFailedRecovery(t *testing.T) {
	h := host(grastate(history, -1, 0))
	h["recover"] = service.Answer{Result: execx.Result{Code: 1, Stderr: []byte("a database server runs here")}}
	start, vs := galera.ColdStart(members, service.Answers{"n1": host(grastate(history, 6, 0)), "n2": h, "n3": host(grastate(history, 5, 0))}, nil)
	if plan(start) != "" || find(vs) != "state n2 unknown" {
		t.Errorf("decided %q: %q", plan(start), find(vs))
	}
}

// What is saved and cannot be read exactly is refused by its place.
func TestSavedThatCannotBeRead(t *testing.T) {
	for files, want := range map[string]string{
		"file grastate.dat\n# GALERA saved state\nuuid: " + history + "\nseqno: 12x\n": `grastate.dat, line 3, seqno is "12x", not a sequence number`,
		"file grastate.dat\nuuid: " + history + "\nseqno: 1 2\n":                       `grastate.dat, line 2, seqno is "1 2", not a sequence number`,
		"file grastate.dat\nuuid: " + history[1:] + "\nseqno: 1\n":                     `grastate.dat, line 1, uuid is "` + history[1:] + `", not a UUID`,
		"file grastate.dat\nuuid:\nseqno: 1\n":                                         `grastate.dat, line 1, uuid is "", not a UUID`,
		"file grastate.dat\nuuid: " + history + "\nseqno: 1\nseqno: 9\n":               `grastate.dat, line 3, seqno is there twice`,
		"file grastate.dat\nuuid: " + history + "\nseqno: 1\nsafe_to_bootstrap: yes\n": `grastate.dat, line 3, safe_to_bootstrap is "yes", not 0 or 1`,
		"file grastate.dat\nseqno: 1\n":                                                "grastate.dat has no uuid",
		grastate(history, 1, 0) + "file gvwstate.dat\nview_id: 3 x 4\n":                `gvwstate.dat, line 1, view_id is "3 x 4", not a view`,
	} {
		_, vs := galera.ColdStart([]string{"n1"}, service.Answers{"n1": host(files)}, nil)
		if len(vs) == 0 || vs[0].State != service.Unknown || vs[0].Evidence != want {
			t.Errorf("%q: %+v, want %q", files, vs, want)
		}
	}
	// A line that decides nothing may have no value.
	_, vs := galera.ColdStart([]string{"n1"}, service.Answers{"n1": host(grastate(history, 1, 1) + "cert_index:\n")}, nil)
	if vs[0].State != service.OK {
		t.Errorf("%+v", vs)
	}
}

func FuzzColdStart(f *testing.F) {
	f.Add("process no\n"+grastate(history, -1, 1)+"end\n", "position "+history+":9,0-1-3\n")
	f.Add("process no\nend\n", "position x:y\n")
	f.Fuzz(func(t *testing.T, files, position string) {
		h := map[string]service.Answer{"status": servicetest.Printed(notRunning), "files": servicetest.Printed(files), "recover": servicetest.Printed(position)}
		start, vs := galera.ColdStart(members, service.Answers{"n1": host(grastate(history, 6, 0)), "n2": h, "n3": host(grastate(history, 5, 0))}, nil)
		if len(start.Groups) > 0 && !service.Good(vs) {
			t.Fatalf("decided %q though %v", plan(start), service.Bad(vs))
		}
	})
}

// Whatever the three have saved, the first to start has all that any of them has, and is of
// their history; nothing starts while one cannot be read.
func FuzzDecision(f *testing.F) {
	f.Add(int64(6), int64(8), int64(9), uint8(0b100), uint8(0))
	f.Add(int64(-1), int64(8), int64(8), uint8(0), uint8(0))
	f.Add(int64(6), int64(7), int64(5), uint8(1), uint8(1))
	f.Add(int64(6), int64(7), int64(5), uint8(0), uint8(0b110000))
	f.Add(int64(6), int64(7), int64(5), uint8(0), uint8(0b111111))
	f.Fuzz(func(t *testing.T, a, b, c int64, safe, uuids uint8) {
		seqnos := []int64{a, b, c}
		var of []string
		answers := service.Answers{}
		for i, m := range members {
			uuid := []string{history, history, other, none}[uuids>>(2*i)&3]
			of = append(of, uuid)
			answers[m] = host(grastate(uuid, int(seqnos[i]), int(safe>>i&1)))
		}
		start, vs := galera.ColdStart(members, answers, nil)
		if len(start.Groups) == 0 {
			return
		}
		if !service.Good(vs) {
			t.Fatalf("decided %q though %v", plan(start), service.Bad(vs))
		}
		first := slices.Index(members, start.Groups[0][0].Target)
		for i := range members {
			if of[i] == none {
				continue
			}
			if seqnos[i] < 0 || seqnos[i] > seqnos[first] || of[i] != of[first] {
				t.Errorf("decided %q of %v, %v", plan(start), seqnos, of)
			}
		}
		if len(start.Groups[0]) != 1 || of[first] == none {
			t.Errorf("decided %q", plan(start))
		}
	})
}

// Whatever a member says, and has saved, each verdict is whole, and who is not read is not fine.
func FuzzStatus(f *testing.F) {
	n1, n2, n3 := healthy(f)
	for _, s := range []string{"status-healthy-n1", "status-garbd-n3", "status-non-primary-n1", "status-sst-donor-n1", "ask-status-healthy-n1"} {
		f.Add(captured(f, s), captured(f, "grastate-power-cut-n1")+captured(f, "gvwstate-power-cut-n1"))
	}
	f.Add(n1, "file grastate.dat\n"+captured(f, "grastate-clean-stop"))
	f.Fuzz(func(t *testing.T, status, files string) {
		a := service.Answers{"n1": {"status": servicetest.Printed(status), "files": servicetest.Printed(files)}, "n2": {"status": servicetest.Printed(n2)}, "n3": {"status": servicetest.Printed(n3)}}
		v := galera.Service{}.Read(members, a)
		all := v.Health(nil)
		for _, m := range members {
			all = append(all, v.Leave(m)...)
			v.Exit(m)
		}
		_, cold := galera.ColdStart(members, service.Answers{"n1": a["n1"], "n2": host(grastate(history, 6, 0)), "n3": host(grastate(history, 7, 0))}, nil)
		for _, one := range append(all, cold...) {
			if one.Name == "" || one.Reason == "" || one.State == "" {
				t.Errorf("not a whole verdict: %+v", one)
			}
		}
	})
}
