package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"umm/internal/lab"
)

// twins are two practice hosts of one image; umm is installed on one of them.
type twins struct {
	lab        *lab.Lab
	umm, plain *lab.Host
}

// twinTarget stands on the plain host for umm.target: what umm keeps, without
// anything of umm.
const twinTarget = "maintenance.target"

// makeTwins boots both, installs umm on one, and gives the other a target that
// wants the very same units as umm.target. Both are on when it returns.
func makeTwins(ctx context.Context, name string, image lab.Image, pkg string) (*twins, error) {
	l, err := lab.Up(ctx, lab.Spec{Name: name, Image: image, Hosts: []lab.HostSpec{{Name: "umm"}, {Name: "plain"}}})
	if err != nil {
		return nil, err
	}
	t := &twins{lab: l, umm: l.Host("umm"), plain: l.Host("plain")}
	if err := t.prepare(ctx, pkg); err != nil {
		return nil, errors.Join(err, l.Down(context.WithoutCancel(ctx)))
	}
	return t, nil
}

func (t *twins) prepare(ctx context.Context, pkg string) error {
	if err := put(pkg, filepath.Join(t.umm.Root(), "root/umm.deb")); err != nil {
		return err
	}
	if _, err := t.umm.Output(ctx, "dpkg", "-i", "/root/umm.deb"); err != nil {
		return err
	}
	dir := filepath.Join(t.plain.Root(), "etc/systemd/system")
	text := "[Unit]\nWants=sysinit.target\nAfter=sysinit.target\nAllowIsolate=yes\n"
	if err := os.WriteFile(filepath.Join(dir, twinTarget), []byte(text), 0o644); err != nil {
		return err
	}
	links, err := t.umm.Output(ctx, "find", "/run/systemd/generator/umm.target.wants", "-type", "l", "-printf", "%f %l\n")
	if err != nil {
		return err
	}
	wants := filepath.Join(dir, twinTarget+".wants")
	if err := os.MkdirAll(wants, 0o755); err != nil {
		return err
	}
	for line := range strings.Lines(links) {
		unit, target, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(unit, "umm-") {
			continue
		}
		if err := os.Symlink(target, filepath.Join(wants, unit)); err != nil {
			return err
		}
	}
	// The first boot of a host does more than later ones.
	for _, h := range []*lab.Host{t.umm, t.plain} {
		if _, err := h.Reboot(ctx); err != nil {
			return err
		}
		if err := settled(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// settled waits until the boot is done and nothing is queued.
func settled(ctx context.Context, h *lab.Host) error {
	// The status says "degraded" where a unit failed; that is no matter here.
	if _, err := h.Enter(ctx, "systemctl", "is-system-running", "--wait"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	tick := time.NewTicker(settleTick)
	defer tick.Stop()
	for {
		res, err := h.Enter(ctx, "systemctl", "list-jobs", "--no-legend")
		if err != nil {
			return err
		}
		if len(res.Stdout) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not come to rest: %s", h.Name(), res.Stdout)
		case <-tick.C:
		}
	}
}

const (
	settleLimit = 2 * time.Minute
	settleTick  = 50 * time.Millisecond
)

// boot switches a host on and waits until all is up.
func boot(ctx context.Context, h *lab.Host, args ...string) error {
	if err := h.SetNextKernelArgs(args...); err != nil {
		return err
	}
	if err := h.Power(ctx); err != nil {
		return err
	}
	if err := h.WaitSSH(ctx); err != nil {
		return err
	}
	return settled(ctx, h)
}

// enter runs a command on a host as somebody who came by ssh, without the time
// that ssh takes.
func enter(ctx context.Context, h *lab.Host, argv ...string) error {
	from := fmt.Sprintf("SSH_CONNECTION=192.0.2.1 40000 %s 22", h.Addr())
	res, err := h.Enter(ctx, append([]string{"env", from}, argv...)...)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s on %s ended with exit status %d: %s%s",
			strings.Join(argv, " "), h.Name(), res.Code, res.Stdout, res.Stderr)
	}
	return err
}

// monotonic is the time as systemd notes it for units, on all hosts of this
// machine, in seconds.
func monotonic() (float64, error) {
	var ts unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return float64(ts.Sec) + float64(ts.Nsec)/1e9, err
}

// timestamps reads properties of a unit, or of the manager where unit is empty,
// that are in microseconds of the monotonic clock; in seconds.
func timestamps(ctx context.Context, h *lab.Host, unit string, properties ...string) ([]float64, error) {
	argv := []string{"systemctl", "show", "--property=" + strings.Join(properties, ",")}
	if unit != "" {
		argv = append(argv, unit)
	}
	res, err := h.Enter(ctx, argv...)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for line := range strings.Lines(string(res.Stdout)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), "=")
		if us, err := strconv.ParseFloat(text, 64); err == nil && us > 0 {
			values[name] = us / 1e6
		}
	}
	out := make([]float64, len(properties))
	for i, p := range properties {
		v, ok := values[p]
		if !ok {
			return nil, fmt.Errorf("%s does not tell %s", h.Name(), p)
		}
		out[i] = v
	}
	return out, nil
}

// put copies a file onto a host; programs stay programs.
func put(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
