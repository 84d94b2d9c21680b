package systemd

import (
	"context"
	"errors"
	"slices"
	"strings"

	"umm/internal/execx"
)

// Resume implements node.Switch. Targets are only marked as reached, without what
// they would pull in: the units of the list are what ran before, and no more.
func (m Manager) Resume(ctx context.Context, units []string) (failed, err error) {
	if units == nil {
		failed, err = m.startDefault(ctx)
	} else {
		failed, err = m.each(ctx, resumeJobs(m.startable(ctx, units)))
	}
	if err != nil {
		return failed, err
	}
	// The end of maintenance mode's own target ends nothing that it wanted.
	left, err := m.each(ctx, [][]string{{"stop", Target}})
	if err != nil {
		return errors.Join(failed, left), err
	}
	return errors.Join(failed, left, m.startLingering(ctx)), nil
}

// each runs systemctl for one job after the other. failed says which of them failed,
// err that not all were asked for.
func (m Manager) each(ctx context.Context, jobs [][]string) (failed, err error) {
	for _, job := range jobs {
		var exit *execx.ExitError
		err := m.act(ctx, actLimit, job...)
		switch {
		case errors.As(err, &exit):
			failed = errors.Join(failed, err)
		case err != nil:
			return failed, err
		}
	}
	return failed, nil
}

// startable leaves out what runs already, and what only a dependency may start:
// the units that want it do.
func (m Manager) startable(ctx context.Context, units []string) []string {
	if len(units) == 0 {
		return units
	}
	all, err := m.show(ctx, "ActiveState,RefuseManualStart", append([]string{"--"}, units...)...)
	if err != nil {
		return units // an error of its own for each that cannot be started
	}
	known := byName(all)
	return slices.DeleteFunc(slices.Clone(units), func(unit string) bool {
		return known[unit]["ActiveState"] == "active" || known[unit]["RefuseManualStart"] == "yes"
	})
}

// resumeJobs are the words to systemctl, in their order: a socket cannot listen any
// more once its service runs, and each unit of one systemctl start is a transaction
// of its own.
func resumeJobs(units []string) [][]string {
	var sockets, targets, others []string
	for _, u := range units {
		switch {
		case strings.HasSuffix(u, ".socket"):
			sockets = append(sockets, u)
		case strings.HasSuffix(u, ".target"):
			targets = append(targets, u)
		default:
			others = append(others, u)
		}
	}
	var jobs [][]string
	if len(sockets) > 0 {
		jobs = append(jobs, append([]string{"start", "--"}, sockets...))
	}
	if len(others) > 0 {
		jobs = append(jobs, append([]string{"start", "--"}, others...))
	}
	if len(targets) > 0 {
		jobs = append(jobs, append([]string{"start", "--job-mode=ignore-dependencies", "--"}, targets...))
	}
	return jobs
}
