package upstart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/jobfile"
)

// Disks are the local file systems by /etc/fstab and by what the kernel has mounted:
// Upstart itself knows nothing of them, mountall(8) mounts them.
type Disks struct{ Manager }

// entry is a line of /etc/fstab, fstab(5).
type entry struct{ device, where, kind, options string }

// remote are the types of file systems for which mountall waits for the network.
var remote = []string{"nfs", "nfs4", "cifs", "smbfs", "smb", "ncp", "ncpfs", "coda", "ocfs2", "gfs", "gfs2", "ceph", "glusterfs",
	"fuse.glusterfs", "fuse.sshfs", "sshfs", "afs", "lustre"}

// Broken implements node.Disks: what the boot waits for and what is not mounted. As
// mountall has it, nobootwait and optional are not waited for; nor is nofail here.
func (d Disks) Broken(context.Context) ([]string, error) {
	missing, err := d.missing()
	if err != nil {
		return nil, err
	}
	var broken []string
	for _, e := range missing {
		if path := devicePath(e.device); path != "" && !d.exists(path) {
			broken = append(broken, e.where+" cannot be mounted: there is no "+e.device)
		} else {
			broken = append(broken, e.where+" is not mounted from "+e.device)
		}
	}
	return broken, nil
}

// Mount implements node.Disks.
func (d Disks) Mount(ctx context.Context) error {
	missing, err := d.missing()
	errs := []error{err}
	for _, e := range missing {
		if err := d.act(ctx, stopLimit, "mount", e.where); err != nil {
			errs = append(errs, fmt.Errorf("cannot mount %s: %w", e.where, err))
		}
	}
	return errors.Join(errs...)
}

// missing are the local file systems that should be mounted and are not.
func (d Disks) missing() ([]entry, error) {
	mounts, err := os.ReadFile(filepath.Join(d.Root, "proc/self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	mounted := mountPoints(string(mounts))
	return slices.DeleteFunc(awaited(d.read("etc/fstab")), func(e entry) bool { return slices.Contains(mounted, e.where) }), nil
}

// awaited are the lines of /etc/fstab that a boot waits for as local file systems.
func awaited(fstab string) []entry {
	var all []entry
	for line := range strings.Lines(fstab) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		e := entry{device: unescape(f[0]), where: unescape(f[1]), kind: f[2]}
		if len(f) > 3 {
			e.options = f[3]
		}
		if e.waits() {
			all = append(all, e)
		}
	}
	return all
}

func (e entry) waits() bool {
	if !strings.HasPrefix(e.where, "/") || e.kind == "swap" || e.kind == "ignore" || slices.Contains(remote, e.kind) {
		return false
	}
	return !slices.ContainsFunc(strings.Split(e.options, ","), func(option string) bool {
		switch option {
		case "noauto", "nobootwait", "optional", "nofail", "_netdev":
			return true
		default:
			return false
		}
	})
}

// mountPoints are those of /proc/self/mountinfo, proc(5): the fifth field.
func mountPoints(mountinfo string) []string {
	var points []string
	for line := range strings.Lines(mountinfo) {
		if f := strings.Fields(line); len(f) > 4 {
			points = append(points, unescape(f[4]))
		}
	}
	return points
}

// unescape undoes the octal numbers that stand for blanks in both files.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
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

// mountall itself gives a device 30 s to appear. Hooks on mounted file systems may take
// longer, before the next is tried: cloud-init waits two minutes for the network.
const (
	devicePatience = 35 * time.Second
	hookPatience   = 150 * time.Second
	// shellPatience is for a shell on the console: nothing comes after it by itself.
	shellPatience = 3 * time.Second
)

// Mounting implements node.Mounter. mountall that neither checks nor mounts anything
// waits: for a device, for a hook, or for somebody at the console, for ever.
func (d Disks) Mounting(ctx context.Context) (over bool, patience time.Duration, err error) {
	all, err := d.list(ctx)
	if err != nil {
		return false, 0, err
	}
	at := slices.IndexFunc(all, func(i instance) bool { return i.name == "mountall" && i.up() })
	if at < 0 {
		// It ends by itself once all is mounted or skipped; else it leaves a shell.
		shell := slices.Contains(running(all), "mountall-shell")
		return !shell, shellPatience, nil
	}
	if all[at].process == 0 || d.hasChildren(all[at].process) {
		return false, 0, nil
	}
	if d.hookRuns(all) {
		return false, hookPatience, nil
	}
	return false, devicePatience, nil
}

// hookRuns tells whether a task runs that has been started for a file system: mountall
// waits for it.
func (d Disks) hookRuns(all []instance) bool {
	tree := d.Tree()
	return slices.ContainsFunc(running(all), func(name string) bool {
		base, _ := jobfile.InstanceOf(name)
		job, known := tree.Job(base)
		events := job.Events()
		return known && job.Task && (slices.Contains(events, "mounted") || slices.Contains(events, "mounting"))
	})
}

// hasChildren tells whether a process has any, by proc(5), /proc/PID/stat: the second
// field behind the name, which stands in brackets and may hold anything.
func (d Disks) hasChildren(pid int) bool {
	files, _ := filepath.Glob(filepath.Join(d.Root, "proc/[0-9]*/stat"))
	return slices.ContainsFunc(files, func(file string) bool {
		data, err := os.ReadFile(file)
		if err != nil {
			return false
		}
		text := string(data)
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		return len(fields) > 1 && fields[1] == strconv.Itoa(pid)
	})
}
