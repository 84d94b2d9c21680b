package sshcheck_test

import (
	"net/netip"
	"strings"
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/jobfile"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// On a host that Upstart runs, the findings name jobs, and what helps there.
func TestJudgeOnUpstart(t *testing.T) {
	tree := hosttree.Tree{
		"etc/network/interfaces":         "auto eth0\niface eth0 inet dhcp\n",
		"run/network/ifstate":            "lo=lo\neth0=eth0\n",
		"sys/class/net/eth0/ifindex":     "2\n",
		"sys/class/net/eth0/address":     "52:54:00:00:00:01\n",
		"sys/class/tty/console/active":   "tty0\n",
		"etc/passwd":                     "root:x:0:0:root:/root:/bin/bash\n",
		"proc/self/mountinfo":            "25 0 8:1 / / rw - ext4 /dev/sda1 rw\n",
		"proc/net/route":                 "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\n",
		"usr/lib/systemd/system/x.mount": "",
	}
	root := hosttree.Make(t, tree)
	jobs := map[string]sshcheck.Unit{"ssh": {Exists: true, Enabled: true}, "networking": {Exists: true, Enabled: true}, "ufw": {Exists: true}}
	gather := func() sshcheck.Facts {
		return sshcheck.Gather(t.Context(), sshcheck.Source{
			Tree: unitfile.Open(root), Job: func(name string) sshcheck.Unit { return jobs[name] },
			Getenv: func(string) string { return "" },
			Addresses: func() ([]sshcheck.Address, error) {
				return []sshcheck.Address{{Link: "eth0", Prefix: netip.MustParsePrefix("192.0.2.5/24")}}, nil
			},
		})
	}
	find := func(name string, kept ...string) sshcheck.Finding {
		t.Helper()
		for _, f := range sshcheck.Judge(gather(), func(unit string) bool { return strings.Contains(strings.Join(kept, " "), jobfile.NameOf(unit)) }) {
			if f.Name == name {
				return f
			}
		}
		t.Fatalf("there is no finding %s", name)
		return sshcheck.Finding{}
	}
	if f := find("ssh", "ssh"); f.Verdict != sshcheck.OK || f.Reason != "ssh is enabled and essential" {
		t.Errorf("%+v", f)
	}
	if f := find("path", "ssh", "networking"); f.Verdict != sshcheck.OK || !strings.Contains(f.Reason, "ifupdown (networking, essential)") {
		t.Errorf("%+v", f)
	}
	if f := find("path", "ssh"); f.Verdict != sshcheck.Fail || !f.LosesSSH || !strings.Contains(f.Hint, "add networking to KEEP_UNITS") {
		t.Errorf("%+v", f)
	}
	jobs["ssh"] = sshcheck.Unit{Exists: true}
	if f := find("ssh"); f.Verdict != sshcheck.Fail || !f.LosesSSH || strings.Contains(f.Reason+f.Hint, ".service") || strings.Contains(f.Hint, "systemctl") ||
		!strings.Contains(f.Hint, "/etc/init/ssh.override") {
		t.Errorf("%+v", f)
	}
	if f := find("console", "getty.target"); f.Verdict != sshcheck.OK {
		t.Errorf("%+v", f)
	}
}
