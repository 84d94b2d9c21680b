//go:build e2e

package fuel

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestFuel is one story: what comes later stands on what was before.
func TestFuel(t *testing.T) {
	s := newSite(t)
	for _, step := range []struct {
		name string
		do   func(*site)
	}{
		{"the master gets umm-cluster", masterIsSetUp},
		{"the first deployment takes over from fuel-umm", firstDeployment},
		{"a second one changes nothing", secondDeployment},
		{"a changed setting changes just that", changedSetting},
		{"settings that are none fail the task by a sentence", wrongSettings},
		{"maintenance mode off", disabled},
		{"what is wrong with the host fails the task by a sentence", brokenHost},
		{"an update of the plugin brings the new package", update},
		{"umm-cluster rolls over the controllers", roll},
		{"one controller by hand, from the master", byHand},
		{"all controllers down at once, and up again", downAndUp},
		{"the plugin is not removed while a run is open", openRun},
		{"the plugin goes without a trace", removal},
	} {
		if !t.Run(step.name, func(t *testing.T) {
			s.t = t
			step.do(s)
		}) {
			break
		}
	}
}

// deploy deploys to all controllers at once and returns what their tasks said.
func (s *site) deploy(settings fuelSettings, want int) []string {
	s.t.Helper()
	said := make([]string, len(s.nodes))
	codes := make([]int, len(s.nodes))
	errs := make([]error, len(s.nodes))
	var all sync.WaitGroup
	for i, c := range s.nodes {
		all.Go(func() { said[i], codes[i], errs[i] = c.deploy(s.ctx, s.master, settings) })
	}
	all.Wait()
	for i, c := range s.nodes {
		s.must(errs[i])
		if codes[i] != want {
			s.t.Fatalf("%s: the deployment ended with %d, want %d:\n%s", c.Name(), codes[i], want, said[i])
		}
		for _, line := range strings.Split(strings.TrimSpace(said[i]), "\n") {
			if !strings.HasPrefix(line, "umm: ") {
				s.t.Errorf("%s: the task says %q, which is no sentence of ours", c.Name(), line)
			}
		}
	}
	s.t.Logf("the task of %s says\n%s", s.nodes[0].Name(), said[0])
	return said
}

// conf is /etc/umm.conf for settings, without the comment.
func conf(s fuelSettings) string {
	return fmt.Sprintf("UMM=%s\nREBOOT_COUNT=%s\nCOUNTER_RESET_TIME=%s\nKEEP_UNITS=\"%s\"\nCATCH_EMERGENCY=%s",
		map[string]string{"true": "yes", "false": "no"}[s["maintenance"]], s["reboot_count"], s["counter_reset_time"], s["keep_units"], s["catch_emergency"])
}

// wantConf holds /etc/umm.conf of every controller against the settings.
func (s *site) wantConf(settings fuelSettings) {
	s.t.Helper()
	for _, c := range s.nodes {
		s.equal("/etc/umm.conf of "+c.Name(), s.on(c.Host, "grep -v '^#' /etc/umm.conf"), conf(settings))
	}
}

func masterIsSetUp(s *site) {
	s.equal("what the installation says", s.install(pluginRPM(s.t)), "")
	s.serve()
	out := s.on(s.master, "umm-cluster config")
	s.contains("umm-cluster config", out, "/etc/umm-cluster.yaml:")
	s.equal("the inventory", s.on(s.master, "umm-cluster config | sed -n 's/^inventory *\\([a-z]*\\).*/\\1/p'"), "nailgun")
}

// state is what a deployment that has nothing to do must not touch.
const state = `cat /proc/sys/kernel/random/boot_id; ls -l --time-style=full-iso /etc/umm.conf /usr/bin/umm /lib/umm/umm-boot
dpkg-query -W; umm status; ls -R /etc/fuel/plugins /var/lib/umm /etc/umm /tmp
systemctl list-units --no-legend --plain --type=service,socket,timer,path --state=active | cut -d' ' -f1 | grep -v -e systemd-tmpfiles -e apt-daily -e man-db -e e2scrub -e user`

func firstDeployment(s *site) {
	var before []string
	look := `cat /proc/sys/kernel/random/boot_id; systemctl show -p MainPID,ActiveEnterTimestampMonotonic nginx cron ssh`
	for _, c := range s.nodes {
		before = append(before, s.on(c.Host, look))
	}
	said := s.deploy(defaults(), 0)
	s.wantConf(defaults())
	for i, c := range s.nodes {
		s.equal("what ran on "+c.Name(), s.on(c.Host, look), before[i])
		s.contains("the task", said[i], "is taken over from fuel-umm 9.0.0-1 and is kept as /var/lib/umm/umm.conf.before-fuel; it said: UMM=yes REBOOT_COUNT=7 COUNTER_RESET_TIME=10")
		s.contains("the task", said[i], "it takes the place of fuel-umm 9.0.0-1")
		s.contains("the task", said[i], "umm: done: runlevel N 5")
		if unknown := strings.Contains(said[i], "umm check: unknown path"); unknown != (i == 2) {
			s.t.Errorf("%s: whether the path of ssh is known: %v", c.Name(), !unknown)
		}
		s.contains("what is kept", s.on(c.Host, "cat /var/lib/umm/umm.conf.before-fuel"), "REBOOT_COUNT=7")
		s.equal("what fuel-umm left", s.on(c.Host, "dpkg-query -W -f '${Status}' fuel-umm; ls /etc/init/* /etc/grub.d/55_umm /usr/lib/umm/umm_svc 2>/dev/null || :"), "deinstall ok config-files")
		s.equal("the plugin's folder", s.on(c.Host, "cd "+scriptsDir+" && ls -A1"), "install.sh\npackage.sh\nsettings.sh")
		s.contains("the status", s.on(c.Host, "umm status -o json"), `"count": 0`)
		s.on(c.Host, "dpkg --purge fuel-umm")
	}
	s.wantConf(defaults())
}

func secondDeployment(s *site) {
	var before []string
	for _, c := range s.nodes {
		before = append(before, s.on(c.Host, state))
	}
	said := s.deploy(defaults(), 0)
	for i, c := range s.nodes {
		s.equal("the state of "+c.Name(), s.on(c.Host, state), before[i])
		s.contains("the task", said[i], "/etc/umm.conf is as the settings say")
	}
}

func changedSetting(s *site) {
	before := s.on(s.nodes[2].Host, "cat /etc/umm.conf")
	for _, change := range []struct{ key, value, line, was string }{
		{"reboot_count", "3", "REBOOT_COUNT=3", "REBOOT_COUNT=2"},
		{"keep_units", "nginx.service getty@* ", `KEEP_UNITS="nginx.service getty@* "`, `KEEP_UNITS=""`},
	} {
		settings := defaults().with(change.key, change.value)
		s.deploy(settings, 0)
		s.wantConf(settings)
		s.equal("/etc/umm.conf", s.on(s.nodes[2].Host, "cat /etc/umm.conf"), strings.Replace(before, change.was, change.line, 1))
	}
	s.contains("the kept units", s.on(s.nodes[0].Host, "umm units"), "nginx.service")
	// The UI's own example: what a controller lacks is told, and fails nothing.
	for _, said := range s.deploy(defaults().with("keep_units", "zabbix-agent.service lldpd.service"), 0) {
		s.contains("the task", said, "umm: umm check: warn config KEEP_UNITS: zabbix-agent.service: no such unit on this host")
	}
	s.deploy(defaults(), 0)
}

// wrongSettings are what Nailgun 8.0 lets through.
func wrongSettings(s *site) {
	for _, c := range []struct{ key, value, want string }{
		{"reboot_count", "two", `umm: cannot go on: the setting "Unclean reboots before maintenance mode" is "two", not a number of up to 3 digits, from 1 on; change it in the Fuel UI`},
		{"reboot_count", "0", `is "0", not a number`},
		{"reboot_count", "", `is "", not a number`},
		{"counter_reset_time", "10 #", `"Minutes until the count is cleared" is "10 #"`},
		{"keep_units", `a"; reboot; "`, "with characters that no unit has"},
		{"keep_units", "a $(touch /root/bad)", "with characters that no unit has"},
		{"keep_units", "nginx.service -a", `names "-a", which is no unit`},
		{"keep_units", strings.Repeat("a", 256), "more than 255 characters"},
		{"catch_emergency", "perhaps", `is "perhaps", neither yes nor no`},
		{"maintenance", "on", `"Maintenance mode" is "on", neither true nor false`},
	} {
		said, code, err := s.nodes[0].deploy(s.ctx, s.master, defaults().with(c.key, c.value))
		s.must(err)
		lines := strings.Split(strings.TrimSpace(said), "\n")
		if s.contains("the last sentence", lines[len(lines)-1], c.want); code != 1 {
			s.t.Errorf("with %s=%q the task ends with %d", c.key, c.value, code)
		}
	}
	s.wantConf(defaults())
	n := s.nodes[0]
	s.must(put(n.Host, "/etc/astute.yaml", "---\nfuel_version: '8.0'\n"))
	out, code := s.try(n.Host, "cd "+scriptsDir+" && sh install.sh")
	if s.contains("without the plugin's key", out, "the plugin is not enabled for this environment"); code != 1 {
		s.t.Errorf("it ends with %d", code)
	}
	s.must(put(n.Host, "/etc/astute.yaml", "---\numm: [\n"))
	out, _ = s.try(n.Host, "cd "+scriptsDir+" && sh install.sh")
	s.contains("without YAML", out, "cannot go on: the settings cannot be read: /etc/astute.yaml: (/etc/astute.yaml): did not find")
	for settings, want := range map[string]string{
		"umm:\n  keep_units: [a.service, b.service]\n":   "the setting keep_units in /etc/astute.yaml is a list or a map, not a text",
		"umm:\n  reboot_count: {value: '2'}\n":           "the setting reboot_count in /etc/astute.yaml is a list or a map, not a text",
		"base: &b {reboot_count: '2'}\numm:\n  <<: *b\n": "holds a merge key (<<), which is not followed",
		"umm:\n  reboot_count: \"2\\t\"\n":               "the setting reboot_count in /etc/astute.yaml holds a control character",
	} {
		s.must(put(n.Host, "/etc/astute.yaml", settings))
		out, code = s.try(n.Host, "cd "+scriptsDir+" && sh install.sh")
		if s.contains("of "+settings, out, want); code != 1 {
			s.t.Errorf("it ends with %d", code)
		}
	}
	s.wantConf(defaults())
	// As a text field of 9.2 lets it pass.
	s.must(put(n.Host, "/etc/astute.yaml", strings.Replace(defaults().astute("8.0"), "'2'", "\"2\\n\"", 1)))
	s.on(n.Host, "cd "+scriptsDir+" && sh install.sh")
	s.wantConf(defaults())
}

func disabled(s *site) {
	off := defaults().with("maintenance", "false").with("catch_emergency", "no")
	for _, said := range s.deploy(off, 0) {
		s.contains("the task", said, "maintenance mode is disabled by the settings")
		s.contains("the task", said, "done: MM disabled")
	}
	s.wantConf(off)
	s.deploy(defaults(), 0)
	s.wantConf(defaults())
}

func brokenHost(s *site) {
	n := s.nodes[1]
	s.on(n.Host, "ln -s /dev/null /etc/systemd/system-generators/umm-generator 2>/dev/null || { mkdir -p /etc/systemd/system-generators; ln -s /dev/null /etc/systemd/system-generators/umm-generator; }")
	said, code, err := n.deploy(s.ctx, s.master, defaults())
	s.must(err)
	if code != 1 {
		s.t.Errorf("it ends with %d", code)
	}
	s.contains("the task", said, "overrides umm's generator")
	s.contains("the task", said, "maintenance mode would not work on this host")
	out, _ := s.try(n.Host, "mv /run/systemd/system /run/systemd/away; cd "+scriptsDir+" && sh install.sh || :; mv /run/systemd/away /run/systemd/system")
	s.equal("without systemd", out, "umm: cannot go on: neither systemd nor Upstart runs this host, and umm needs one of them; nothing was changed")
	s.on(n.Host, "rm /etc/systemd/system-generators/umm-generator; mv /etc/apt/sources.list.d/umm-1.0.0.list /root")
	out, code = s.try(n.Host, "cd "+scriptsDir+" && sh install.sh")
	if s.contains("without a repository", out, "Fuel has not written the plugin's repository"); code != 1 {
		s.t.Errorf("it ends with %d", code)
	}
	s.on(n.Host, "sed 's/:8080/:8081/' /root/umm-1.0.0.list >/etc/apt/sources.list.d/umm-1.0.0.list")
	out, code = s.try(n.Host, "cd "+scriptsDir+" && sh install.sh")
	if s.contains("without a master", out, "apt-get cannot read the plugin's repository"); code != 1 {
		s.t.Errorf("it ends with %d", code)
	}
	s.on(n.Host, "mv /root/umm-1.0.0.list /etc/apt/sources.list.d")
	// Without room nothing is changed, whatever would have been.
	for _, dir := range []string{"/tmp"} {
		before := s.on(n.Host, "cat /etc/umm.conf; dpkg-query -W umm")
		out, code = s.try(n.Host, "mount -t tmpfs -o size=1m none "+dir+"; sed -i s/REBOOT_COUNT=2/REBOOT_COUNT=5/ /etc/umm.conf; cd "+scriptsDir+" && sh install.sh && code=0 || code=$?; umount "+dir+"; exit $code")
		if s.contains("without room", out, "are needed; nothing was changed"); code != 1 {
			s.t.Errorf("it ends with %d", code)
		}
		s.equal("what is there", s.on(n.Host, "cat /etc/umm.conf; dpkg-query -W umm"), strings.Replace(before, "REBOOT_COUNT=2", "REBOOT_COUNT=5", 1))
	}
	// Told to end, it leaves nothing behind.
	s.try(n.Host, "cd "+scriptsDir+" && timeout -s TERM 0.2 sh install.sh")
	s.equal("what it leaves", s.on(n.Host, "ls -d /tmp/tmp.* 2>/dev/null || :"), "")
	// fuel-umm that Fuel's own task has put back is told of, and goes.
	s.on(n.Host, "dpkg --purge --force-depends umm >/dev/null 2>&1; dpkg -i /root/fuel-umm.deb >/dev/null; sed -n 1,20p /var/lib/umm/umm.conf.before-fuel >/dev/null 2>&1 || :")
	s.must(put(n.Host, "/etc/umm.conf", "# Written by the Fuel plugin umm at each deployment\nUMM=yes\n"))
	said, _, err = n.deploy(s.ctx, s.master, defaults())
	s.must(err)
	s.contains("the task", said, "fuel-umm 9.0.0-1 is back: Fuel's own task umm has installed it again")
	s.deploy(defaults(), 0)
}

// later is the plugin with a later package of umm.
func (s *site) later() string {
	s.t.Helper()
	dir := filepath.Join(s.tempDir, "later")
	script := `set -e
mkdir -p "$1/packages"
cd "$1"
p=$2
dpkg-deb -R "$p"/repositories/ubuntu/umm_*.deb later
sed -i 's/^Version: .*/&+later/' later/DEBIAN/control
dpkg-deb -Znone -b later packages/umm_later_amd64.deb >/dev/null
cp "$p"/repositories/centos/Packages/*.rpm packages
mkdir -p cluster/DEBIAN cluster/usr/bin cluster/usr/share/man/man8 cluster/usr/share/man/man5
printf 'Package: umm-cluster\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@umm.example>\nDescription: x\n' >cluster/DEBIAN/control
cp "$p/master/umm-cluster" cluster/usr/bin
cp "$p/master/umm-cluster.8.gz" cluster/usr/share/man/man8
cp "$p/master/umm-cluster.yaml.5.gz" cluster/usr/share/man/man5
dpkg-deb -Znone -b cluster packages/umm-cluster_1_amd64.deb >/dev/null
cd "$3"
scripts/plugin "$1/packages" "$1" "$1/staging" >/dev/null`
	root, err := filepath.Abs("../..")
	s.must(err)
	if out, err := exec.CommandContext(s.ctx, "sh", "-c", script, "sh", dir, filepath.Join(s.master.Root(), pluginDir), root).CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "umm-1.0-1.0.0-1.noarch.rpm")
}

func update(s *site) {
	s.on(s.master, "echo '# mine' >>/etc/umm-cluster.yaml")
	s.equal("what the update says", s.install(s.later()), "")
	s.contains("the configuration of the master", s.on(s.master, "cat /etc/umm-cluster.yaml; umm-cluster version"), "# mine")
	boot := s.on(s.nodes[0].Host, "cat /proc/sys/kernel/random/boot_id")
	for i, said := range s.deploy(defaults(), 0) {
		s.contains("the task", said, "+later is installed, it was ")
		s.contains("the version", s.on(s.nodes[i].Host, "dpkg-query -W umm"), "+later")
	}
	s.equal("the boot", s.on(s.nodes[0].Host, "cat /proc/sys/kernel/random/boot_id"), boot)
	s.wantConf(defaults())
}
