package upstart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"umm/internal/jobfile"
)

// StopStrays implements node.Switch. It stops jobs and init scripts as Enter does, but does
// not note them: what the boot starts it starts anyway.
func (m Manager) StopStrays(ctx context.Context, before []string, keeps func(name string) bool) ([]string, error) {
	after, err := m.Active(ctx)
	if err != nil {
		return nil, err
	}
	tree := m.Tree()
	var stopped, jobs []string
	var errs []error
	for _, name := range after {
		job, _ := jobfile.InstanceOf(name)
		if slices.Contains(before, name) || keeps(job) {
			continue
		}
		_, isScript := tree.Script(name)
		if isScript {
			err = m.act(ctx, stopLimit, "service", name, "stop")
		} else {
			jobs = append(jobs, name)
			err = m.tellToStop(ctx, tree, name)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot stop %s: %w", name, err))
			continue
		}
		stopped = append(stopped, name)
	}
	if err := m.untilStopped(ctx, jobs); err != nil {
		errs = append(errs, err)
	}
	return stopped, errors.Join(errs...)
}
