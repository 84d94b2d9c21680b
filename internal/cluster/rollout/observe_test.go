package rollout

import (
	"context"
	"slices"
	"sync"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// heard counts who was asked.
type heard struct {
	mu    sync.Mutex
	hosts []string
}

type hearing struct {
	*heard
	host string
}

func (h hearing) Run(context.Context, execx.Cmd) (execx.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hosts = append(h.hosts, h.host)
	return execx.Result{}, nil
}

// local is a service of which each member knows for itself.
type local struct{ name string }

func (l local) Name() string { return l.name }
func (l local) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state"}}}
}
func (l local) Read(members []string, _ service.Answers) service.View { return nil }
func (l local) Hears(c service.Change) []string                       { return c.On }

// Whether a change has settled is asked of its service and of the members that know.
func TestAboutAsksWhoKnows(t *testing.T) {
	h := &heard{}
	c := Cluster{Hosts: []string{"a", "b", "c"}, Services: []service.Service{local{"one"}, local{"two"}},
		Members: map[string][]string{"one": {"a", "b", "c"}, "two": {"a", "b", "c"}},
		Runner:  func(host string) execx.Runner { return hearing{h, host} }}
	for _, tt := range []struct{ on, want []string }{
		{[]string{"b"}, []string{"b"}},
		{nil, []string{"a", "b", "c"}},
	} {
		h.hosts = nil
		c.About(service.Change{Service: "one", On: tt.on}).Observe(t.Context(), DefaultLimits())
		slices.Sort(h.hosts)
		if !slices.Equal(h.hosts, tt.want) {
			t.Errorf("of a change on %v %v were asked, want %v", tt.on, h.hosts, tt.want)
		}
	}
}
