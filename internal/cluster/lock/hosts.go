package lock

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"umm/internal/execx"
	"umm/internal/poll"
)

// Host is one on which an engine can be asked.
type Host struct {
	Name string
	Run  execx.Runner
}

// commandLimit bounds each command of an engine.
const commandLimit = 10 * time.Second

// hosts are asked one after the other until one answers; the one that did is first
// the next time.
type hosts struct {
	all   []Host
	mutex sync.Mutex
	best  int
}

// each asks in order until ask says that it is done, and returns why the others were
// of no help.
func (h *hosts) each(ask func(Host) (done bool, err error)) error {
	if len(h.all) == 0 {
		return errors.New("there is no host to ask")
	}
	h.mutex.Lock()
	first := h.best
	h.mutex.Unlock()
	var why []string
	for i := range h.all {
		n := (first + i) % len(h.all)
		done, err := ask(h.all[n])
		if done {
			h.mutex.Lock()
			h.best = n
			h.mutex.Unlock()
			return err
		}
		if err != nil {
			why = append(why, h.all[n].Name+": "+err.Error())
		}
	}
	if why == nil {
		return nil
	}
	return errors.New(strings.Join(why, "; "))
}

// do runs a command. A program that fails is no error.
func (h Host) do(ctx context.Context, stdin string, env []string, argv ...string) (execx.Result, error) {
	return h.Run.Run(ctx, execx.Cmd{Argv: argv, Stdin: []byte(stdin), Env: env, Limit: commandLimit})
}

// output is what a program prints that succeeds.
func (h Host) output(ctx context.Context, stdin string, env []string, argv ...string) ([]byte, error) {
	res, err := execx.Do(ctx, h.Run, execx.Cmd{Argv: argv, Stdin: []byte(stdin), Env: env, Limit: commandLimit})
	return res.Stdout, err
}

func failed(argv []string, res execx.Result) error {
	return &execx.ExitError{Argv: argv, Result: res}
}

var errNoQuorum = errors.New("it has no quorum")

// agreed waits until no host that answers contradicts.
func agreed(ctx context.Context, ask func() error) error {
	var err error
	tries := 0
	for range poll.Every(ctx, 200*time.Millisecond) {
		err = ask()
		var held *HeldError
		if err == nil || errors.As(err, &held) || tries == 10 {
			return err
		}
		tries++
	}
	return fmt.Errorf("%w: %w", err, context.Cause(ctx))
}
