package sshcheck

import (
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/unitfile"
)

// KeyFile is a file in which sshd looks for the operator's keys.
type KeyFile struct {
	Path   string
	Exists bool
	Mount  MountPoint
}

// MountPoint is a file system that is mounted now, and what mounts it at boot.
type MountPoint struct {
	Point, Type string
	// Configured: there is a unit for it, or a line in /etc/fstab.
	Configured bool
	// Generated: a generator has made its unit, of what stands in neither.
	Generated bool
}

// remoteFS are file systems that need the network, whatever mounts them.
var remoteFS = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "afs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2", "autofs",
	"fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.cephfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.mfs",
}

func (m MountPoint) remoteFS() bool { return slices.Contains(remoteFS, m.Type) }

// mounted judges whether maintenance mode mounts a file system: by what it does for the
// mount point, whatever the type is.
func (j judge) mounted(m MountPoint) (v Verdict, why, hint string) {
	unit := unitfile.MountUnit(m.Point)
	automount := strings.TrimSuffix(unit, "mount") + "automount"
	keep := "add " + unit + " to KEEP_UNITS in /etc/umm.conf"
	switch {
	case m.Point == "":
		return Unknown, "is on an unknown file system", ""
	case m.Point == "/" || m.Point == "/usr": // the initramfs, or the kernel, has mounted them
		return OK, "", ""
	case j.runs(unit) || j.runs(automount):
		return OK, "", ""
	case m.Type == "zfs" && j.Units[zfsMount].Exists:
		if why, hint := j.missing(zfsMount); why != "" {
			return Fail, "is on " + m.Type + ", and " + why, hint
		}
		return OK, "", ""
	case m.Configured, m.remoteFS():
		return Fail, "is on " + m.Type + ", which maintenance mode does not mount", keep
	case m.Generated || j.Console.Container: // the maker of the container has mounted it
		return OK, "", ""
	default:
		return Unknown, "is on " + m.Type + ", and umm found nothing that mounts " + m.Point, "add " + m.Point + " to /etc/fstab"
	}
}

const zfsMount = "zfs-mount.service"

// home judges whether the operator's keys would be there to log in with.
func (j judge) home() Finding {
	f := Finding{Name: "home", LosesSSH: true}
	op := j.Login.Operator
	if op.Home == "" {
		f.Verdict, f.LosesSSH = Unknown, false
		f.Reason = "the home of " + op.Name + " is unknown"
		return f
	}
	m := j.MountPoints[op.Home]
	v, why, hint := j.mounted(m)
	if m.Point == "" {
		f.Verdict, f.LosesSSH, f.Reason = Unknown, false, "the file system of the home of "+op.Name+" is unknown"
		return f
	}
	good, bad := j.keyFiles()
	enough := good.Exists || good.Path != "" && !bad.Exists
	switch {
	case v == OK && (bad.Path == "" || enough):
		f.Verdict, f.Reason = OK, "the home of "+op.Name+" is on a local file system"
		if m.remoteFS() {
			f.Reason = "the home of " + op.Name + " is on " + m.Type + ", and " + unitfile.MountUnit(m.Point) + " is essential"
		}
	case v != OK && enough:
		f.Verdict = OK
		f.Reason = "the home of " + op.Name + " " + why + ", but sshd reads keys elsewhere"
		f.Evidence = "authorizedkeysfile " + good.Path
	case v == OK: // the keys are elsewhere, and lost
		v, why, hint = j.mounted(bad.Mount)
		m = bad.Mount
		f.Verdict, f.Reason = v, bad.Path+", where sshd expects your keys, "+why+": they would not be there"
	default:
		f.Verdict, f.Reason = v, "the home of "+op.Name+" "+why+": your ssh keys would not be there"
	}
	if f.Verdict != OK {
		f.Evidence = "/proc/self/mountinfo: " + m.Type + " on " + m.Point
		f.Hint = "log in as root, or " + hint
	}
	return f
}

// keyFiles are one that would be there, and one that would not; of each one that exists
// now before one that does not. Their path is empty if there is none.
func (j judge) keyFiles() (good, bad KeyFile) {
	for _, k := range j.Login.Operator.Keys {
		into := &bad
		if v, _, _ := j.mounted(k.Mount); v == OK {
			into = &good
		}
		if into.Path == "" || k.Exists && !into.Exists {
			*into = k
		}
	}
	return good, bad
}

// readMountPoint reads what holds dir, and what mounts that.
func readMountPoint(t *unitfile.Tree, mounts []hostfs.Mount, dir string) MountPoint {
	m, ok := hostfs.MountOf(mounts, dir)
	if !ok {
		return MountPoint{}
	}
	p := MountPoint{Point: m.Point, Type: m.Type}
	unit := unitfile.MountUnit(m.Point)
	p.Configured = t.Exists(unit)
	for _, dir := range []string{"/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late"} {
		for _, kind := range []string{"requires", "wants"} {
			p.Generated = p.Generated || t.FS().Exists(dir+"/local-fs.target."+kind+"/"+unit)
		}
	}
	// Of a line that has gone from fstab since, it proves nothing.
	for _, dir := range []string{"/run/systemd/generator/", "/run/systemd/generator.late/"} {
		data, _ := t.FS().ReadFile(dir + unit)
		if s, _ := unitfile.Parse(data); s.Get("Unit", "SourcePath") == "/etc/fstab" {
			p.Generated = false
		}
	}
	return p
}

// readKeys works out the files in which sshd looks for the operator's keys.
func (facts *Facts) readKeys(t *unitfile.Tree) {
	op := &facts.Login.Operator
	facts.MountPoints = map[string]MountPoint{}
	at := func(dir string) MountPoint {
		m := readMountPoint(t, facts.Mounts, real(t.FS(), facts.Mounts, dir))
		facts.MountPoints[dir] = m
		return m
	}
	if op.Home == "" {
		return
	}
	at(op.Home)
	files := strings.Fields(facts.SSHD.setting("authorizedkeysfile"))
	if len(files) == 0 {
		files = []string{".ssh/authorized_keys"}
	}
	for _, file := range files {
		file = strings.NewReplacer("%%", "%", "%h", op.Home, "%u", op.Name, "%U", op.UID).Replace(file)
		if file == "none" {
			continue
		}
		if !path.IsAbs(file) {
			file = op.Home + "/" + file
		}
		k := KeyFile{Path: path.Clean(file)}
		if k.Mount = at(k.Path); k.Mount.remoteFS() {
			k.Exists = true // its server may not answer: nobody waits for that
		} else if info, err := t.FS().Stat(k.Path); err == nil {
			k.Exists = info.Size() > 0
		}
		op.Keys = append(op.Keys, k)
	}
}

// real follows the links in a path, as far as no file server is asked for them.
func real(f hostfs.FS, mounts []hostfs.Mount, dir string) string {
	inside, rest := "", strings.Split(strings.Trim(path.Clean(dir), "/"), "/")
	for links := 0; len(rest) > 0; rest = rest[1:] {
		next := path.Join("/", inside, rest[0])
		if m, _ := hostfs.MountOf(mounts, next); slices.Contains(remoteFS, m.Type) {
			return path.Join(append([]string{next}, rest[1:]...)...)
		}
		to, err := f.Readlink(next)
		if links++; err != nil || links > 64 {
			inside = next
			continue
		}
		if !path.IsAbs(to) {
			to = path.Join("/", inside, to)
		}
		inside, rest = "", append(strings.Split("x/"+strings.Trim(path.Clean(to), "/"), "/"), rest[1:]...)
	}
	return path.Join("/", inside)
}
