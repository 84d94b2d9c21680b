package systemd

import (
	"context"
	"fmt"
	"os"
	"strings"

	"umm/internal/execx"
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
	required, err := d.property(ctx, "local-fs.target", "Requires")
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	failedChecks, err := d.failedChecks(ctx)
	if err != nil {
		return nil, err
	}
	var mounts []string
	for _, unit := range strings.Fields(required) {
		if strings.HasSuffix(unit, ".mount") {
			mounts = append(mounts, unit)
		}
	}
	if len(mounts) == 0 {
		return failedChecks, nil
	}
	argv := append([]string{"systemctl", "show", "--property=Id,ActiveState,Result,Where,What,LoadState", "--"}, mounts...)
	out, err := d.output(ctx, argv)
	if err != nil {
		return nil, fmt.Errorf("cannot tell which local file systems are mounted: %w", err)
	}
	return append(brokenMounts(parseMounts(out), deviceExists), failedChecks...), nil
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

func (d Disks) output(ctx context.Context, argv []string) (string, error) {
	res, err := d.ask(ctx, argv...)
	if err != nil {
		return "", err
	}
	if res.Code != 0 {
		return "", &execx.ExitError{Argv: argv, Result: res}
	}
	return string(res.Stdout), nil
}

// property asks for one property, in a way that systemd 219 understands too.
func (d Disks) property(ctx context.Context, unit, name string) (string, error) {
	out, err := d.output(ctx, []string{"systemctl", "show", "--property=" + name, "--", unit})
	if err != nil {
		return "", err
	}
	_, value, found := strings.Cut(strings.TrimSpace(out), name+"=")
	if !found {
		return "", fmt.Errorf("systemd does not tell %s of %s", name, unit)
	}
	return value, nil
}

// failedChecks lists the file system checks that failed.
func (d Disks) failedChecks(ctx context.Context) ([]string, error) {
	out, err := d.output(ctx, []string{"systemctl", "list-units", "--no-legend", "--plain", "--full", "--state=failed", "systemd-fsck*"})
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

// parseMounts reads `systemctl show` of several units: blocks of KEY=value with a
// blank line between.
func parseMounts(out string) []mount {
	var mounts []mount
	for _, block := range strings.Split(strings.TrimSpace(out), "\n\n") {
		var m mount
		fields := map[string]*string{"Id": &m.ID, "ActiveState": &m.ActiveState, "Result": &m.Result,
			"Where": &m.Where, "What": &m.What, "LoadState": &m.LoadState}
		for _, line := range strings.Split(block, "\n") {
			key, value, _ := strings.Cut(line, "=")
			if field, known := fields[key]; known {
				*field = value
			}
		}
		if m.ID != "" {
			mounts = append(mounts, m)
		}
	}
	return mounts
}

func brokenMounts(mounts []mount, deviceExists func(string) bool) []string {
	var broken []string
	for _, m := range mounts {
		if m.ActiveState == "active" || m.ActiveState == "activating" || m.ActiveState == "reloading" {
			continue
		}
		where := m.Where
		if where == "" {
			where = m.ID
		}
		switch {
		case m.LoadState == "masked" || m.LoadState == "not-found":
			broken = append(broken, where+" cannot be mounted: its unit is "+m.LoadState)
		case strings.HasPrefix(m.What, "/dev/") && !deviceExists(m.What):
			broken = append(broken, where+" cannot be mounted: there is no "+m.What)
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
