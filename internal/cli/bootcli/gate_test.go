package bootcli

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cli/wiring"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/jobfile"
	"umm/internal/host/node"
)

// trusty is a small host that Upstart runs, which was told by the boot menu.
var trusty = hosttree.Tree{
	"sbin/initctl":                    "#!",
	"etc/umm.conf":                    "UMM=yes\nKEEP_UNITS=nova-api\n",
	"etc/init/umm.conf":               "start on starting rc-sysinit\n",
	"etc/init/rc-sysinit.conf":        "start on filesystem\ntask\n",
	"etc/init/ssh.conf":               "start on runlevel [2345]\n",
	"etc/init/nova-api.conf":          "start on runlevel [2345]\n",
	"etc/init/mysql.conf":             "start on runlevel [2345]\n",
	"etc/init.d/ntp":                  "#!/bin/sh\n",
	"etc/rc2.d/S23ntp":                "-> ../init.d/ntp",
	"proc/sys/kernel/random/boot_id":  "11111111-2222-3333-4444-555555555555\n",
	"proc/cmdline":                    "ro umm\n",
	"proc/self/mountinfo":             "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
	"etc/init/network-interface.conf": "start on net-device-added\ninstance $INTERFACE\n",
}

// The gate of a host on its disk: the decision is recorded, and made again the same.
func TestGateOfAHost(t *testing.T) {
	root := hosttree.Make(t, trusty)
	for range 2 {
		if err := runGate(t.Context(), wiring.New(root)); err != nil {
			t.Errorf("the gate is open: %v", err)
		}
	}
	if s := wiring.New(root).Status(t.Context(), ""); s.Mode != "maintenance" || s.Trigger.Kind != "kernel-argument" {
		t.Errorf("umm status says %+v", s)
	}
	root = hosttree.Make(t, trusty.With(hosttree.Tree{"proc/cmdline": "ro\n"}))
	if err := runGate(t.Context(), wiring.New(root)); err != (bootGoesOn{}) {
		t.Errorf("an ordinary boot: %v", err)
	}
}

func TestWiringByTheInitSystem(t *testing.T) {
	root := hosttree.Make(t, trusty)
	n := wiring.New(root)
	m, is := n.Power.(upstart.Manager)
	if !is || n.Advice.Jobs != "initctl list" {
		t.Fatalf("Upstart's host is wired to %T", n.Power)
	}
	plan := m.Plan(jobfile.Open(root))
	if !slices.Equal(plan.Jobs, []string{"nova-api", "ssh"}) || !slices.Equal(plan.Scripts, []string{"ntp"}) || plan.Keeps("mysql") || !plan.Keeps("ssh") {
		t.Errorf("the plan is %+v", plan)
	}
	if err := watchDisks(t.Context(), wiring.New(hosttree.Make(t, trusty.With(hosttree.Tree{"proc/cmdline": "ro\n"})))); err != nil {
		t.Errorf("with all disks there: %v", err)
	}
	for _, kind := range []initsys.Kind{initsys.Systemd, initsys.Unknown} {
		n := wiring.NewFor(root, kind)
		if _, is := n.Power.(systemd.Manager); !is {
			t.Errorf("%s: %T", kind, n.Power)
		}
		if err := watchDisks(t.Context(), n); err == nil {
			t.Errorf("%s: there are disks to watch", kind)
		}
	}
}

func TestWaitExpireIsTold(t *testing.T) {
	n := wiring.New(hosttree.Make(t, trusty))
	for _, value := range []string{"", "soon", "-1"} {
		t.Setenv(upstart.ExpireAfter, value)
		if err := waitExpire(t.Context(), n); err == nil {
			t.Errorf("%q is a number of seconds", value)
		}
	}
	t.Setenv(upstart.ExpireAfter, "3600")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := waitExpire(ended, n); err != nil {
		t.Error(err)
	}
}

// What a boot or a shutdown waits for has a limit, and what works has none.
func TestLimitOf(t *testing.T) {
	for _, s := range steps {
		waited := slices.Contains([]string{"begin", "end", "gate", "opened"}, s.name)
		if limit := limitOf(s.name); (limit > 0) != waited || limit > 20*time.Second {
			t.Errorf("%s is given up after %s", s.name, limit)
		}
	}
	// timeout(1) in the job is the second net: it must not come first.
	data, err := os.ReadFile("../../../plugin/upstart/umm.conf")
	if err != nil {
		t.Fatal(err)
	}
	if limitOf("gate") >= 20*time.Second || !strings.Contains(string(data), "timeout -k 2 20 /lib/umm/umm-boot gate || stop") {
		t.Errorf("the job's own limit is not behind that of the program:\n%s", data)
	}
}

var _ node.Mounter = upstart.Disks{}
