package upstart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"umm/internal/host/jobfile"
)

// StopStrays implements node.Switch. It stops jobs and init scripts as Enter does, but does
// not note them: what the boot starts it starts anyway.
func (m Manager) StopStrays(ctx context.Context, before []string, keeps func(name string) bool) ([]string, error) {
	all, err := m.list(ctx)
	if err != nil {
		return nil, err
	}
	tree := m.Tree()
	stray := func(name string) bool {
		job, _ := jobfile.InstanceOf(name)
		return !own(name) && !slices.Contains(before, name) && !keeps(job)
	}
	var stopped, jobs []string
	var errs []error
	done := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("cannot stop %s: %w", name, err))
			return
		}
		stopped = append(stopped, name)
	}
	up := running(all)
	for _, i := range all {
		if slices.Contains(up, i.name) && stray(i.name) {
			jobs = append(jobs, i.name)
			done(i.name, m.tellToStop(ctx, tree, m.startedWith(tree, i)))
		}
	}
	for _, name := range m.runningScripts(ctx, tree, m.Plan(tree)) {
		if stray(name) {
			done(name, m.act(ctx, stopLimit, "service", name, "stop"))
		}
	}
	if err := m.untilStopped(ctx, tree, jobs); err != nil {
		errs = append(errs, err)
	}
	slices.Sort(stopped)
	return stopped, errors.Join(errs...)
}
