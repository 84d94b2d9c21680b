package systemd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Disks are the local file systems as systemd sees them.
type Disks struct{ Manager }

// mount is what systemd says of one mount unit.
type mount struct {
	ID, ActiveState, Result, Where, What, LoadState string
}

// Broken implements node.Disks: the mounts that local-fs.target requires and that
// are not there, and file system checks that failed. What /etc/fstab calls nofail
// is not required.
func (d Disks) Broken(ctx context.Context) ([]string, error) {
	target, err := d.show(ctx, "Requires", "--", "local-fs.target")
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	failedChecks, err := d.failedChecks(ctx)
	if err != nil {
		return nil, err
	}
	mounts := slices.DeleteFunc(target[0].units("Requires"), func(unit string) bool { return !strings.HasSuffix(unit, ".mount") })
	if len(mounts) == 0 {
		return failedChecks, nil
	}
	units, err := d.show(ctx, "ActiveState,Result,Where,What,LoadState", append([]string{"--"}, mounts...)...)
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	return append(brokenMounts(mountsOf(units), deviceExists), failedChecks...), nil
}

// Mount implements node.Disks. /etc/fstab may have changed since the boot.
func (d Disks) Mount(ctx context.Context) error {
	if err := d.Reload(ctx); err != nil {
		return err
	}
	// A check that failed once is tried again.
	if err := d.act(ctx, askLimit, "reset-failed"); err != nil {
		return err
	}
	if err := d.act(ctx, stopLimit, "start", "local-fs.target"); err != nil {
		return fmt.Errorf("cannot mount the local file systems: %w", err)
	}
	return nil
}

// failedChecks lists the file system checks that failed.
func (d Disks) failedChecks(ctx context.Context) ([]string, error) {
	out, err := d.output(ctx, "systemctl", "list-units", "--no-legend", "--plain", "--full", "--state=failed", "systemd-fsck*")
	if err != nil {
		return nil, fmt.Errorf("cannot tell which file system checks failed: %w", err)
	}
	var failed []string
	for _, line := range strings.Split(out, "\n") {
		if f := strings.Fields(strings.TrimLeft(line, "●* ")); len(f) > 0 {
			failed = append(failed, "a file system check failed ("+f[0]+")")
		}
	}
	return failed, nil
}

// mountsOf reads what systemd says of mount units.
func mountsOf(units []properties) []mount {
	var mounts []mount
	for _, p := range units {
		mounts = append(mounts, mount{ID: p["Id"], ActiveState: p["ActiveState"], Result: p["Result"],
			Where: p["Where"], What: p["What"], LoadState: p["LoadState"]})
	}
	return mounts
}

func brokenMounts(mounts []mount, deviceExists func(string) bool) []string {
	var broken []string
	for _, m := range mounts {
		if isUp(m.ActiveState) {
			continue
		}
		where := cmp.Or(m.Where, m.ID)
		switch {
		case m.LoadState == "masked" || m.LoadState == "not-found":
			broken = append(broken, where+" cannot be mounted: its unit is "+m.LoadState)
		case strings.HasPrefix(m.What, "/dev/") && !deviceExists(m.What):
			broken = append(broken, where+" cannot be mounted: no "+m.What)
		case m.ActiveState == "failed":
			broken = append(broken, where+" cannot be mounted from "+m.What+" ("+m.Result+")")
		default:
			broken = append(broken, where+" is not mounted from "+m.What)
		}
	}
	return broken
}

func deviceExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
