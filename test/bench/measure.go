package main

import (
	"context"
	"fmt"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

// measure is one side of a comparison: it brings its host into the state from
// which it measures, measures, and gives seconds.
type measure func(ctx context.Context) (float64, error)

// interleave takes n pairs, and lets the sides go first in turn, so that what
// changes slowly on this machine weighs on both alike.
func interleave(ctx context.Context, n int, a, b measure) ([]pair, error) {
	pairs := make([]pair, 0, n)
	for i := range n {
		var p pair
		var err error
		first, second := func() { p.a, err = a(ctx) }, func() { p.b, err = b(ctx) }
		if i%2 == 1 {
			first, second = second, first
		}
		if first(); err == nil {
			second()
		}
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// userspaceBoot measures a boot from PID 1's start to the last job's end. The
// host is off before and after.
func userspaceBoot(h *lab.Host) measure {
	return func(ctx context.Context) (float64, error) {
		if err := boot(ctx, h); err != nil {
			return 0, err
		}
		t, err := timestamps(ctx, h, "", "UserspaceTimestampMonotonic", "FinishTimestampMonotonic")
		if err != nil {
			return 0, err
		}
		return t[1] - t[0], h.PowerOff(ctx)
	}
}

// untilSSH measures from a command that reboots the host until its next boot
// answers on ssh. after brings the host back to where it was.
func untilSSH(h *lab.Host, after func(context.Context) error, argv ...string) measure {
	return func(ctx context.Context) (float64, error) {
		old, err := h.BootID()
		if err != nil {
			return 0, err
		}
		// By ssh: the shutdown waits for a process that has come in by another way.
		begin := time.Now()
		told := make(chan error, 1)
		go func() { told <- refusal(h.Run(ctx, argv...)) }()
		if err := nextBoot(ctx, h, old, told); err != nil {
			return 0, err
		}
		if err := h.WaitSSH(ctx); err != nil {
			return 0, err
		}
		took := time.Since(begin).Seconds()
		if err := settled(ctx, h); err != nil {
			return 0, err
		}
		return took, after(ctx)
	}
}

const (
	rebootLimit = 3 * time.Minute
	rebootTick  = 5 * time.Millisecond
	// sshFailed is the status of ssh itself when its connection ends.
	sshFailed = 255
)

// refusal is the error of a command that did not lead to a reboot. That ssh ends
// with the host is none.
func refusal(res execx.Result, err error) error {
	if err == nil && res.Code != 0 && res.Code != sshFailed {
		err = fmt.Errorf("it ended with exit status %d: %s", res.Code, res.Stderr)
	}
	return err
}

// nextBoot waits for another boot than old.
func nextBoot(ctx context.Context, h *lab.Host, old string, told <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, rebootLimit)
	defer cancel()
	tick := time.NewTicker(rebootTick)
	defer tick.Stop()
	for {
		if id, err := h.BootID(); err == nil && id != old {
			return nil
		}
		select {
		case err := <-told:
			if err != nil {
				return fmt.Errorf("%s does not reboot: %w", h.Name(), err)
			}
		case <-ctx.Done():
			return fmt.Errorf("%s does not reboot within %s", h.Name(), rebootLimit)
		case <-tick.C:
		}
	}
}

// toDefault measures from a command until the default target is reached, starting
// from a boot with the kernel arguments given.
func toDefault(h *lab.Host, args []string, argv ...string) measure {
	return func(ctx context.Context) (float64, error) {
		if err := h.PowerOff(ctx); err != nil {
			return 0, err
		}
		if err := boot(ctx, h, args...); err != nil {
			return 0, err
		}
		begin, err := monotonic()
		if err != nil {
			return 0, err
		}
		if err := enter(ctx, h, argv...); err != nil {
			return 0, err
		}
		t, err := timestamps(ctx, h, "default.target", "ActiveEnterTimestampMonotonic")
		if err != nil {
			return 0, err
		}
		if t[0] < begin {
			return 0, fmt.Errorf("the default target of %s was reached before it was asked for", h.Name())
		}
		return t[0] - begin, settled(ctx, h)
	}
}

// untilDone measures how long a command runs; after brings the host back.
func untilDone(h *lab.Host, after []string, argv ...string) measure {
	return func(ctx context.Context) (float64, error) {
		begin := time.Now()
		if err := enter(ctx, h, argv...); err != nil {
			return 0, err
		}
		took := time.Since(begin).Seconds()
		if err := enter(ctx, h, after...); err != nil {
			return 0, err
		}
		return took, settled(ctx, h)
	}
}
