package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/host/mode"
	"umm/internal/poll"
)

// healthFolder has the operator's checks: a boot is healthy once all of them succeed. It is
// what greenboot has in required.d.
const healthFolder = "etc/umm/health.d"

// healthRetry is the time between two rounds of checks.
const healthRetry = time.Minute

// Healthy counts this boot as healthy: it has been operational for COUNTER_RESET_TIME. Where
// the operator's checks fail it is not, and they are run again until they succeed or the boot
// is operational no more.
func (n *Node) Healthy(ctx context.Context) error {
	for told := ""; ; {
		s := n.current()
		if s.inMaintenance() {
			return nil
		}
		failed := ""
		if mode.MayHeal(s.record, s.facts) {
			failed = n.healthFailure(ctx, s)
		}
		if failed == "" {
			return n.heal(ctx)
		}
		if failed != told && ctx.Err() == nil {
			told = failed
			n.Warn(failed)
			if err := n.update(ctx, func(s state) (mode.Record, error) {
				return mode.Note(s.record, s.facts, mode.EventUnhealthy, failed, n.Now()), nil
			}); err != nil {
				n.Warn(err.Error())
			}
			n.flush(ctx)
		}
		if poll.Sleep(ctx, healthRetry) != nil {
			return nil
		}
	}
}

// healthFailure says which of the operator's checks fails, "" where none does.
func (n *Node) healthFailure(ctx context.Context, s state) string {
	files, err := n.executables(filepath.Join(n.Root, healthFolder))
	if err != nil {
		return "this boot does not count as healthy: cannot run the health checks: " + err.Error()
	}
	var session mode.Session
	if s.record.Session != nil {
		session = *s.record.Session
	}
	env := hookEnv("health", session, s.facts)
	var failed []string
	for _, file := range files {
		if how, _ := n.hook(ctx, file, env); how != "" {
			failed = append(failed, fmt.Sprintf("%s %s", filepath.Base(file), how))
		}
	}
	if len(failed) == 0 {
		return ""
	}
	return fmt.Sprintf("this boot does not count as healthy: in /%s, %s", healthFolder, strings.Join(failed, "; "))
}

func (n *Node) heal(ctx context.Context) error {
	err := n.update(ctx, func(s state) (mode.Record, error) {
		return mode.Healthy(s.record, s.facts, n.Now()), nil
	})
	if err == nil {
		n.flush(ctx)
		// What a power cut has left there does nothing, but need not stay.
		err = errors.Join(n.judgeTrial(ctx), n.Packages.Release())
	}
	return err
}
