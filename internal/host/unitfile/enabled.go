package unitfile

import (
	"slices"
	"strings"
)

// notAtBoot are targets that an ordinary boot does not reach: what only they want
// is not enabled for it.
var notAtBoot = map[string]bool{
	"umm.target":  true, // umm's own choice is not the host's
	"halt.target": true, "poweroff.target": true, "reboot.target": true, "kexec.target": true,
	"soft-reboot.target": true, "shutdown.target": true, "final.target": true, "umount.target": true,
	"exit.target": true, "ctrl-alt-del.target": true,
	"rescue.target": true, "emergency.target": true,
	"runlevel0.target": true, "runlevel1.target": true, "runlevel6.target": true,
	"sleep.target": true, "suspend.target": true, "hibernate.target": true, "hybrid-sleep.target": true,
	"suspend-then-hibernate.target": true,
	"system-update.target":          true, "system-update-pre.target": true, "factory-reset.target": true,
	"initrd.target": true, "initrd-fs.target": true, "initrd-root-fs.target": true,
	"initrd-root-device.target": true, "initrd-switch-root.target": true, "initrd-usr-fs.target": true,
}

// Enabled tells which units start at boot, with the units that want each: those
// that stand in a .wants, .requires or .upholds folder, the vendor's included,
// and SysV scripts with a start link and no unit file. Names are real names,
// aliases resolved. Units that are enabled by other generators or named only
// inside of unit files are not in it.
func (t *Tree) Enabled() map[string][]string {
	set := make(map[string][]string, 128)
	for owner := range t.folders {
		if notAtBoot[owner] || strings.Contains(owner, "@.") {
			continue
		}
		for _, name := range t.wanted(owner) {
			addWanter(set, name, owner)
		}
	}
	t.addSysV(set)
	for _, wanters := range set {
		slices.Sort(wanters)
	}
	return set
}

// WantedBy lists the units in the .wants, .requires and .upholds folders of one
// unit and, for an instance, of its template, and what /etc/fstab has it want; sorted,
// real names, whether a boot reaches the unit or not.
func (t *Tree) WantedBy(owner string) []string {
	names := append(t.wanted(owner), t.fstabWanted(owner)...)
	if template, _, ok := Template(owner); ok {
		names = append(names, t.wanted(template)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func addWanter(set map[string][]string, name, wanter string) {
	if !slices.Contains(set[name], wanter) {
		set[name] = append(set[name], wanter)
	}
}

// sysvDirs hold the start links of runlevels 2 to 5 and of early boot, on Debian
// and, under rc.d, on EL.
var sysvDirs = []string{
	"/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d", "/etc/rcS.d",
	"/etc/rc.d/rc2.d", "/etc/rc.d/rc3.d", "/etc/rc.d/rc4.d", "/etc/rc.d/rc5.d",
}

// addSysV adds what systemd's SysV generator would enable: S links whose script
// is there and has no unit file.
func (t *Tree) addSysV(set map[string][]string) {
	for _, dir := range sysvDirs {
		entries, _ := t.fs.ReadDir(dir)
		for _, e := range entries {
			name := e.Name
			if len(name) < 4 || name[0] != 'S' || !isDigit(name[1]) || !isDigit(name[2]) {
				continue
			}
			unit := strings.TrimSuffix(name[3:], ".sh") + ".service"
			if _, native := t.find(unit); native || t.sysvScript(unit) == "" {
				continue
			}
			addWanter(set, unit, dir[strings.LastIndexByte(dir, '/')+1:])
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// sysvScript is the path of the script that the SysV generator would make name
// from, empty if there is none.
func (t *Tree) sysvScript(name string) string {
	if Kind(name) != "service" || strings.Contains(name, "@") {
		return ""
	}
	stem := strings.TrimSuffix(name, ".service")
	for _, file := range []string{"/etc/init.d/" + stem, "/etc/init.d/" + stem + ".sh", "/etc/rc.d/init.d/" + stem} {
		if info, err := t.fs.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o100 != 0 {
			return file
		}
	}
	return ""
}

// SysV tells whether a unit has no file of its own but a SysV script.
func (t *Tree) SysV(name string) bool {
	_, native := t.find(t.Canonical(name))
	return !native && t.sysvScript(name) != ""
}
