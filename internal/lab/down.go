package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// orderlyLimit is how long nspawn has to clear up after itself.
const orderlyLimit = 3 * time.Second

// Down takes the lab down; see the function.
func (l *Lab) Down(ctx context.Context) error { return Down(ctx, l.name) }

// Down removes all that there is of a lab: processes, control groups, network
// namespace, mounts, files. It works on labs that were never finished, and on
// none; what it could not remove it names, and goes on.
func Down(ctx context.Context, name string) error {
	if err := errors.Join(checkName("lab", name, maxLabName), needRoot()); err != nil {
		return err
	}
	switches, err := stopAll(ctx, name)
	if err != nil {
		return err // the rest would be busy
	}
	defer closeAll(switches)
	errs := []error{removeGroups(name), removeNetwork(ctx, name), unmountBelow(filepath.Join(runRoot, name))}
	errs = append(errs, removeNspawnTraces(name))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cannot take the lab %s down: %w", name, err)
	}
	for _, root := range []string{runRoot, stateRoot} {
		if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
			return fmt.Errorf("cannot take the lab %s down: %w", name, err)
		}
		_ = os.Remove(root) // stays as long as other labs do
	}
	return nil
}

// stopAll ends every process of a lab: by a power cut, so that nspawn removes
// its own traces, and by force if that is not enough. It holds the power
// switches that it returns, so that a supply whose creator was killed while it
// started can't start a host any more.
func stopAll(ctx context.Context, name string) (switches []*os.File, err error) {
	group, err := unifiedGroup(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeAll(switches)
			switches = nil
		}
	}()
	folders, err := filepath.Glob(filepath.Join(stateRoot, name, "hosts", "*"))
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		f, err := os.Open(folder)
		if err != nil {
			return switches, err
		}
		switches = append(switches, f)
		if err := os.WriteFile(filepath.Join(folder, "off"), nil, 0o600); err != nil {
			return switches, err
		}
	}
	stopped := func() bool {
		for _, f := range switches {
			if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
				return false
			}
		}
		return !populated(group)
	}
	what := "stop the hosts of the lab " + name
	cut := func(context.Context) (bool, error) {
		for _, folder := range folders {
			if pid, ok := initOf(filepath.Join(group, filepath.Base(folder), "host")); ok {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		return stopped(), nil
	}
	if err := poll(ctx, orderlyLimit, tick, what, cut); err == nil || ctx.Err() != nil {
		return switches, err
	}
	return switches, poll(ctx, goneLimit, tick, what, func(context.Context) (bool, error) {
		for _, pid := range members(group) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return stopped(), nil
	})
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

func removeNetwork(ctx context.Context, name string) error {
	if _, err := os.Stat(netnsFile(name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return command(ctx, "ip", "netns", "delete", netnsName(name))
}

// unmountBelow unmounts everything on and under a folder, the last mount first.
func unmountBelow(dir string) error {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	var errs []error
	for _, point := range slices.Backward(mountsBelow(string(info), dir)) {
		err := unix.Unmount(point, unix.UMOUNT_NOFOLLOW)
		if errors.Is(err, unix.EBUSY) {
			// Somebody stands in it; it goes when they leave.
			err = unix.Unmount(point, unix.UMOUNT_NOFOLLOW|unix.MNT_DETACH)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot unmount %s: %w", point, err))
		}
	}
	return errors.Join(errs...)
}

// mountsBelow lists the mount points at and under a folder in the order in which they
// were mounted.
func mountsBelow(mountinfo, dir string) []string {
	var points []string
	for line := range strings.Lines(mountinfo) {
		f := strings.Fields(line)
		if len(f) > 4 && (f[4] == dir || strings.HasPrefix(f[4], dir+"/")) {
			points = append(points, f[4])
		}
	}
	return points
}

// removeNspawnTraces removes what an nspawn that was killed leaves in /run, by
// the names of its machines.
func removeNspawnTraces(name string) error {
	var errs []error
	for _, kind := range []string{"propagate", "unix-export"} {
		dirs, err := filepath.Glob("/run/systemd/nspawn/" + kind + "/*." + name)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			errs = append(errs, unmountBelow(dir), os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}
