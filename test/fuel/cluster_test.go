//go:build e2e

package fuel

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func roll(s *site) {
	for _, c := range s.nodes {
		shown := s.on(s.master, "umm-cluster trust "+c.Name())
		s.contains("trust", shown, "nothing was recorded")
		fingerprint := regexp.MustCompile(`SHA256:\S+`).FindString(shown)
		s.on(s.master, "umm-cluster trust "+c.Name()+" --yes="+fingerprint)
	}
	s.on(s.master, "umm-cluster check")
	s.contains("the status", s.on(s.master, "umm-cluster status"), "node-3")
	s.contains("the status", s.on(s.master, "umm-cluster status"), "node-4 is left out: Fuel is about to remove it")
	plan := s.on(s.master, "umm-cluster plan -- touch /root/rolled")
	for _, name := range []string{"node-1", "node-2", "node-3"} {
		s.contains("the plan", plan, name)
	}
	out, code := s.try(s.master, "umm-cluster roll --reason 'a new kernel' -- touch /root/rolled")
	if s.t.Logf("%s", out); code != 0 {
		s.t.Fatalf("roll ended with %d", code)
	}
	for _, c := range s.nodes {
		s.equal(c.Name(), s.on(c.Host, "ls /root/rolled; umm status; systemctl is-active nginx"), "/root/rolled\nrunlevel N 5\nactive")
	}
	s.contains("the history", s.on(s.master, "umm-cluster history"), "a new kernel")
	s.equal("Nailgun", s.on(s.master, "systemctl is-active nailgun"), "active")
}

// held is how umm-cluster ends where hosts are left in maintenance mode as asked for.
const held = 5

func byHand(s *site) {
	n := s.nodes[1]
	boot := s.on(n.Host, "cat /proc/sys/kernel/random/boot_id")
	// umm on does not return before the host goes down.
	if out, code := s.try(s.master, "umm-cluster on --reason 'a disk' node-2"); code != held {
		s.t.Fatalf("umm-cluster on ended with %d:\n%s", code, out)
	}
	s.equal("the mode", s.on(n.Host, "umm status"), "umm")
	s.contains("the status", s.on(n.Host, "umm status -o json"), "a disk")
	if s.on(n.Host, "cat /proc/sys/kernel/random/boot_id") == boot {
		s.t.Error("it did not reboot")
	}
	// A deployment to a host in maintenance mode leaves it there.
	said, code, err := n.deploy(s.ctx, s.master, defaults().with("reboot_count", "4"))
	s.must(err)
	if s.equal("the mode", s.on(n.Host, "umm status"), "umm"); code != 0 || !strings.Contains(said, "REBOOT_COUNT=4") {
		s.t.Errorf("a deployment in maintenance mode ended with %d:\n%s", code, said)
	}
	s.on(s.master, "umm-cluster off node-2")
	s.equal("the mode", s.on(n.Host, "umm status"), "runlevel N 5")
	s.contains("the history", s.on(n.Host, "umm history; umm units; umm check || :"), "a disk")
	s.deploy(defaults(), 0)
}

func downAndUp(s *site) {
	out, code := s.try(s.master, "umm-cluster down --reason 'new power lines'")
	if code == 0 || !strings.Contains(out, "service-stop") {
		s.t.Fatalf("down went ahead without the risk: %d\n%s", code, out)
	}
	out, code = s.try(s.master, "umm-cluster down --accept-risk=service-stop --reason 'new power lines'")
	if s.t.Log(out); code != held {
		s.t.Fatalf("down ended with %d", code)
	}
	for _, c := range s.nodes {
		s.equal("the mode of "+c.Name(), s.on(c.Host, "umm status"), "umm")
	}
	up := s.on(s.master, "umm-cluster up")
	s.t.Log(up)
	for _, c := range s.nodes {
		s.equal("the mode of "+c.Name(), s.on(c.Host, "umm status; systemctl is-active nginx"), "runlevel N 5\nactive")
	}
	if last, first := strings.Index(up, "node-3  1/1 umm off"), strings.Index(up, "node-1  1/1 umm off"); last < 0 || last > first {
		s.t.Error("the last one in was not the first one out")
	}
}

func openRun(s *site) {
	out, code := s.try(s.master, "umm-cluster roll --role controller --hosts node-2 -- false")
	if code != 4 {
		s.t.Fatalf("a run whose command fails ended with %d:\n%s", code, out)
	}
	out, code = s.try(s.master, "rpm -e --force-debian umm-1.0")
	if s.contains("the removal", out, "a run of umm-cluster has not come to its end"); code == 0 {
		s.t.Error("the plugin was removed")
	}
	s.on(s.master, "umm-cluster abort; umm-cluster status")
}

func removal(s *site) {
	s.on(s.master, "rpm -e --force-debian umm-1.0")
	s.equal("what is left", s.on(s.master, "find / -xdev -name '*umm*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/var/lib/rpm/*' -not -path '*/doc/*'"), "")
	if _, err := os.Stat(filepath.Join(s.master.Root(), pluginDir)); err == nil {
		s.t.Error("the plugin's folder is there")
	}
}
