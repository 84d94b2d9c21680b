package rabbitmq_test

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/cluster/service/servicetest"
)

const config = "{[rabbit@n1,rabbit@n2,rabbit@n3],[rabbit@n1,rabbit@n2,rabbit@n3]}."

// files are those of a node that stands still.
func files(host, running string) map[string]service.Answer {
	return map[string]service.Answer{"status": stopped,
		"files": servicetest.Printed("hostname " + host + "\nprocess no\nnode rabbit@" + host + "\nshutdown " + running + "\nmembers " + config + "\n")}
}

func starts(host, running string) map[string]service.Answer {
	f := files(host, running)
	f["files"] = servicetest.Printed(strings.Replace(string(f["files"].Result.Stdout), "process no", "process yes", 1))
	return f
}

func list(nodes ...string) string {
	for i, n := range nodes {
		nodes[i] = "rabbit@" + n
	}
	return "[" + strings.Join(nodes, ",") + "]."
}

// plan is what was decided: groups by ";", changes of one group by "+".
func plan(s service.Start) string {
	var groups []string
	for _, g := range s.Groups {
		var ids []string
		for _, c := range g {
			id := strings.TrimPrefix(c.ID, "rabbitmq/start/")
			if c.Do.Argv[len(c.Do.Argv)-1] == "forced" {
				id += " by force"
			}
			if c.Do.Argv[5] != "0" {
				id += " ahead"
			}
			ids = append(ids, id)
		}
		groups = append(groups, strings.Join(ids, "+"))
	}
	return strings.Join(groups, "; ")
}

func TestColdStart(t *testing.T) {
	running := says(servicetest.Printed(captured(t, "ask-both-n1-stopped-n3")))
	cut := func(n string) map[string]service.Answer {
		return files(n, strings.TrimSpace(captured(t, "nodes_running_at_shutdown-power-cut-"+n)))
	}
	for _, c := range []struct {
		name       string
		n1, n2, n3 map[string]service.Answer
		accepted   []string
		plan, bad  string
	}{
		{"stopped one after another", files("n1", list("n1", "n2", "n3")), files("n2", list("n2", "n3")), files("n3", list("n3")), nil, "n3 ahead+n2+n1", ""},
		{"stopped in another order", files("n1", list("n1", "n2")), files("n2", list("n2")), files("n3", list("n1", "n2", "n3")), nil, "n2 ahead+n1+n3", ""},
		{"power lost one after another", cut("n1"), cut("n2"), cut("n3"), nil, "n1 ahead+n3+n2", ""},
		{"power lost at once", files("n1", list("n1", "n2", "n3")), files("n2", list("n1", "n2", "n3")), files("n3", list("n1", "n2", "n3")), nil, "n1+n2+n3", ""},
		{"one stopped, then power lost", files("n1", list("n1", "n2", "n3")), files("n2", list("n2", "n3")), files("n3", list("n2", "n3")), nil, "n2+n3 ahead+n1", ""},
		{"each says the other went first", files("n1", list("n1")), files("n2", list("n2")), files("n3", list("n1", "n2", "n3")), nil, "", "first stop"},
		{"one runs", files("n1", list("n1", "n2", "n3")), files("n2", list("n2", "n3")), running, nil, "n1; n2", ""},
		{"one runs, and one cannot be read", files("n1", list("n1", "n2", "n3")), gone, running, nil, "n1", "stopped n2 unknown"},
		{"the last cannot be read", files("n1", list("n1", "n2", "n3")), files("n2", list("n2", "n3")), gone, nil, "", "stopped n3 unknown, missing n3 unknown (missing-member)"},
		{"the last cannot be read, and that is accepted", files("n1", list("n1", "n2", "n3")), files("n2", list("n2", "n3")), gone, []string{rabbitmq.RiskMissing},
			"n2 by force ahead+n1", "stopped n3 unknown, missing n3 unknown (missing-member)"},
		{"the first cannot be read", gone, files("n2", list("n2", "n3")), files("n3", list("n3")), nil, "n3 ahead+n2", "stopped n1 unknown"},
		{"all are starting, and their files change", starts("n1", list("n1")), starts("n2", list("n2")), starts("n3", list("n1", "n2", "n3")), nil, "n1+n2+n3", ""},
		{"one is starting and waits", files("n1", list("n1", "n2", "n3")), starts("n2", list("n2", "n3")), files("n3", list("n3")), nil, "n1+n2+n3", ""},
		{"one is starting, and one cannot be read", files("n1", list("n1", "n2", "n3")), starts("n2", list("n2", "n3")), gone, nil, "n1+n2", "stopped n3 unknown"},
		{"none can be read", gone, gone, gone, nil, "", "stopped n1 unknown, stopped n2 unknown, stopped n3 unknown, first unknown"},
		{"no files", map[string]service.Answer{"status": stopped, "files": servicetest.Printed("hostname n1\n")}, files("n2", list("n2", "n3")), files("n3", list("n3")), nil,
			"n3 ahead+n2", "stopped n1 unknown"},
		{"files of an old name besides", map[string]service.Answer{"status": stopped, "files": servicetest.Printed("hostname n1\nnode rabbit@localhost\nshutdown [rabbit@localhost].\nmembers " + config +
			"\nnode rabbit@n1\nshutdown [rabbit@n1].\nmembers " + config + "\n")}, files("n2", list("n1", "n2")), files("n3", list("n1", "n3", "n2")), nil, "n1 ahead+n2+n3", ""},
		{"files of a node that was alone", map[string]service.Answer{"status": stopped, "files": servicetest.Printed("hostname n1\nnode rabbit@n1\nshutdown [rabbit@n1].\nmembers [rabbit@n1].\n")},
			files("n2", list("n1", "n2")), files("n3", list("n1", "n3", "n2")), nil, "", "first stop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start, vs := rabbitmq.ColdStart(members, service.Answers{"n1": c.n1, "n2": c.n2, "n3": c.n3}, c.accepted)
			if got := plan(start); got != c.plan {
				t.Errorf("decided %q, want %q", got, c.plan)
			}
			if got := find(vs); got != c.bad {
				t.Errorf("said %q, want %q", got, c.bad)
			}
		})
	}
}

// TestColdStartOfCapture: the files as the ask prints them.
func TestColdStartOfCapture(t *testing.T) {
	a := service.Answers{}
	for _, m := range members {
		a[m] = map[string]service.Answer{"status": stopped, "files": servicetest.Printed(captured(t, "ask-files-healthy-"+m))}
	}
	if start, vs := rabbitmq.ColdStart(members, a, nil); plan(start) != "n1+n2+n3" || find(vs) != "" {
		t.Errorf("decided %q: %q", plan(start), find(vs))
	}
}

func TestStarted(t *testing.T) {
	change := service.Change{ID: "rabbitmq/start/n2", Target: "n2"}
	for _, c := range []struct {
		name    string
		answers service.Answers
		want    service.State
	}{
		{"runs", real3(t, "n1"), service.OK},
		{"runs, and another is not there yet", with(with(real3(t, "n1"), "n2", of("rabbit@n2", captured(t, "ask-both-n2-stopped-n3"))), "n1", down), service.Wait},
		{"not yet", without(t), service.Wait},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (rabbitmq.Service{}).Read(members, c.answers).Settled(change, true); got.State != c.want {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// Where the processes cannot be listed it is not known that none is starting.
func TestBlind(t *testing.T) {
	a := servicetest.Blind(t, rabbitmq.ColdAsks("n1")[1])
	if text, err := a.Output(); err == nil {
		t.Errorf("%q", text)
	}
}
