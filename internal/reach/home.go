package reach

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"umm/internal/hostfs"
	"umm/internal/unitfile"
)

// remote are file systems that need the network; maintenance mode mounts none.
var remote = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "afs", "9p", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2", "autofs",
	"fuse.glusterfs", "fuse.ceph", "fuse.sshfs", "fuse.cephfs", "fuse.s3fs",
}

// home judges whether the operator's keys would be there to log in with.
func (j judge) home() Finding {
	f := Finding{Name: "home", LosesSSH: true}
	op := j.Login.Operator
	switch {
	case op.Home == "":
		f.Verdict, f.LosesSSH = Unknown, false
		f.Reason = "where the home of " + op.Name + " is, is not known"
	case !slices.Contains(remote, op.HomeType):
		f.Verdict, f.Reason = OK, "the home of "+op.Name+" is on a local file system"
		if op.HomeType == "" {
			f.Verdict, f.LosesSSH = Unknown, false
			f.Reason = "on which file system the home of " + op.Name + " lies is not known"
		}
	case j.keysElsewhere():
		f.Verdict = OK
		f.Reason = "the home of " + op.Name + " is on " + op.HomeType + " and not mounted in maintenance mode, but sshd looks for keys elsewhere"
		f.Evidence = "authorizedkeysfile " + j.SSHD.setting("authorizedkeysfile")
	case j.kept(unitfile.MountUnit(op.HomeFrom)):
		f.Verdict, f.Reason = OK, "the home of "+op.Name+" is on "+op.HomeType+", and "+unitfile.MountUnit(op.HomeFrom)+" is kept"
	default:
		f.Verdict = Fail
		f.Reason = "the home of " + op.Name + " is on " + op.HomeType + ", which maintenance mode does not mount: your ssh keys would not be there"
		f.Evidence = "/proc/self/mountinfo: " + op.HomeType + " on " + op.HomeFrom
		f.Hint = "log in as root, or add " + unitfile.MountUnit(op.HomeFrom) + " to KEEP_UNITS in /etc/umm.conf"
	}
	return f
}

// keysElsewhere tells whether sshd finds every key outside of homes.
func (j judge) keysElsewhere() bool {
	files := strings.Fields(j.SSHD.setting("authorizedkeysfile"))
	for _, file := range files {
		if !path.IsAbs(file) || strings.Contains(file, "%h") {
			return false
		}
	}
	return len(files) > 0
}

// mountOf is the type and mount point of the file system that holds dir.
func mountOf(f hostfs.FS, dir string) (fsType, mountPoint string) {
	data, _ := f.ReadFile("/proc/self/mountinfo")
	dir = path.Clean(dir)
	for l := range strings.Lines(string(data)) {
		before, after, ok := strings.Cut(l, " - ")
		fields, types := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 6 || len(types) < 1 {
			continue
		}
		point := unescape(fields[4])
		inside := point == "/" || dir == point || strings.HasPrefix(dir, point+"/")
		// Of two on the same folder the later one covers the other.
		if inside && len(point) >= len(mountPoint) {
			fsType, mountPoint = types[0], point
		}
	}
	return fsType, mountPoint
}

// unescape turns \040 and its like back.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
