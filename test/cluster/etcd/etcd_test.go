//go:build e2e

// Package etcd_test asks a real etcd of three hosts what umm-cluster asks: who may
// leave, what is wrong, and whether the leader hands over.
package etcd_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/etcd"
	"umm/internal/execx"
	"umm/internal/lab"
	"umm/test/cluster/look"
	"umm/test/needs"
)

// name is the lab's. UMM_ETCD_KEEP leaves it up for another look.
const name = "etcd"

// up brings up the hosts with a new etcd, whose database may have a megabyte. The
// image is that of test/cluster/lock.
func up(ctx context.Context, t *testing.T) *lab.Lab {
	t.Helper()
	needs.Root(t)
	l := look.Up(ctx, t, name, "UMM_ETCD_KEEP", "pacemaker", "corosync", "crmsh", "etcd-server", "etcd-client")
	var members []string
	for _, h := range l.Hosts() {
		members = append(members, fmt.Sprintf("%s=http://%s:2380", h.Name(), h.Addr()))
	}
	for _, h := range l.Hosts() {
		conf := fmt.Sprintf("ETCD_NAME=%s\nETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_ADVERTISE_PEER_URLS=http://%[3]s:2380\nETCD_LISTEN_PEER_URLS=http://%[3]s:2380\n"+
			"ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379,http://%[3]s:2379\nETCD_ADVERTISE_CLIENT_URLS=http://%[3]s:2379\nETCD_QUOTA_BACKEND_BYTES=1048576\n",
			h.Name(), strings.Join(members, ","), h.Addr())
		if err := os.WriteFile(filepath.Join(h.Root(), "etc/default/etcd"), []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		look.Shell(ctx, t, h, "systemctl stop etcd; rm -rf /var/lib/etcd/default; systemctl --no-block start etcd")
	}
	return l
}

// says wants one of the verdicts to be of that name, host and state.
func says(t *testing.T, vs []service.Verdict, name, host string, state service.State) {
	t.Helper()
	for _, v := range vs {
		if v.Name == name && v.Host == host && v.State == state {
			t.Logf("%s: %s (%s)", v.State, v.Reason, v.Evidence)
			return
		}
	}
	t.Errorf("no %s %s of %s in %+v", state, name, host, vs)
}

func TestEtcd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	l := up(ctx, t)
	c := look.Cluster(l, etcd.Service{})
	n1, n2 := l.Hosts()[0], l.Hosts()[1]
	v := look.Until(ctx, t, c, "healthy", look.Health())

	t.Run("found", func(t *testing.T) { look.Found(ctx, t, n1, etcd.Name) })
	t.Run("each may leave", func(t *testing.T) {
		for _, h := range l.Hosts() {
			if bad := service.Bad(v.Leave(h.Name())); len(bad) > 0 {
				t.Errorf("%+v", bad)
			}
		}
	})
	t.Run("the leader hands over", func(t *testing.T) { handsOver(ctx, t, l, c, v) })
	t.Run("with one down nobody else may leave", func(t *testing.T) {
		look.Shell(ctx, t, n2, "systemctl stop etcd")
		begun := time.Now()
		v := look.At(ctx, c)
		took := time.Since(begun)
		t.Logf("a look with a member down takes %s", took.Round(time.Millisecond))
		if took > 10*time.Second {
			t.Error("a member that is down holds up the look")
		}
		says(t, v.Health(nil), "answers", "n2", service.Wait)
		says(t, v.Leave("n1"), "quorum-without", "n1", service.Stop)
		says(t, v.Leave("n2"), "quorum-without", "n2", service.OK)
		look.Until(ctx, t, c, "n2 is known to be away", look.Health("n2"))
		look.Shell(ctx, t, n2, "systemctl start etcd")
		look.Until(ctx, t, c, "n2 is back", look.Health())
	})
	t.Run("a full database", func(t *testing.T) {
		look.Shell(ctx, t, n1, `head -c 200000 /dev/zero | tr '\0' x >/tmp/big; i=0
while [ $i -lt 12 ]; do ETCDCTL_API=3 etcdctl put k$i </tmp/big >/dev/null 2>&1 || break; i=$((i+1)); done; [ $i -lt 12 ]`)
		if health := look.Shell(ctx, t, n1, "ETCDCTL_API=3 etcdctl endpoint health --cluster 2>&1"); strings.Contains(health, "unhealthy") {
			t.Errorf("etcdctl itself sees it: %s", health)
		}
		v := look.At(ctx, c)
		bad := service.Bad(v.Health(nil))
		if len(bad) == 0 || bad[0].Name != "alarms" || bad[0].State != service.Stop {
			t.Errorf("%+v", bad)
		}
	})
	t.Run("without quorum", func(t *testing.T) {
		for _, h := range l.Hosts()[1:] {
			look.Shell(ctx, t, h, "systemctl stop etcd")
		}
		look.Until(ctx, t, c, "the last one has no leader", func(v service.View) []service.Verdict {
			for _, one := range v.Leave("n2") {
				if one.State == service.Stop {
					return nil
				}
			}
			return v.Leave("n2")
		})
	})
}

func handsOver(ctx context.Context, t *testing.T, l *lab.Lab, c rollout.Cluster, v service.View) {
	for _, h := range l.Hosts() {
		e := v.Exit(h.Name())
		if len(e.Late) == 0 {
			continue
		}
		if len(e.Changes) != 1 || len(e.Late) != 1 {
			t.Fatalf("%+v", e)
		}
		change := e.Changes[0]
		if got := v.Settled(change, true); got.State != service.Wait {
			t.Errorf("before: %+v", got)
		}
		for range 2 {
			begun := time.Now()
			res, err := h.Runner().Run(ctx, execx.Cmd{Argv: change.Do.Argv})
			if err != nil || res.Code != 0 {
				t.Fatalf("%d, %s, %v", res.Code, res.Stderr, err)
			}
			t.Logf("%s, in %s", change.Title, time.Since(begun).Round(time.Millisecond))
			look.Until(ctx, t, c, "it hands over", look.Settled(change, true))
		}
		look.Until(ctx, t, c, "and all follow the other", look.Health())
		return
	}
	t.Error("nobody leads")
}
