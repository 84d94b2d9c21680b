package rollout

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// teller is a service of which one member tells more.
type teller struct{ service.Service }

func (teller) Name() string { return "teller" }

func (teller) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: "a", Argv: []string{"little"}}}
}

func (teller) AsksMore(string, []string) []service.Ask {
	return []service.Ask{{ID: "a", Argv: []string{"much"}}}
}

func (teller) Spoke(a map[string]service.Answer) bool {
	out, err := a["a"].Output()
	return err == nil && out == "much"
}

func (teller) Read(_ []string, a service.Answers) service.View { return told{answers: a} }

type told struct {
	service.View
	answers service.Answers
}

// tellers are hosts that answer with what they were asked, and note it.
type tellers struct {
	lock  sync.Mutex
	asked []string
	// dead answer nothing, mute nothing more than little.
	dead, mute []string
}

func (h *tellers) run(host string) execx.Runner {
	return runnerFunc(func(_ context.Context, cmd execx.Cmd) (execx.Result, error) {
		h.lock.Lock()
		defer h.lock.Unlock()
		word := cmd.Argv[0]
		h.asked = append(h.asked, host+" "+word)
		switch {
		case slices.Contains(h.dead, host):
			return execx.Result{}, errors.New("no route to host")
		case word == "much" && slices.Contains(h.mute, host):
			return execx.Result{Code: 1}, nil
		}
		return execx.Result{Stdout: []byte(word)}, nil
	})
}

// What every member would tell alike one is asked for: a peer of those that are spared, and
// another one where it does not answer. Nobody is asked twice but for that.
func TestOneMemberTellsForAll(t *testing.T) {
	for name, c := range map[string]struct {
		spare, dead, mute []string
		asked, much       []string
	}{
		"the first":             {nil, nil, nil, []string{"n1 much", "n2 little", "n3 little"}, []string{"n1"}},
		"not who is to leave":   {[]string{"n1"}, nil, nil, []string{"n1 little", "n2 much", "n3 little"}, []string{"n2"}},
		"nor who is away":       {[]string{"n2", "n1"}, nil, nil, []string{"n1 little", "n2 little", "n3 much"}, []string{"n3"}},
		"it is dead":            {nil, []string{"n1"}, nil, []string{"n1 much", "n2 little", "n2 much", "n3 little"}, []string{"n2"}},
		"so is the next":        {nil, []string{"n1", "n2"}, nil, []string{"n1 much", "n2 little", "n3 little", "n3 much"}, []string{"n3"}},
		"it cannot tell":        {nil, nil, []string{"n1"}, []string{"n1 much", "n2 little", "n2 much", "n3 little"}, []string{"n2"}},
		"only who is to leave":  {[]string{"n1"}, []string{"n2", "n3"}, nil, []string{"n1 little", "n1 much", "n2 much", "n3 little"}, []string{"n1"}},
		"nobody can":            {nil, nil, []string{"n1", "n2", "n3"}, []string{"n1 much", "n2 little", "n2 much", "n3 little", "n3 much"}, nil},
		"nobody answers at all": {nil, []string{"n1", "n2", "n3"}, nil, []string{"n1 much", "n2 little", "n3 little"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := &tellers{dead: c.dead, mute: c.mute}
			members := []string{"n1", "n2", "n3"}
			cluster := Cluster{Services: []service.Service{teller{}}, Members: map[string][]string{"teller": members}, Runner: h.run}
			answers := cluster.Sparing(c.spare...).Observe(t.Context(), Limits{}).Views[0].View.(told).answers
			slices.Sort(h.asked)
			if !slices.Equal(h.asked, c.asked) {
				t.Errorf("asked %q, want %q", h.asked, c.asked)
			}
			var much []string
			for _, m := range members {
				if (teller{}).Spoke(answers[m]) {
					much = append(much, m)
				}
			}
			if !slices.Equal(much, c.much) {
				t.Errorf("%q told, want %q", much, c.much)
			}
		})
	}
	h := &tellers{}
	cluster := Cluster{Services: []service.Service{teller{}}, Members: map[string][]string{"teller": {"n1", "n2"}}, Runner: h.run}
	cluster.About(service.Change{Service: "teller"}).Observe(t.Context(), Limits{})
	if slices.Sort(h.asked); !slices.Equal(h.asked, []string{"n1 little", "n2 little"}) {
		t.Errorf("about a change %q were asked", h.asked)
	}
}

// speaking is the service of a world, of which one member is asked for more.
type speaking struct{ simService }

func (speaking) AsksMore(string, []string) []service.Ask {
	return []service.Ask{{ID: "state", Argv: []string{"state", "db", "all"}}}
}

func (speaking) Spoke(a map[string]service.Answer) bool {
	_, err := a["state"].Output()
	return err == nil
}

// Before a host leaves its peers are asked, and who is away is asked for nothing.
func TestAPeerSpeaksAtTheGate(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	e := w.engine(&memory{}, quick())
	e.Cluster.Services = []service.Service{simService{w, "lb"}, speaking{simService{w, "db"}}}
	var lock sync.Mutex
	gates, spoke := map[string]bool{}, 0
	runner := e.Cluster.Runner
	e.Cluster.Runner = func(host string) execx.Runner {
		return runnerFunc(func(ctx context.Context, cmd execx.Cmd) (execx.Result, error) {
			if slices.Equal(cmd.Argv, []string{"state", "db", "all"}) {
				lock.Lock()
				defer lock.Unlock()
				spoke++
				if c := e.state.Current(); c != nil && c.Next < len(c.Steps) {
					step := c.Steps[c.Next]
					if step.Kind == run.Gate {
						gates[step.Host] = true
					}
					if step.Host == host && (step.Kind == run.Gate || c.Entered) {
						t.Errorf("%s speaks for all in the step %q of its own", host, step.Title)
					}
				}
			}
			return runner(host).Run(ctx, cmd)
		})
	}
	if err := e.Begin(t.Context(), request(run.Roll, w.names...)); err != nil {
		t.Fatal(err)
	}
	if outcome, err := e.Go(t.Context()); outcome != Ended || err != nil {
		t.Fatalf("%v, %v", outcome, err)
	}
	if len(gates) != 3 || spoke == 0 {
		t.Errorf("at the gates of %v somebody spoke, %d times in all", gates, spoke)
	}
}
