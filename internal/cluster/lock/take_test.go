package lock_test

import (
	"strings"
	"testing"
)

func TestTakeWants(t *testing.T) {
	for name, x := range map[string]struct {
		prepare func(c *cluster)
		words   string
	}{
		"quorum":    {func(c *cluster) { c.parts["n1"], c.parts["n2"] = 1, 2 }, "n1: it has no quorum; n2: it has no quorum; n3: it has no quorum"},
		"Pacemaker": {func(c *cluster) { c.stopped["n1"], c.stopped["n2"], c.stopped["n3"] = true, true, true }, "Transport endpoint is not connected"},
		"an answer": {func(c *cluster) { c.away["n1"], c.away["n2"], c.away["n3"] = true, true, true }, "cannot reach it"},
		"quorum to the end": {func(c *cluster) {
			c.before = func(_, line string) {
				if strings.HasPrefix(line, "cibadmin -C") {
					c.do(func() { c.parts["n1"] = 1 })
				}
			}
		}, "n1 lost quorum in the meantime"},
		"the others to agree": {func(c *cluster) {
			c.before = func(host, line string) {
				if host == "n2" {
					c.do(func() { c.sets["n2"] = "" })
				}
			}
		}, "n2 does not have the claim that n1 has"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			x.prepare(c)
			k := c.keeper()
			_, _, err := k.Acquire(t.Context(), claim("r1"))
			if err == nil || !strings.Contains(err.Error(), "cannot take the cluster lock in the Pacemaker CIB: ") || !strings.Contains(err.Error(), x.words) {
				t.Errorf("it says %v, want %q", err, x.words)
			}
			// Nothing of it stays here, so that another run may try.
			k.Engine = nil
			acquire(t, k, "r2")
		})
	}
}

func TestTakeGoesOnToTheNextHost(t *testing.T) {
	c := newCluster(t)
	c.away["n1"], c.stopped["n2"] = true, true
	acquire(t, c.keeper(), "r1")
	drowsy := newCluster(t)
	drowsy.drowsy = true
	ctx, _ := acquire(t, drowsy.keeper(), "r1")
	wantKept(ctx, t, drowsy)
	// The part that is cut off never has a say.
	apart := newCluster(t)
	apart.parts["n1"] = 1
	acquire(t, apart.keeper(), "r1")
	if apart.sets["n1"] != "" || !strings.Contains(apart.sets["n2"], "r1") {
		t.Errorf("the hosts have %q", apart.sets)
	}
}

// A host that is joining shows nothing; another that was asked first shows whose the
// cluster is.
func TestTakeAtAHostThatIsJoining(t *testing.T) {
	c := newCluster(t)
	acquire(t, c.keeper(), "r1")
	c.do(func() { c.sets["n2"] = ""; c.parts["n2"] = 0 })
	k := c.keeper("n2", "n3", "n1")
	before := func(host, line string) {
		if strings.HasPrefix(line, "cibadmin -C") {
			// What it makes of its own goes when it has joined.
			c.do(func() { c.parts["n2"] = 7; c.sets["n2"] = "" })
			return
		}
		c.do(func() {
			if c.parts["n2"] == 7 {
				c.parts["n2"] = 0
			}
		})
	}
	c.do(func() { c.before = before })
	_, _, err := k.Acquire(t.Context(), claim("r2"))
	wantHeld(t, err, "r1")
}
