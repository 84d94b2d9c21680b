package upstart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/jobfile"
)

const (
	// askLimit bounds a question about one job, and what init does at once; listLimit that
	// about all of them: 270 calls on D-Bus for 95 jobs, where a job takes 9.
	askLimit  = 30 * time.Second
	listLimit = 90 * time.Second
	// askPatience is for how long init is asked, or told, again where it was not reached.
	askPatience = 3 * time.Minute
)

// notAsked says that init was not reached: nothing of what it was told has been done.
type notAsked struct{ error }

func (e notAsked) Unwrap() error { return e.error }

// isNotAsked tells whether any part of an error is that.
func isNotAsked(err error) bool {
	var u notAsked
	return errors.As(err, &u)
}

// noConnection are complaints of initctl, 1.12.1, and of D-Bus, which are not init's answer.
var noConnection = []string{"Unable to connect to", "Did not receive a reply", "Message recipient disconnected", "Connection is closed",
	"Connection was disconnected", "Connection refused", "Unknown connection error", "timed out"}

// noSuchThing are complaints which mean that what was asked about is not up.
var noSuchThing = []string{"Unknown job: ", "Unknown instance: ", "Unknown parameter: "}

func complains(res execx.Result, complaints []string) bool {
	text := string(res.Stderr)
	return slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(text, c) })
}

// talk is how init is spoken to.
type talk struct {
	limit time.Duration
	// waits: it takes as long as a job does.
	waits bool
	// answered tells whether a result is init's own.
	answered func(execx.Result) bool
}

// initctl asks or tells init; a job's name and its variables are arguments of their own.
// Where init was not reached it does so again, for as long as patience allows.
func (m Manager) initctl(ctx context.Context, how talk, args ...string) (execx.Result, error) {
	argv := append([]string{"initctl"}, args...)
	patience := cmp.Or(m.Patience, askPatience)
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		res, err := m.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: how.limit})
		switch {
		case ctx.Err() != nil:
			return res, ctx.Err()
		case err == nil && how.answered(res):
			return res, nil
		case err == nil:
			err = &execx.ExitError{Argv: argv, Result: res}
		case how.waits && errors.Is(err, context.DeadlineExceeded):
			return res, err // it was told
		case errors.Is(err, exec.ErrNotFound):
			return res, notAsked{err}
		}
		again := time.NewTimer(min(patience/100, time.Second))
		select {
		case <-ctx.Done():
			again.Stop()
			return res, ctx.Err()
		case <-end.C:
			again.Stop()
			return res, notAsked{err}
		case <-again.C:
		}
	}
}

// question asks init. What it does not know, and what it says, is an answer.
func (m Manager) question(ctx context.Context, limit time.Duration, args ...string) (execx.Result, error) {
	return m.initctl(ctx, talk{limit, false, func(res execx.Result) bool { return res.Code == 0 || complains(res, noSuchThing) }}, args...)
}

// tell has init do something. A refusal is an error, and so is that it takes too long.
func (m Manager) tell(ctx context.Context, limit time.Duration, args ...string) error {
	waits := limit > askLimit && !slices.Contains(args, "--no-wait")
	res, err := m.initctl(ctx, talk{limit, waits, func(res execx.Result) bool { return res.Code == 0 || !complains(res, noConnection) }}, args...)
	if err == nil && res.Code != 0 {
		err = &execx.ExitError{Argv: append([]string{"initctl"}, args...), Result: res}
	}
	return err
}

// list is what init says of all jobs.
func (m Manager) list(ctx context.Context) ([]instance, error) {
	res, err := m.initctl(ctx, talk{listLimit, false, func(res execx.Result) bool { return res.Code == 0 }}, "list")
	if err != nil {
		return nil, err
	}
	return parseList(string(res.Stdout)), nil
}

// ask is what init says of these jobs, or instances of jobs, alone. What it does not know is
// not among them.
func (m Manager) ask(ctx context.Context, tree *jobfile.Tree, names ...string) ([]instance, error) {
	var all []instance
	for _, name := range names {
		argv, err := words(tree, "status", name, nil)
		if err != nil {
			// It can be told from others in the list only.
			return m.askList(ctx, names)
		}
		res, err := m.question(ctx, askLimit, argv...)
		if err != nil {
			return nil, err
		}
		all = append(all, parseList(string(res.Stdout))...)
	}
	return all, nil
}

func (m Manager) askList(ctx context.Context, names []string) ([]instance, error) {
	all, err := m.list(ctx)
	return slices.DeleteFunc(all, func(i instance) bool { return !slices.Contains(names, i.name) }), err
}

// up tells whether a job without instances runs, or is on its way there.
func (m Manager) up(ctx context.Context, job string) (bool, error) {
	res, err := m.question(ctx, askLimit, "status", job)
	if err != nil {
		return false, err
	}
	return len(running(parseList(string(res.Stdout)))) > 0, nil
}

// words are those by which initctl is told to do something with an instance. known are
// variables that it was started with: they give it its name where that alone does not tell
// them.
func words(tree *jobfile.Tree, verb, name string, known []string) ([]string, error) {
	job, instance := jobfile.InstanceOf(name)
	argv := []string{verb, job}
	if verb == "stop" {
		argv = []string{verb, "--no-wait", job}
	}
	j, isJob := tree.Job(job)
	if !isJob && instance == "" {
		return argv, nil
	}
	vars, ok := j.Variables(instance)
	if !ok {
		vars, ok = j.VariablesOf(known)
	}
	if !ok {
		return nil, fmt.Errorf("cannot tell which variables of %q name the instance", j.Instance)
	}
	return append(argv, vars...), nil
}
