package rollout

import (
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// votes is a service that some hosts can leave and others never.
type votes struct {
	service.View
	never, notNow string
}

func (votes) Health([]string) []service.Verdict { return nil }

func (v votes) Leave(host string) []service.Verdict {
	all := service.Verdict{Service: "db", Name: "majority", Host: host, State: service.OK}
	if host == v.never || host == v.notNow {
		all.State, all.Reason, all.Risk, all.Lasts = service.Stop, "no majority without "+host, "no-majority", host == v.never
	}
	return []service.Verdict{all}
}

// A host that can never leave is told before the first one goes; one that cannot now may wait.
func TestNever(t *testing.T) {
	for name, c := range map[string]struct {
		view votes
		r    run.Request
		want string
	}{
		"none":                       {votes{}, run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2"}}, ""},
		"one of two":                 {votes{never: "n1"}, run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2"}}, "no majority without n1"},
		"it is not to go":            {votes{never: "n1"}, run.Request{Verb: run.Roll, Hosts: []string{"n2"}}, ""},
		"it alone":                   {votes{never: "n1"}, run.Request{Verb: run.On, Hosts: []string{"n1"}}, "no majority without n1"},
		"not now":                    {votes{notNow: "n1"}, run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2"}}, ""},
		"all go":                     {votes{never: "n1"}, run.Request{Verb: run.Down, Hosts: []string{"n1", "n2"}}, ""},
		"its risk is accepted":       {votes{never: "n1"}, run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2"}, Risks: []run.Risk{{Name: "no-majority"}}}, ""},
		"another's risk is accepted": {votes{never: "n1"}, run.Request{Verb: run.Roll, Hosts: []string{"n1", "n2"}, Risks: []run.Risk{{Name: "full-resync"}}}, "no majority without n1"},
	} {
		s := Observation{Views: []NamedView{{"db", c.view}}}
		for _, host := range []string{"n1", "n2"} {
			s.Hosts = append(s.Hosts, HostStatus{Host: host, Status: api.Status{Mode: api.ModeOperational, Enabled: true}})
		}
		_, refused := s.refusal(c.r)
		got := ""
		if refused != nil {
			got = refused.Error()
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
