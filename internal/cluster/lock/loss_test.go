package lock_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// bubble is a subtest with a clock of its own: what a busy machine takes is no time in it.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestLoss(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(c *cluster)
		words   string
	}{
		"removed":        {func(c *cluster) { c.spread("n1", "") }, "the claim was removed"},
		"another's":      {func(c *cluster) { c.spread("n1", strings.ReplaceAll(c.sets["n1"], `"r1"`, `"r2"`)) }, "another run holds it: r2"},
		"no quorum":      {func(c *cluster) { c.parts["n1"], c.parts["n2"] = 1, 2 }, "it could not be verified for"},
		"unreachable":    {func(c *cluster) { c.away["n1"], c.away["n2"], c.away["n3"] = true, true, true }, "it could not be verified for"},
		"Pacemaker down": {func(c *cluster) { c.stopped["n1"], c.stopped["n2"], c.stopped["n3"] = true, true, true }, "it could not be verified for"},
		"not to be read": {func(c *cluster) { c.spread("n1", "<x") }, "it could not be verified for"},
		"naming no run":  {func(c *cluster) { c.spread("n1", `<cluster_property_set id="umm-lock"/>`) }, "it could not be verified for"},
	} {
		bubble(t, name, func(t *testing.T) {
			x := newCluster(t)
			k := x.keeper()
			k.Every = time.Second
			warned := make(chan string, 100)
			k.Warn = func(text string) { warned <- text }
			ctx, _ := acquire(t, k, "r1")
			x.do(func() { c.happens(x) })
			wantLost(ctx, t, c.words)
			if doubtful := strings.Contains(c.words, "verified"); doubtful != (len(warned) == 1) {
				t.Errorf("there were %d warnings", len(warned))
			}
		})
	}
}

func TestWhatIsNoLoss(t *testing.T) {
	for name, happens := range map[string]func(c *cluster){
		"a host that went":                func(c *cluster) { c.away["n1"] = true },
		"Pacemaker stopped on a host":     func(c *cluster) { c.stopped["n1"] = true; c.parts["n1"] = 1 },
		"a host cut off":                  func(c *cluster) { c.parts["n1"] = 1 },
		"a host that has yet to join":     func(c *cluster) { c.sets["n1"] = "" },
		"a host with an older entry":      func(c *cluster) { c.sets["n1"] = strings.ReplaceAll(c.sets["n1"], `"r1"`, `"r0"`) },
		"two hosts away, one with quorum": func(c *cluster) { c.away["n1"], c.away["n2"] = true, true },
	} {
		bubble(t, name, func(t *testing.T) {
			c := newCluster(t)
			ctx, _ := acquire(t, c.keeper(), "r1")
			c.do(func() { happens(c) })
			wantKept(ctx, t, c)
		})
	}
}

// Silence is borne for a while, and the time of doubt begins again with each answer.
func TestDoubtEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		k := c.keeper()
		k.Patience = time.Minute
		warned := make(chan string, 100)
		k.Warn = func(text string) { warned <- text }
		ctx, _ := acquire(t, k, "r1")
		for range 3 {
			c.do(func() { c.parts["n1"], c.parts["n2"] = 1, 2 })
			if text := <-warned; !strings.Contains(text, "the cluster lock in the Pacemaker CIB cannot be verified: the hosts that answer have no quorum") {
				t.Errorf("it warns %q", text)
			}
			c.do(func() { clear(c.parts) })
			wantKept(ctx, t, c)
		}
	})
}
