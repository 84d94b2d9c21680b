package site

import (
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/config"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/detect"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/cluster/service/unwatched"
)

// What runs and nobody looks after has a service of its own that says so, until a service,
// a check or the configuration covers it.
func TestPlaceUnwatched(t *testing.T) {
	galera := map[string]detect.Presence{"galera": detect.Runs}
	for name, c := range map[string]struct {
		text      string
		found     map[string]map[string]detect.Presence
		processes map[string][]string
		want      []string
	}{
		"nothing":                   {"", nil, nil, nil},
		"a database in Galera":      {"", map[string]map[string]detect.Presence{"n1": galera, "n2": galera}, map[string][]string{"n1": {"mysql"}, "n2": {"mysql"}}, nil},
		"one that is not":           {"", map[string]map[string]detect.Presence{"n1": galera}, map[string][]string{"n1": {"mysql"}, "n3": {"mysql"}}, []string{"n3"}},
		"never to be looked at":     {"services: {galera: {enabled: 'no'}}\n", nil, map[string][]string{"n3": {"mysql"}}, []string{"n3"}},
		"it is on other hosts":      {"services: {etcd: {hosts: [n1]}}\n", nil, map[string][]string{"n1": {"etcd"}, "n3": {"etcd"}}, []string{"n3"}},
		"a host without services":   {"services: {unwatched: []}\n", nil, map[string][]string{"n3": {"pacemaker-remote"}}, []string{"n3"}},
		"an arbiter alone":          {"", map[string]map[string]detect.Presence{"n1": galera, "n2": galera}, map[string][]string{"n1": {"mysql"}, "n3": {"garbd"}}, []string{"n3"}},
		"something else":            {"", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis", "garbd"}}, []string{"n1", "n2"}},
		"with a check of that name": {"checks: [{name: redis, check: [a]}]\n", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis", "garbd"}}, []string{"n2"}},
		"with a check elsewhere":    {"checks: [{name: redis, hosts: [n2], check: [a]}]\n", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis"}}, []string{"n1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := configured(t, c.text, c.found)
			s.processes = c.processes
			s.place(c.found)
			if got := s.Cluster.Members[unwatched.Name]; !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			last := ""
			if n := len(s.Cluster.Services); n > 0 {
				last = s.Cluster.Services[n-1].Name()
			}
			if (last == unwatched.Name) != (len(c.want) > 0) {
				t.Errorf("the last service is %q", last)
			}
			// A run that is gone on with looks at the same.
			s.useMembers()
			if n := len(s.Cluster.Services); n > 0 && (s.Cluster.Services[n-1].Name() == unwatched.Name) != (len(c.want) > 0) {
				t.Errorf("taken up, the last service is %q", s.Cluster.Services[n-1].Name())
			}
		})
	}
}

// What of a service that is looked after runs where no health check covers it is named as well,
// whether the service is switched off or was not found there.
func TestServicesThatAreSwitchedOff(t *testing.T) {
	for kind, svc := range lookedAfter {
		there := map[string]map[string]detect.Presence{"n1": {svc: detect.Runs}}
		for name, c := range map[string]struct {
			text  string
			found map[string]map[string]detect.Presence
			want  bool
		}{
			"found":     {"", there, false},
			"not found": {"", nil, true},
			"off":       {"services: {" + svc + ": {enabled: 'no'}}\n", there, true},
			"elsewhere": {"services: {" + svc + ": {hosts: [n2]}}\n", there, true},
		} {
			s := configured(t, c.text, c.found)
			s.processes = map[string][]string{"n1": {kind}}
			s.place(c.found)
			if got := slices.Contains(s.Cluster.Members[unwatched.Name], "n1"); got != c.want {
				t.Errorf("%s, %s: %v", kind, name, got)
			}
		}
	}
}

// A waiver holds for as long as it stands in the configuration, and is shown with its reason;
// also in a run that is gone on with.
func TestWaived(t *testing.T) {
	s := configured(t, "services: {unwatched: [{name: redis, reason: a cache}]}\n", nil)
	s.processes = map[string][]string{"n1": {"redis"}, "n2": {"redis", "garbd"}}
	s.place(nil)
	waived(t, s)
	s.useMembers()
	waived(t, s)
}

func waived(t *testing.T, s *Site) {
	t.Helper()
	i := slices.IndexFunc(s.Cluster.Services, func(svc service.Service) bool { return svc.Name() == unwatched.Name })
	if i < 0 {
		t.Fatal("it is not shown")
	}
	members := s.Cluster.Members[unwatched.Name]
	answers := service.Answers{}
	for _, host := range members {
		text := ""
		for _, kind := range s.processes[host] {
			text += "process " + kind + "\n"
		}
		answers[host] = map[string]service.Answer{}
		for _, ask := range s.Cluster.Services[i].Asks(host, members) {
			answers[host][ask.ID] = servicetest.Printed(text + "end\n")
		}
	}
	var got []string
	for _, v := range s.Cluster.Services[i].Read(members, answers).Health(nil) {
		got = append(got, v.Host+" "+v.Name+" "+string(v.State)+" "+v.Evidence)
	}
	want := []string{"n1 redis ok services.unwatched in the configuration: a cache", "n2 redis ok services.unwatched in the configuration: a cache", "n2 garbd unknown ps on n2"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The names that the configuration takes are those that are looked for.
func TestKindsOfTheConfiguration(t *testing.T) {
	known, taken := service.Kinds(), config.Kinds()
	slices.Sort(known)
	slices.Sort(taken)
	if !slices.Equal(known, taken) {
		t.Errorf("looked for %q, taken %q", known, taken)
	}
	for kind := range lookedAfter {
		if !slices.Contains(known, kind) {
			t.Errorf("%s is not looked for", kind)
		}
	}
	s := &Site{}
	if s.ofChecks([]run.Risk{{Name: "unwatched-redis"}}) != nil || s.ofChecks([]run.Risk{{Name: "unwatched-rediss"}}) == nil {
		t.Error("the risk of what is not known is taken, or that of what is known is not")
	}
}

// Where nothing at all is found it is said what was looked for; not where a host did not tell.
func TestLookedFor(t *testing.T) {
	s := configured(t, "", nil)
	if got := s.LookedFor(); got != "" {
		t.Errorf("nobody was asked, and it says %q", got)
	}
	s.detected = true
	if got := s.LookedFor(); !strings.HasPrefix(got, "No service found on n1, n2, n3. Looked for: pacemaker, galera,") || !strings.Contains(got, "zookeeper") {
		t.Errorf("%q", got)
	}
	s.place(map[string]map[string]detect.Presence{"n1": {"galera": detect.Runs}})
	if got := s.LookedFor(); got != "" {
		t.Errorf("there is one, and it says %q", got)
	}
}

// status and check say it.
func TestNothingFound(t *testing.T) {
	s, _ := reachable(t, 3)
	s.Cluster.Hosts = s.Cluster.Hosts[1:]
	const want = "No service found on n2, n3. Looked for: "
	if st, err := s.Status(t.Context(), false); err != nil || !strings.HasPrefix(st.LookedFor, want) {
		t.Errorf("status: %v, %s", err, st.LookedFor)
	}
	if _, err := s.Check(t.Context(), ""); err != nil || !strings.HasPrefix(s.LookedFor(), want) {
		t.Errorf("check: %v, %s", err, s.LookedFor())
	}
}
