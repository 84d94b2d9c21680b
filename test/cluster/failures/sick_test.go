//go:build e2e

package failures_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The cluster is unhealthy before anything starts: refused, with the evidence, and
// nothing is changed.
func TestUnhealthyBefore(t *testing.T) {
	for _, c := range []struct {
		name      string
		make      func(ctx context.Context, t *testing.T)
		says      []string
		untouched []string
		// still wants what somebody set to be as it was.
		still func(ctx context.Context, t *testing.T)
		quick bool
	}{
		{name: "a standby that somebody set", quick: true, untouched: []string{"n1", "n2", "n3"},
			make: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n1", "crm_attribute -t nodes -N n3 -n standby -v on")
			},
			says: []string{"n3 is in standby, set by hand"},
			still: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n1", "crm_attribute -t nodes -N n3 -n standby -G -q | grep -qx on")
			}},
		{name: "a desynced database", untouched: []string{"n1", "n2", "n3"},
			make: func(ctx context.Context, t *testing.T) { do(ctx, t, "n3", "mariadb -e 'SET GLOBAL wsrep_desync = ON'") },
			says: []string{"n3", "wsrep_desync=ON"},
			still: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n3", "mariadb -NBe 'SELECT @@wsrep_desync' | grep -qx 1")
			}},
		{name: "a queue with its only copy", quick: true, untouched: []string{"n1", "n2", "n3"},
			make: func(ctx context.Context, t *testing.T) { onlyCopy(ctx, t) },
			says: []string{"lonely", "on n2 alone", "--accept-risk=queue-unserved"},
			still: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n2", "rabbitmqctl -q list_queues name | grep -qx lonely")
			}},
		{name: "a server that somebody drained in HAProxy", untouched: []string{"n1", "n2", "n3"},
			make: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n1", "echo 'set server mysql/n3 state drain' | socat - UNIX-CONNECT:/run/haproxy/admin.sock")
			},
			says: []string{"mysql/n3", "set by hand"},
			still: func(ctx context.Context, t *testing.T) {
				do(ctx, t, "n1", "echo 'show stat' | socat - UNIX-CONNECT:/run/haproxy/admin.sock | grep '^mysql,n3' | grep -q DRAIN")
			}},
		{name: "a node down", untouched: []string{"n1", "n2"},
			make: func(ctx context.Context, t *testing.T) {
				if err := host("n3").Cut(ctx); err != nil {
					t.Fatal(err)
				}
			},
			says: []string{"n3"}},
		{name: "a partition", untouched: []string{"n1", "n2", "n3"},
			make: func(ctx context.Context, t *testing.T) { partition(ctx, t, "n3") },
			says: []string{"n3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.quick {
				soak(t)
			}
			ctx, m := begin(t, 5*time.Minute)
			before := bootsOf(t)
			c.make(ctx, t)
			began := time.Now()
			m.want(ctx, gated, []string{"roll", "--hosts", "n2", "--", "true"}, c.says...)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %s to refuse", took)
			}
			m.want(ctx, gated, []string{"check", "-o", "json", "--without", "n2"})
			before.same(ctx, t, c.untouched...)
			if c.still != nil {
				c.still(ctx, t)
			}
			m.want(ctx, done, []string{"unlock"}, "no run has the cluster lock")
			m.want(ctx, refused, []string{"resume"}, "there is no unfinished run")
		})
	}
}

// onlyCopy makes a queue that no policy mirrors, on n2 alone.
func onlyCopy(ctx context.Context, t *testing.T) {
	t.Helper()
	const policy = `rabbitmqctl -q set_policy lonely '^lonely$' '{"max-length": 1000}' --priority 100 --apply-to queues`
	const declare = `rabbitmqctl -q eval 'rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"lonely">>), true, false, [], none, <<"test">>).' >/dev/null`
	const remove = `rabbitmqctl -q delete_queue lonely; rabbitmqctl -q clear_policy lonely`
	t.Cleanup(func() { _, _ = sh(context.Background(), "n2", remove) })
	do(ctx, t, "n2", policy)
	do(ctx, t, "n2", declare)
}

// partition takes a host out of the network of the others, and leaves the master
// its way to all.
func partition(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	rule := func(ctx context.Context, verb string) {
		for _, h := range shared.Lab.Hosts() {
			if h.Name() == name {
				continue
			}
			_, _ = sh(ctx, h.Name(), fmt.Sprintf("ip route %s blackhole %s", verb, host(name).Addr()))
			_, _ = sh(ctx, name, fmt.Sprintf("ip route %s blackhole %s", verb, h.Addr()))
		}
	}
	rule(ctx, "add")
	t.Cleanup(func() { rule(context.Background(), "del") })
	eventually(ctx, t, "the others do not notice", time.Minute, func() error {
		out, err := sh(ctx, "n1", "crm_mon -1")
		if err == nil && !strings.Contains(out, "OFFLINE: [ "+name) {
			err = fmt.Errorf("%s", out)
		}
		return err
	})
}
