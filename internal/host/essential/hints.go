package essential

import (
	"maps"
	"slices"
	"strings"

	"umm/internal/host/unitfile"
)

const (
	networkPre    = "network-pre.target"
	networkOnline = "network-online.target"
)

// Wall tells whether a unit may be a firewall by its order: before the network is set
// up. cloud-init is there too, and makes the configuration that is on disk already.
func Wall(t *unitfile.Tree, name string) bool {
	if unitfile.Kind(name) != "service" || strings.HasPrefix(name, "cloud-") || strings.Contains(name, "@.") {
		return false
	}
	u, err := t.Read(name)
	return err == nil && slices.Contains(u.List("Unit", "Before"), networkPre)
}

// addWalls keeps what may be a firewall though the list does not know it: a host in
// maintenance mode is never less protected than it is.
func (p *planner) addWalls(enabled map[string][]string) {
	for name, wanters := range enabled {
		if _, done := p.start[name]; !done && Wall(p.tree, name) {
			p.add(name, Entry{name, "it runs before the network and may be a firewall", IfEnabled}, onlyDevices(wanters))
		}
	}
}

// addOnline has maintenance mode wait for the network where a way in does: an ssh server
// that listens on an address of its own ends where that is not there yet.
func (p *planner) addOnline() {
	for _, name := range slices.Sorted(maps.Keys(p.start)) {
		if unit := p.start[name]; unit.Why != whyLogin && unit.Source != SourceKeepUnits {
			continue
		}
		u, err := p.tree.Read(name)
		if err == nil && slices.Contains(u.List("Unit", "After"), networkOnline) {
			p.add(networkOnline, Entry{networkOnline, name + ", which waits for the network", IfEnabled}, false)
			return
		}
	}
}

const (
	watchdog    = "watchdog.service"
	wdKeepalive = "wd_keepalive.service"
)

// WatchdogTests are what watchdog(8) is told to look at, in the words of its
// configuration: where one of them fails it reboots the host. Left out is what does not
// depend on the services that run.
func WatchdogTests(t *unitfile.Tree) []string {
	var tests []string
	data, _ := t.FS().ReadFile("/etc/watchdog.conf")
	folder := "/etc/watchdog.d"
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || value == "" {
			continue
		}
		switch key {
		case "pidfile", "file", "test-binary":
			tests = append(tests, key+"="+value)
		case "test-directory":
			folder = value
		}
	}
	scripts, _ := t.FS().ReadDir(folder)
	for _, s := range scripts {
		if info, err := t.FS().Stat(folder + "/" + s.Name); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			tests = append(tests, folder+"/"+s.Name)
		}
	}
	slices.Sort(tests)
	return tests
}

// spareWatchdog lets wd_keepalive(8) take the place of watchdog(8) where that looks at
// services: it would reboot the host for those that do not run in maintenance mode, again
// and again. wd_keepalive serves the same device and tests nothing.
func (p *planner) spareWatchdog() {
	if _, on := p.start[watchdog]; !on || !p.tree.Exists(wdKeepalive) || p.tree.Masked(wdKeepalive) || len(WatchdogTests(p.tree)) == 0 {
		return
	}
	delete(p.start, watchdog)
	p.add(wdKeepalive, Entry{wdKeepalive, "the hardware watchdog, without tests of services that do not run", IfEnabled}, false)
}

// FullBoot tells whether an essential unit pulls in the target that an ordinary boot
// reaches, and with it everything; running is what Running says. target is empty if not.
func FullBoot(t *unitfile.Tree, running map[string]string) (target, why string) {
	for _, name := range []string{"graphical.target", "multi-user.target", "default.target"} {
		name = t.Canonical(name)
		if why, pulled := running[name]; pulled {
			return name, why
		}
	}
	return "", ""
}

// DefaultMasks lists the units to mask since default.target wants them, sorted: in
// maintenance mode that is a name of umm.target, which then wants them too. Left alone is
// what is essential and what that needs.
func DefaultMasks(t *unitfile.Tree, p Result) []string {
	wanted := t.WantedBy("default.target")
	if len(wanted) == 0 {
		return nil
	}
	running := Running(t, p)
	return slices.DeleteFunc(wanted, func(name string) bool {
		_, runs := running[name]
		return runs || !t.Exists(name) || t.Masked(name)
	})
}
