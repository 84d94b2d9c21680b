package upstart

import (
	"context"
	"strings"
	"time"

	"umm/internal/host/jobfile"
)

// startJob starts a job and waits until it runs; of a task it is not waited for the end. That
// it runs already is no error.
func (m Manager) startJob(ctx context.Context, limit time.Duration, job jobfile.Job, vars ...string) error {
	err := m.tell(ctx, limit, startWords(job, vars)...)
	if err == nil || alreadyRunning(err) {
		return nil
	}
	if up, asked := m.up(ctx, job.Name); asked == nil && up {
		return nil
	}
	return err
}

// startOwn starts one of umm's own jobs.
func (m Manager) startOwn(ctx context.Context, job string) error {
	return m.startJob(ctx, askLimit, jobfile.Job{Name: job})
}

// startWords are those by which a job is started: a task may take for ever.
func startWords(job jobfile.Job, vars []string) []string {
	argv := []string{"start", job.Name}
	if job.Task {
		argv = []string{"start", "--no-wait", job.Name}
	}
	return append(argv, vars...)
}

// alreadyRunning tells whether init refused to start what runs; it may have ended since.
func alreadyRunning(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Job is already running")
}

// stopJob stops a job and waits for it. That it does not run is no error.
func (m Manager) stopJob(ctx context.Context, job string) error {
	up, err := m.up(ctx, job)
	if err != nil || !up {
		return err
	}
	err = m.tell(ctx, stopLimit, "stop", job)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if up, asked := m.up(ctx, job); asked == nil && !up {
		return nil
	}
	return err
}
