//go:build e2e

// Package ceph_test asks a real Ceph of three hosts, each with a monitor, a manager
// and an OSD, what umm-cluster asks: who may leave, what is wrong, whether noout
// comes and goes, and what becomes of metadata servers and gateways.
package ceph_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/ceph"
	"umm/internal/execx"
	"umm/internal/lab"
	"umm/test/cluster/look"
)

// name is the lab's. UMM_CEPH_KEEP leaves it up for another look.
const name = "ceph"

// conf is a Ceph without passwords, whose OSDs keep their data in memory.
const conf = `[global]
fsid = 5f8f2f5e-1f5c-4c0e-9d3e-1c1c1c1c1c1c
mon_initial_members = n1,n2,n3
mon_host = %s
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_objectstore = memstore
memstore_device_bytes = 1073741824
osd_pool_default_size = 3
osd_pool_default_min_size = 2
osd_heartbeat_grace = 6
mon_osd_min_down_reporters = 1
osd_memory_target = 939524096
mon_warn_on_pool_no_app = false
mon_data_avail_warn = 1
`

// start has a host run its monitor and its manager, or again what it ran before.
const start = `mkdir -p /var/run/ceph /var/lib/ceph/mgr/ceph-$(hostname)
systemctl reset-failed 2>/dev/null
for d in mon mgr osd; do
	i=$(hostname); [ $d != osd ] || i=$((${i#n} - 1))
	[ -d /var/lib/ceph/$d/ceph-$i ] || continue
	systemd-run -q --unit=my-$d /usr/bin/ceph-$d -f --cluster ceph --id $i
done 2>&1`

const stop = `systemctl stop my-osd my-mgr my-mon`

func up(ctx context.Context, t *testing.T) *lab.Lab {
	t.Helper()
	l := look.Up(ctx, t, name, "UMM_CEPH_KEEP", "ceph-mon", "ceph-mgr", "ceph-osd", "ceph-mds", "radosgw", "ceph-common")
	if _, err := os.Stat(filepath.Join(l.Hosts()[0].Root(), "var/lib/ceph/osd/ceph-0")); err != nil {
		make3(ctx, t, l)
	}
	return l
}

// make3 makes a cluster of the hosts.
func make3(ctx context.Context, t *testing.T, l *lab.Lab) {
	t.Helper()
	var addresses, members []string
	for _, h := range l.Hosts() {
		addresses = append(addresses, h.Addr().String())
		members = append(members, fmt.Sprintf("--addv %s [v2:%s:3300,v1:%[2]s:6789]", h.Name(), h.Addr()))
	}
	for _, h := range l.Hosts() {
		text := fmt.Sprintf(conf, strings.Join(addresses, ","))
		if err := os.WriteFile(filepath.Join(h.Root(), "etc/ceph/ceph.conf"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		look.Shell(ctx, t, h, fmt.Sprintf(`systemctl stop ceph.target; rm -rf /var/lib/ceph/mon/* /var/lib/ceph/osd/*
monmaptool --create --clobber --fsid 5f8f2f5e-1f5c-4c0e-9d3e-1c1c1c1c1c1c %s /tmp/monmap && ceph-mon --mkfs -i %s --monmap /tmp/monmap`, strings.Join(members, " "), h.Name()))
		look.Shell(ctx, t, h, start)
	}
	for i, h := range l.Hosts() {
		look.Shell(ctx, t, h, fmt.Sprintf(`set -e; u=$(cat /proc/sys/kernel/random/uuid)
[ "$(timeout 60 ceph osd new $u)" = %[1]d ]
mkdir -p /var/lib/ceph/osd/ceph-%[1]d; ceph-osd -i %[1]d --mkfs --osd-uuid $u >/dev/null 2>&1
ceph osd crush add osd.%[1]d 1.0 root=default host=%[2]s >/dev/null 2>&1
systemctl reset-failed; systemd-run -q --unit=my-osd /usr/bin/ceph-osd -f --cluster ceph --id %[1]d`, i, h.Name()))
	}
	look.Shell(ctx, t, l.Hosts()[0], "ceph osd pool create p 8 >/dev/null 2>&1; ceph config set mon auth_allow_insecure_global_id_reclaim false; ceph config set global mon_warn_on_insecure_global_id_reclaim_allowed false")
}

// states are those of the predicates of that name.
func states(vs []service.Verdict, name string) []service.State {
	var all []service.State
	for _, v := range vs {
		if v.Name == name {
			all = append(all, v.State)
		}
	}
	return all
}

func TestCeph(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()
	l := up(ctx, t)
	c := look.Cluster(l, ceph.Service{})
	n1, n2 := l.Hosts()[0], l.Hosts()[1]
	begun := time.Now()
	v := look.Until(ctx, t, c, "healthy", look.Health())
	t.Logf("whole after %s", time.Since(begun).Round(time.Second))

	t.Run("found", func(t *testing.T) { look.Found(ctx, t, n1, ceph.Name) })
	t.Run("each may leave", func(t *testing.T) {
		begun := time.Now()
		v := look.At(ctx, c)
		t.Logf("a look takes %s", time.Since(begun).Round(time.Millisecond))
		for _, h := range l.Hosts() {
			for _, one := range v.Leave(h.Name()) {
				t.Logf("%s: %s (%s)", one.State, one.Reason, one.Evidence)
				if one.State != service.OK {
					t.Errorf("%+v", one)
				}
			}
		}
	})
	t.Run("noout comes and goes", func(t *testing.T) { noout(ctx, t, c, v) })
	t.Run("with one down nobody else may leave", func(t *testing.T) {
		look.Shell(ctx, t, n2, stop)
		v := look.Until(ctx, t, c, "it is seen", func(v service.View) []service.Verdict {
			vs := v.Health([]string{"n2"})
			if !slices.Contains(states(vs, "pgs-degraded"), service.Wait) && !slices.Contains(states(vs, "pgs-undersized"), service.Wait) {
				return vs
			}
			// Ceph says nothing while its manager gathers what the placement groups are at.
			if vs = v.Leave("n1"); slices.Contains(states(vs, "may-stop"), service.Unknown) {
				return vs
			}
			return nil
		})
		for _, name := range []string{"quorum-without", "may-stop"} {
			if got := states(v.Leave("n1"), name); !slices.Equal(got, []service.State{service.Stop}) {
				t.Errorf("%s: %v", name, got)
			}
		}
		for _, one := range v.Leave("n1") {
			t.Logf("%s: %s (%s)", one.State, one.Reason, one.Evidence)
		}
		look.Shell(ctx, t, n2, start)
		look.Until(ctx, t, c, "n2 is back", look.Health())
	})
	t.Run("the only metadata server may not leave", func(t *testing.T) {
		look.Shell(ctx, t, n1, "ceph osd pool create meta 8 && ceph osd pool create data 8 && ceph fs new files meta data")
		alone(ctx, t, c, "mds-without", "without the metadata servers of n1 CephFS could not be used",
			func(h *lab.Host) { look.Shell(ctx, t, h, startMDS) }, n1, n2)
	})
	t.Run("nor the only gateway", func(t *testing.T) {
		alone(ctx, t, c, "gateway-without", "n1 has the only gateway of Ceph for object storage (radosgw)",
			func(h *lab.Host) { look.Shell(ctx, t, h, startGateway) }, n1, n2)
	})
}

// startMDS and startGateway run one until the host goes down.
const (
	startMDS = `mkdir -p /var/lib/ceph/mds/ceph-$(hostname)
systemd-run -q --unit=my-mds /usr/bin/ceph-mds -f --cluster ceph --id $(hostname)`
	startGateway = `systemd-run -q --unit=my-gateway /usr/bin/radosgw -f --cluster ceph --name client.rgw.$(hostname) --rgw-frontends "beast port=7480"`
)

// alone starts a daemon on a host, which may not leave then with that risk named, and on
// another, after which either may.
func alone(ctx context.Context, t *testing.T, c rollout.Cluster, name, reason string, start func(*lab.Host), first, second *lab.Host) {
	t.Helper()
	of := func(v service.View, host string) (all []service.Verdict) {
		for _, one := range v.Leave(host) {
			if one.Name == name {
				all = append(all, one)
			}
		}
		return all
	}
	start(first)
	v := look.Until(ctx, t, c, "the first is seen", func(v service.View) []service.Verdict {
		if all := of(v, first.Name()); len(all) != 1 || all[0].State != service.Stop {
			return v.Leave(first.Name())
		}
		return nil
	})
	if one := of(v, first.Name())[0]; one.Reason != reason || one.Risk == "" {
		t.Errorf("%+v", one)
	} else {
		t.Logf("%s: %s (%s)", one.State, one.Reason, one.Evidence)
	}
	if bad := service.Bad(of(v, second.Name())); len(bad) > 0 {
		t.Errorf("the other host: %+v", bad)
	}
	start(second)
	v = look.Until(ctx, t, c, "either may leave", func(v service.View) []service.Verdict {
		if len(of(v, second.Name())) != 1 {
			return v.Leave(second.Name())
		}
		return service.Bad(append(of(v, first.Name()), of(v, second.Name())...))
	})
	for _, one := range of(v, first.Name()) {
		t.Logf("%s: %s (%s)", one.State, one.Reason, one.Evidence)
	}
}

func noout(ctx context.Context, t *testing.T, c rollout.Cluster, v service.View) {
	e := v.Exit("n2")
	if len(e.Changes) != 1 {
		t.Fatalf("%+v", e)
	}
	change := e.Changes[0]
	run := func(command service.Command) {
		t.Helper()
		res, err := c.Runner(change.On[0]).Run(ctx, execx.Cmd{Argv: command.Argv})
		if err != nil || res.Code != 0 {
			t.Fatalf("%d, %s, %v", res.Code, res.Stderr, err)
		}
	}
	for range 2 {
		run(change.Do)
	}
	v = look.Until(ctx, t, c, "it is set", look.Settled(change, true))
	if got := states(v.Health(nil), "noout"); !slices.Equal(got, []service.State{service.Stop}) {
		t.Errorf("it does not show: %v", got)
	}
	if e := v.Exit("n2"); len(e.Changes) != 0 {
		t.Errorf("what is set is taken for not set: %+v", e)
	}
	for range 2 {
		run(change.Undo)
	}
	look.Until(ctx, t, c, "it is not set", look.Settled(change, false))
	look.Until(ctx, t, c, "and does not show", look.Health())
}
