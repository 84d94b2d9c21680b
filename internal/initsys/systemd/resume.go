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
	jobs := [][]string{{"start", "default.target"}}
	if units != nil {
		jobs = resumeJobs(m.startable(ctx, units))
	}
	// The end of maintenance mode's own target ends nothing that it wanted.
	for _, job := range append(jobs, []string{"stop", Target}) {
		var exit *execx.ExitError
		err := m.act(ctx, actLimit, job...)
		switch {
		case errors.As(err, &exit):
			failed = errors.Join(failed, err)
		case err != nil:
			return failed, err
		}
	}
	return errors.Join(failed, m.startLingering(ctx)), nil
}

// startable leaves out what runs already, and what only a dependency may start:
// the units that want it do.
func (m Manager) startable(ctx context.Context, units []string) []string {
	if len(units) == 0 {
		return units
	}
	argv := append([]string{"systemctl", "show", "--property=Id,ActiveState,RefuseManualStart", "--"}, units...)
	res, err := m.ask(ctx, argv...)
	if err != nil || res.Code != 0 {
		return units // an error of its own for each that cannot be started
	}
	leave := notStartable(string(res.Stdout))
	return slices.DeleteFunc(slices.Clone(units), func(unit string) bool { return slices.Contains(leave, unit) })
}

// notStartable picks, from `systemctl show` of several units, those that are active
// or refuse to be started by hand.
func notStartable(out string) []string {
	var units []string
	for _, block := range strings.Split(strings.TrimSpace(out), "\n\n") {
		lines := strings.Split(block, "\n")
		if !slices.Contains(lines, "ActiveState=active") && !slices.Contains(lines, "RefuseManualStart=yes") {
			continue
		}
		for _, line := range lines {
			if id, found := strings.CutPrefix(line, "Id="); found {
				units = append(units, id)
			}
		}
	}
	return units
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
