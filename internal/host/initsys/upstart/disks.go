package upstart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
)

// Disks are the local file systems by /etc/fstab and by what the kernel has mounted:
// Upstart itself knows nothing of them, mountall(8) mounts them.
type Disks struct{ Manager }

// entry is a line of /etc/fstab, fstab(5).
type entry struct{ device, where, kind, options string }

// remoteTypes are the types of file systems for which mountall waits for the network.
var remoteTypes = []string{"nfs", "nfs4", "cifs", "smbfs", "smb", "ncp", "ncpfs", "coda", "ocfs2", "gfs", "gfs2", "ceph", "glusterfs",
	"fuse.glusterfs", "fuse.sshfs", "sshfs", "afs", "lustre"}

// Broken implements node.Disks: what the boot waits for and what is not mounted. As
// mountall has it, nobootwait and optional are not waited for; nor is nofail here.
func (d Disks) Broken(context.Context) ([]string, error) {
	missing, err := d.missing(entry.waits)
	if err != nil {
		return nil, err
	}
	var broken []string
	for _, e := range missing {
		if d.lacksDevice(e) {
			broken = append(broken, e.where+" cannot be mounted: no "+e.device)
		} else {
			broken = append(broken, e.where+" is not mounted from "+e.device)
		}
	}
	return broken, nil
}

// Awaited implements node.Mounter: what mountall waits for, for ever, and what other hosts
// have. It ends with mountall.
func (d Disks) Awaited(ctx context.Context) ([]string, error) {
	missing, err := d.missing(entry.holds)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	if up, err := d.up(ctx, "mountall"); err != nil || !up {
		return nil, err
	}
	var awaited []string
	for _, e := range missing {
		awaited = append(awaited, e.where+" is not mounted from "+e.device+", and the boot waits for it")
	}
	return awaited, nil
}

// Holding are the file systems of other hosts that each boot waits for, for ever, as they
// stand in /etc/fstab: where they are mounted, and from what.
func (d Disks) Holding() []string {
	var holding []string
	for _, e := range entriesOf(d.read("etc/fstab"), entry.holds) {
		holding = append(holding, e.where+" from "+e.device)
	}
	return holding
}

// Mount implements node.Disks.
func (d Disks) Mount(ctx context.Context) error {
	missing, err := d.missing(func(e entry) bool { return e.waits() || e.holds() })
	errs := []error{err}
	for _, e := range missing {
		if err := d.act(ctx, stopLimit, "mount", e.where); err != nil {
			errs = append(errs, fmt.Errorf("cannot mount %s: %w", e.where, err))
		}
	}
	return errors.Join(errs...)
}

// lacksDevice tells whether the device of a file system is not there.
func (d Disks) lacksDevice(e entry) bool {
	path := devicePath(e.device)
	return path != "" && !d.exists(path)
}

// missing are the file systems of a kind that should be mounted and are not.
func (d Disks) missing(of func(entry) bool) ([]entry, error) {
	mounts, err := os.ReadFile(filepath.Join(d.Root, "proc/self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	mounted := hostfs.ParseMounts(string(mounts))
	return slices.DeleteFunc(entriesOf(d.read("etc/fstab"), of), func(e entry) bool {
		return slices.ContainsFunc(mounted, func(m hostfs.Mount) bool { return m.Point == e.where })
	}), nil
}

// entriesOf are the lines of /etc/fstab of a kind.
func entriesOf(fstab string, of func(entry) bool) []entry {
	var all []entry
	for line := range strings.Lines(fstab) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		e := entry{device: hostfs.Unescape(f[0]), where: hostfs.Unescape(f[1]), kind: f[2]}
		if len(f) > 3 {
			e.options = f[3]
		}
		if of(e) {
			all = append(all, e)
		}
	}
	return all
}

// has tells whether one of these options is set.
func (e entry) has(options ...string) bool {
	return slices.ContainsFunc(strings.Split(e.options, ","), func(o string) bool { return slices.Contains(options, o) })
}

// mounts tells whether a boot mounts it, and does not pass over it.
func (e entry) mounts() bool {
	return strings.HasPrefix(e.where, "/") && e.kind != "swap" && e.kind != "ignore" &&
		!e.has("noauto", "nobootwait", "optional", "nofail")
}

func (e entry) remote() bool { return slices.Contains(remoteTypes, e.kind) || e.has("_netdev") }

// waits tells whether a boot waits for it as a local file system.
func (e entry) waits() bool { return e.mounts() && !e.remote() }

// holds tells whether a boot waits, for ever, for it as one of another host: below /usr and
// /var, and by the option bootwait.
func (e entry) holds() bool {
	below := func(dir string) bool { return e.where == dir || strings.HasPrefix(e.where, dir+"/") }
	return e.mounts() && e.remote() && (below("/usr") || below("/var") || e.has("bootwait"))
}

// devicePath is where the device of a line shows when it is there; empty: nowhere.
func devicePath(device string) string {
	if strings.HasPrefix(device, "/dev/") {
		return device
	}
	by, value, found := strings.Cut(device, "=")
	dir := map[string]string{"UUID": "by-uuid", "LABEL": "by-label", "PARTUUID": "by-partuuid", "PARTLABEL": "by-partlabel"}[by]
	if !found || dir == "" {
		return ""
	}
	return "/dev/disk/" + dir + "/" + strings.Trim(value, `"`)
}
