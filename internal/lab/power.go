package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"umm/internal/execx"
)

// On tells whether the host has power: whether anything of it runs, from before
// its PID 1 starts to after the last process has gone.
func (h *Host) On() bool {
	group, err := h.group()
	return err == nil && populated(group)
}

// Power switches the host on, and returns when its PID 1 runs. It is an error if
// it is on.
func (h *Host) Power(ctx context.Context) error {
	what := "switch " + h.name + " on"
	group, err := h.group()
	if err != nil {
		return err
	}
	if populated(group) {
		return fmt.Errorf("cannot %s: it is on", what)
	}
	if err := os.Remove(h.file("off")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot %s: %w", what, err)
	}
	argv := []string{"setsid", "sh", h.lab.file("supervise.sh"), h.file(), h.Root(), group, h.machine(), h.lab.NetNS()}
	if err := command(ctx, argv...); err != nil {
		return fmt.Errorf("cannot %s: %w", what, err)
	}
	return poll(ctx, startLimit, tick, what, func(context.Context) (bool, error) {
		if _, err := h.pid1(); err == nil {
			return true, nil
		}
		if !populated(group) {
			return false, fmt.Errorf("it did not start; see %s", h.Console())
		}
		return false, nil
	})
}

// Cut takes the power away: nothing on the host gets to run on, and it stays off
// until Power. It returns when nothing of it is left. A host that is off is left
// so.
func (h *Host) Cut(ctx context.Context) error {
	group, err := h.group()
	if err != nil {
		return err
	}
	if err := os.WriteFile(h.file("off"), nil, 0o600); err != nil {
		return fmt.Errorf("cannot cut the power of %s: %w", h.name, err)
	}
	return poll(ctx, goneLimit, tick, "cut the power of "+h.name, func(context.Context) (bool, error) {
		// Asked again each time: it may be between two boots.
		if pid, ok := initOf(filepath.Join(group, "host")); ok {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return !populated(group), nil
	})
}

// PowerOff asks the host to shut down, and returns when it is off.
func (h *Host) PowerOff(ctx context.Context) error {
	if err := h.ask(ctx, "poweroff"); err != nil {
		return err
	}
	return h.WaitOff(ctx)
}

// WaitOff waits until the host is off.
func (h *Host) WaitOff(ctx context.Context) error {
	return poll(ctx, stopLimit, tick, "see "+h.name+" off", func(context.Context) (bool, error) {
		return !h.On(), nil
	})
}

// Reboot asks the host to reboot and waits until ssh answers again. It returns
// the new boot ID.
func (h *Host) Reboot(ctx context.Context) (string, error) {
	old, err := h.BootID()
	if err != nil {
		return "", err
	}
	if err := h.ask(ctx, "reboot"); err != nil {
		return "", err
	}
	return h.WaitBoot(ctx, old)
}

// ask has systemctl do something to the whole host. It works without ssh, except on a
// machine.
func (h *Host) ask(ctx context.Context, verb string) error {
	run := h.enter
	if h.isMachine() {
		run = h.Runner().Run
	}
	res, err := run(ctx, execx.Cmd{Argv: []string{"systemctl", verb}, Limit: 30 * time.Second})
	if err != nil {
		return fmt.Errorf("cannot ask %s to %s: %w", h.name, verb, err)
	}
	// A higher status is that of a signal: the shutdown reached it first.
	if res.Code != 0 && res.Code < 128 {
		return &execx.ExitError{Argv: []string{"systemctl", verb}, Result: res}
	}
	return nil
}
