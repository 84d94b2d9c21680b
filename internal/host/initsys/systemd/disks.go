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
	return append(brokenMounts(units, deviceExists), failedChecks...), nil
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
	for _, unit := range unitNames(out) {
		failed = append(failed, "a file system check failed ("+unit+")")
	}
	return failed, nil
}

// brokenMounts says of each mount unit that is not up what keeps it from that.
func brokenMounts(mounts []properties, deviceExists func(string) bool) []string {
	var broken []string
	for _, m := range mounts {
		if m.up() {
			continue
		}
		where, what, load := cmp.Or(m["Where"], m["Id"]), m["What"], m["LoadState"]
		switch {
		case load == "masked" || load == "not-found":
			broken = append(broken, where+" cannot be mounted: its unit is "+load)
		case strings.HasPrefix(what, "/dev/") && !deviceExists(what):
			broken = append(broken, where+" cannot be mounted: no "+what)
		case m["ActiveState"] == "failed":
			broken = append(broken, where+" cannot be mounted from "+what+" ("+m["Result"]+")")
		default:
			broken = append(broken, where+" is not mounted from "+what)
		}
	}
	return broken
}

func deviceExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
