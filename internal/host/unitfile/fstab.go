package unitfile

import (
	"slices"
	"strings"

	"umm/internal/host/hostfs"
)

// network are the types that systemd takes for file systems of the network, a leading
// "fuse." taken off: fstype_is_network() in its src/basic/mountpoint-util.c.
var network = []string{
	"afs", "ceph", "cifs", "smb3", "smbfs", "sshfs", "ncpfs", "ncp", "nfs", "nfs4", "gfs", "gfs2", "glusterfs",
	"pvfs2", "ocfs2", "lustre", "davfs",
}

// Targets of what fstab mounts.
const (
	localFS  = "local-fs.target"
	remoteFS = "remote-fs.target"
)

// isNetwork tells whether systemd takes a line for a file system of the network.
func isNetwork(m hostfs.FstabLine) bool {
	return m.Has("_netdev") || slices.Contains(network, strings.TrimPrefix(m.Type, "fuse."))
}

// fstabUnits lists the units that systemd's generator makes of a line, each with those that
// want it: by systemd-fstab-generator(8) and systemd.mount(5), "fstab".
func fstabUnits(m hostfs.FstabLine) map[string][]string {
	owners := []string{localFS}
	if isNetwork(m) {
		owners = []string{remoteFS}
	}
	unit := MountUnit(m.Point)
	if m.Has("x-systemd.automount", "comment=systemd.automount") {
		return map[string][]string{unit: nil, strings.TrimSuffix(unit, "mount") + "automount": owners}
	}
	if m.Has("noauto") {
		return map[string][]string{unit: nil}
	}
	var named []string
	for _, o := range m.Options {
		key, value, _ := strings.Cut(o, "=")
		if value != "" && (key == "x-systemd.wanted-by" || key == "x-systemd.required-by") {
			named = append(named, value)
		}
	}
	if named != nil {
		owners = named
	}
	return map[string][]string{unit: owners}
}

// fstabWanted lists the mount and automount units that fstab has owner want.
func (t *Tree) fstabWanted(owner string) []string {
	if kind := Kind(owner); kind != "target" && kind != "service" {
		return nil
	}
	var names []string
	for _, m := range t.fs.Fstab() {
		for unit, owners := range fstabUnits(m) {
			if slices.Contains(owners, owner) && !t.hasFile(unit) {
				names = append(names, unit)
			}
		}
	}
	return names
}

// hasFile tells whether the unit has a file in /etc, which goes before what a generator
// makes.
func (t *Tree) hasFile(name string) bool {
	u, ok := t.units[name]
	return ok && strings.HasPrefix(u.file, "/etc/")
}

// inFstab tells whether fstab mounts dir, at boot or when asked to.
func (t *Tree) inFstab(dir string) bool {
	return slices.ContainsFunc(t.fs.Fstab(), func(m hostfs.FstabLine) bool { return m.Point == dir })
}

// MountUnit is the name of the unit that stands for a mount point.
func MountUnit(dir string) string {
	dir = strings.Trim(dir, "/")
	if dir == "" {
		return "-.mount"
	}
	var b strings.Builder
	for i := 0; i < len(dir); i++ {
		switch c := dir[i]; {
		case c == '/':
			b.WriteByte('-')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == ':', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String() + ".mount"
}
