package clustercli

import (
	"slices"
	"testing"

	"umm/internal/service/detect"
	"umm/internal/service/unwatched"
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
		"never to be looked at":     {"services: {galera: {enabled: 'no'}}\n", nil, map[string][]string{"n3": {"mysql"}}, nil},
		"something else":            {"", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis", "garbd"}}, []string{"n1", "n2"}},
		"with a check of that name": {"checks: [{name: redis, check: [a]}]\n", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis", "garbd"}}, []string{"n2"}},
		"with a check elsewhere":    {"checks: [{name: redis, hosts: [n2], check: [a]}]\n", nil, map[string][]string{"n1": {"redis"}, "n2": {"redis"}}, []string{"n1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := configured(t, c.text, c.found)
			s.processes = c.processes
			s.place(c.found)
			if got := s.cluster.Members[unwatched.Name]; !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			last := ""
			if n := len(s.cluster.Services); n > 0 {
				last = s.cluster.Services[n-1].Name()
			}
			if (last == unwatched.Name) != (len(c.want) > 0) {
				t.Errorf("the last service is %q", last)
			}
			// A run that is gone on with looks at the same.
			s.useMembers()
			if n := len(s.cluster.Services); n > 0 && (s.cluster.Services[n-1].Name() == unwatched.Name) != (len(c.want) > 0) {
				t.Errorf("taken up, the last service is %q", s.cluster.Services[n-1].Name())
			}
		})
	}
}
