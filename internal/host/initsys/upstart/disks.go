package upstart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
)

// Disks are the local file systems by /etc/fstab and by what the kernel has mounted:
// Upstart itself knows nothing of them, mountall(8) mounts them.
type Disks struct{ Manager }

// entry is a line of /etc/fstab as mountall(8) takes it.
type entry struct{ hostfs.FstabLine }

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
			broken = append(broken, e.Point+" cannot be mounted: no "+e.Source)
		} else {
			broken = append(broken, e.Point+" is not mounted from "+e.Source)
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
		awaited = append(awaited, e.Point+" is not mounted from "+e.Source+", and the boot waits for it")
	}
	return awaited, nil
}

// Holding are the file systems of other hosts that each boot waits for, for ever, as they
// stand in /etc/fstab: where they are mounted, and from what.
func (d Disks) Holding() []string {
	var holding []string
	for _, e := range d.entries(entry.holds) {
		holding = append(holding, e.Point+" from "+e.Source)
	}
	return holding
}

// Mount implements node.Disks.
func (d Disks) Mount(ctx context.Context) error {
	missing, err := d.missing(func(e entry) bool { return e.waits() || e.holds() })
	errs := []error{err}
	for _, e := range missing {
		if err := d.act(ctx, stopLimit, "mount", e.Point); err != nil {
			errs = append(errs, fmt.Errorf("cannot mount %s: %w", e.Point, err))
		}
	}
	return errors.Join(errs...)
}

// lacksDevice tells whether the device of a file system is not there.
func (d Disks) lacksDevice(e entry) bool {
	path := devicePath(e.Source)
	return path != "" && !d.exists(path)
}

// missing are the file systems of a kind that should be mounted and are not.
func (d Disks) missing(of func(entry) bool) ([]entry, error) {
	mounts := hostfs.New(d.Root).Mounts()
	if len(mounts) == 0 {
		return nil, errors.New("cannot tell which local file systems are mounted: /proc/self/mountinfo cannot be read")
	}
	return slices.DeleteFunc(d.entries(of), func(e entry) bool {
		return slices.ContainsFunc(mounts, func(m hostfs.Mount) bool { return m.Point == e.Point })
	}), nil
}

// entries are the lines of /etc/fstab of a kind.
func (d Disks) entries(of func(entry) bool) []entry {
	var all []entry
	for _, line := range hostfs.New(d.Root).Fstab() {
		if e := (entry{line}); of(e) {
			all = append(all, e)
		}
	}
	return all
}

// mounts tells whether a boot mounts it, and does not pass over it.
func (e entry) mounts() bool {
	return e.Type != "swap" && e.Type != "ignore" && !e.Has("noauto", "nobootwait", "optional", "nofail")
}

func (e entry) remote() bool { return slices.Contains(remoteTypes, e.Type) || e.Has("_netdev") }

// waits tells whether a boot waits for it as a local file system.
func (e entry) waits() bool { return e.mounts() && !e.remote() }

// holds tells whether a boot waits, for ever, for it as one of another host: below /usr and
// /var, and by the option bootwait.
func (e entry) holds() bool {
	below := func(dir string) bool { return e.Point == dir || strings.HasPrefix(e.Point, dir+"/") }
	return e.mounts() && e.remote() && (below("/usr") || below("/var") || e.Has("bootwait"))
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
