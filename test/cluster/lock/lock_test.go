//go:build e2e

// Package lock_test takes the cluster lock on a real Pacemaker and a real etcd of three hosts,
// through partitions of their network.
package lock_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/lock"
	"umm/internal/lab"
	"umm/test/needs"
)

// name is the lab's. UMM_LOCK_KEEP leaves it up for another look.
const name = "lock"

const corosync = `totem {
	version: 2
	cluster_name: lock
	transport: udpu
	crypto_cipher: none
	crypto_hash: none
}
nodelist {
%s}
quorum {
	provider: corosync_votequorum
}
logging {
	to_syslog: yes
}
`

func up(ctx context.Context, t *testing.T) *lab.Lab {
	t.Helper()
	needs.Root(t)
	l, err := lab.Open(name)
	if err != nil {
		l, err = lab.Up(ctx, lab.Spec{Name: name, Log: os.Stderr, N: 3,
			Image: lab.Image{Packages: []string{"pacemaker", "corosync", "crmsh", "etcd-server", "etcd-client"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UMM_LOCK_KEEP") == "" {
		t.Cleanup(func() { _ = l.Down(context.Background()) })
	}
	var nodes, members []string
	for i, h := range l.Hosts() {
		nodes = append(nodes, fmt.Sprintf("\tnode {\n\t\tring0_addr: %s\n\t\tname: %s\n\t\tnodeid: %d\n\t}\n", h.Addr(), h.Name(), i+1))
		members = append(members, fmt.Sprintf("%s=http://%s:2380", h.Name(), h.Addr()))
	}
	for _, h := range l.Hosts() {
		conf := filepath.Join(h.Root(), "etc/corosync/corosync.conf")
		if err := os.WriteFile(conf, []byte(fmt.Sprintf(corosync, strings.Join(nodes, ""))), 0o644); err != nil {
			t.Fatal(err)
		}
		etcd := fmt.Sprintf("ETCD_NAME=%s\nETCD_INITIAL_CLUSTER=%s\nETCD_INITIAL_ADVERTISE_PEER_URLS=http://%[3]s:2380\nETCD_LISTEN_PEER_URLS=http://%[3]s:2380\n"+
			"ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379\nETCD_ADVERTISE_CLIENT_URLS=http://127.0.0.1:2379\n", h.Name(), strings.Join(members, ","), h.Addr())
		if err := os.WriteFile(filepath.Join(h.Root(), "etc/default/etcd"), []byte(etcd), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range l.Hosts() {
		shell(ctx, t, h, "ip route flush type blackhole; systemctl stop pacemaker etcd; rm -rf /var/lib/etcd/default")
	}
	for _, h := range l.Hosts() {
		shell(ctx, t, h, "systemctl restart corosync && systemctl start pacemaker && systemctl --no-block start etcd")
	}
	for _, h := range l.Hosts() {
		until(ctx, t, func() error {
			_, err := h.Output(ctx, "sh", "-c", "crm_node -q | grep -qx 1 && cibadmin -Q -o crm_config | grep -q dc-version && ETCDCTL_API=3 etcdctl get x")
			return err
		})
		shell(ctx, t, h, `cibadmin -D --xpath '//cluster_property_set[@id="umm-lock"]'`)
	}
	return l
}

func shell(ctx context.Context, t *testing.T, h *lab.Host, line string) {
	t.Helper()
	if _, err := h.Output(ctx, "sh", "-c", line); err != nil {
		t.Fatalf("%s: %v", h.Name(), err)
	}
}

func until(ctx context.Context, t *testing.T, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-tick.C:
		}
	}
}

// cut parts the first host from the others; masters still reach all of them.
func cut(ctx context.Context, t *testing.T, l *lab.Lab, how string) {
	t.Helper()
	first := l.Hosts()[0]
	for _, h := range l.Hosts()[1:] {
		shell(ctx, t, first, fmt.Sprintf("ip route %s blackhole %s", how, h.Addr()))
		shell(ctx, t, h, fmt.Sprintf("ip route %s blackhole %s", how, first.Addr()))
	}
}

func claim(run, master string) lock.Claim {
	return lock.Claim{Run: run, By: "alice", Master: master, Reason: `new <kernel> & "more" \n 'x' ü`, At: time.Now().UTC().Truncate(time.Second)}
}

func TestLease(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	l := up(ctx, t)
	var hosts []lock.Host
	for _, h := range l.Hosts() {
		hosts = append(hosts, lock.Host{Name: h.Name(), Run: h.Runner()})
	}
	for _, engine := range []func(hosts []lock.Host) lock.Engine{
		func(hosts []lock.Host) lock.Engine { return lock.NewCIB(hosts) },
		func(hosts []lock.Host) lock.Engine { return lock.NewEtcd(hosts) },
	} {
		t.Run(engine(nil).Name(), func(t *testing.T) {
			keeper := func(hosts ...lock.Host) lock.Keeper {
				return lock.Keeper{Dir: t.TempDir(), Engine: engine(hosts), Every: 500 * time.Millisecond, Patience: 5 * time.Second}
			}
			t.Run("one at a time", func(t *testing.T) { oneAtATime(ctx, t, keeper(hosts...), keeper(hosts[2], hosts[1])) })
			t.Run("a race", func(t *testing.T) { race(ctx, t, keeper, hosts) })
			t.Run("broken", func(t *testing.T) { broken(ctx, t, keeper(hosts...), keeper(hosts[1:]...)) })
			t.Run("without quorum", func(t *testing.T) { withoutQuorum(ctx, t, l, keeper, hosts) })
		})
	}
}

func oneAtATime(ctx context.Context, t *testing.T, one, other lock.Keeper) {
	first := claim("r1", "fuel1")
	_, held, err := one.Acquire(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	var refused *lock.HeldError
	if _, _, err := other.Acquire(ctx, claim("r2", "fuel2")); !errors.As(err, &refused) || refused.Claim != first {
		t.Fatalf("another is told %v, want %v", err, first)
	}
	if err := held.Detach(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.Acquire(ctx, claim("r2", "fuel2")); !errors.As(err, &refused) {
		t.Fatalf("after the process of r1 ended another is told %v", err)
	}
	locked, held, err := one.Acquire(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(2 * time.Second)
	if locked.Err() != nil {
		t.Fatal(context.Cause(locked))
	}
	if err := held.Release(ctx); err != nil {
		t.Fatal(err)
	}
	_, held, err = other.Acquire(ctx, claim("r2", "fuel2"))
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Release(ctx); err != nil {
		t.Fatal(err)
	}
}

// race lets several masters ask at once, each by another host first.
func race(ctx context.Context, t *testing.T, keeper func(...lock.Host) lock.Keeper, hosts []lock.Host) {
	type outcome struct {
		held *lock.Lock
		err  error
	}
	for round := range 3 {
		results := make(chan outcome)
		for i := range 6 {
			k := keeper(hosts[i%3], hosts[(i+1)%3])
			go func() {
				_, held, err := k.Acquire(ctx, claim(fmt.Sprintf("r%d-%d", round, i), "m"))
				results <- outcome{held, err}
			}()
		}
		var won []*lock.Lock
		for range 6 {
			o := <-results
			var refused *lock.HeldError
			switch {
			case o.err == nil:
				won = append(won, o.held)
			case !errors.As(o.err, &refused):
				t.Error(o.err)
			}
		}
		if len(won) != 1 {
			t.Errorf("%d have the lock", len(won))
		}
		for _, held := range won {
			if err := held.Release(ctx); err != nil {
				t.Error(err)
			}
		}
	}
}

func broken(ctx context.Context, t *testing.T, one, other lock.Keeper) {
	locked, held, err := one.Acquire(ctx, claim("r1", "fuel1"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Detach() }()
	var refused *lock.HeldError
	if err := other.Break(ctx, claim("r0", "")); !errors.As(err, &refused) {
		t.Errorf("breaking another's than was shown: %v", err)
	}
	there := other.Holder(ctx).OnEngine
	if there == nil || there.Run != "r1" {
		t.Fatalf("it shows %v", there)
	}
	if err := other.Break(ctx, *there); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	select {
	case <-locked.Done():
		t.Logf("noticed after %s: %v", time.Since(begun).Round(time.Millisecond), context.Cause(locked))
	case <-time.After(20 * time.Second):
		t.Error("its owner does not notice")
	}
}

func withoutQuorum(ctx context.Context, t *testing.T, l *lab.Lab, keeper func(...lock.Host) lock.Keeper, hosts []lock.Host) {
	// One whose hosts are all in the part that is cut off, one that sees all of them.
	blind, _, err := keeper(hosts[0]).Acquire(ctx, claim("r1", "fuel1"))
	if err != nil {
		t.Fatal(err)
	}
	seeing, held, err := keeper(hosts...).Acquire(ctx, claim("r1", "fuel1"))
	if err != nil {
		t.Fatal(err)
	}
	cut(ctx, t, l, "add")
	defer cut(ctx, t, l, "del")
	begun := time.Now()
	select {
	case <-blind.Done():
		t.Logf("lost %s after the cut: %v", time.Since(begun).Round(time.Millisecond), context.Cause(blind))
	case <-time.After(90 * time.Second):
		t.Error("a part without quorum goes on")
	}
	if _, _, err := keeper(hosts[0]).Acquire(ctx, claim("r2", "fuel2")); err == nil {
		t.Error("a part without quorum gives the lock")
	} else {
		t.Log(err)
	}
	if seeing.Err() != nil {
		t.Errorf("the part with quorum lost it: %v", context.Cause(seeing))
	}
	if err := held.Release(ctx); err != nil {
		t.Error(err)
	}
}
