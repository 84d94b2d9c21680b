package report

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/execx"
	"umm/internal/sanitize"
)

// Hook is somebody who is told of the great moments of a run: by a command or a
// webhook.
type Hook struct {
	// Name tells it apart in warnings.
	Name string
	// Argv is a command. It has the event as JSON (api.ClusterEvent, whose text is a whole line) on its standard
	// input, and UMM_CLUSTER_EVENT, _RUN, _VERB, _HOST, _TEXT and _HINT.
	Argv []string
	// URL is where the event is sent as JSON, where there is no command.
	URL Secret
	// On are the moments at which it is told, of Moments; at no other.
	On []string
	// Limit is how long it may take; 0: 10 seconds.
	Limit time.Duration
}

// Sender sends a document to a URL.
type Sender interface {
	Send(ctx context.Context, url Secret, document []byte) error
}

const (
	hookLimit = 10 * time.Second
	// hookQueue is how many events wait for a slow hook before it misses some.
	hookQueue = 64
	// hookPatience is how long the end of the run waits for all hooks together.
	hookPatience = 20 * time.Second
)

// Notifier tells hooks, each in the order of the events and without waiting for it.
// A hook that fails is a warning and nothing else.
type Notifier struct {
	runner   execx.Runner
	sender   Sender
	warn     func(text string)
	patience time.Duration

	mu    sync.Mutex
	verb  run.Verb
	state run.State
	// private takes out what must not be told; it learns of the command from the request.
	private private
	hooks   []*hook
	closed  bool
	cancel  context.CancelFunc
	wait    sync.WaitGroup
}

// hook is a Hook with what is still to be told to it.
type hook struct {
	Hook
	todo chan news
	// dropped: it was too slow for some.
	dropped bool
}

// news is an entry, and what it means as a line of text: chat systems show that.
type news struct {
	run.Entry
	line string
}

// NewNotifier begins to tell hooks. warn is called with a sentence for each one that
// failed, from other goroutines: it is to emit a warning. Warnings are not told to
// hooks. Close ends it.
func NewNotifier(hooks []Hook, runner execx.Runner, sender Sender, warn func(text string)) *Notifier {
	ctx, cancel := context.WithCancel(context.Background())
	n := &Notifier{runner: runner, sender: sender, warn: warn, patience: hookPatience, cancel: cancel}
	for _, h := range hooks {
		one := &hook{Hook: h, todo: make(chan news, hookQueue)}
		n.hooks = append(n.hooks, one)
		n.wait.Go(func() { n.serve(ctx, one) })
	}
	return n
}

// The moments of a run.
const (
	onStart   = "start"
	onFailure = "failure"
	onStop    = "stop"
	onHold    = "hold"
	onEnd     = "end"
	onHost    = "host"
)

// Moments are those at which somebody can be told: a run starts or goes on; a step
// fails, whether the run stops for it or not; it stops; it is paused; it ends; a host's
// turn comes, or it is through.
func Moments() []string { return []string{onStart, onFailure, onStop, onHold, onEnd, onHost} }

// eventOf is the word for what happened, and the moment that it belongs to; empty where
// nobody is told.
func eventOf(kind run.Kind) (word, moment string) {
	switch kind {
	case run.Requested, run.Resumed, run.Continued, run.Returning, run.Aborting:
		return onStart, onStart
	case run.Failed, run.PassedOver:
		return onFailure, onFailure
	case run.Stopped:
		return onStop, onStop
	case run.Paused:
		return onHold, onHold
	case run.Ended:
		return onEnd, onEnd
	case run.Chosen:
		return "host-start", onHost
	case run.Finished:
		return "host-end", onHost
	}
	return "", ""
}

// Hide keeps these commands, and their words, from the hooks. It is called before anything else.
func (n *Notifier) Hide(commands [][]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.private.hide(commands)
}

// Recall tells what happened before.
func (n *Notifier) Recall(past []run.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range past {
		n.note(e)
	}
}

func (n *Notifier) note(e run.Entry) {
	if e.Request != nil {
		n.verb = e.Request.Verb
		n.private.of(e)
	}
	follow(&n.state, n.private.of(e))
}

// Emit implements Sink.
func (n *Notifier) Emit(e run.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.note(e)
	word, moment := eventOf(e.Kind)
	if word == "" || n.closed {
		return
	}
	told := n.private.of(e)
	line := textLine(&n.state, told)
	for _, h := range n.hooks {
		if !slices.Contains(h.On, moment) {
			continue
		}
		select {
		case h.todo <- news{Entry: told, line: line}:
		default:
			h.dropped = true
		}
	}
}

// serve tells one hook what there is to tell, until there is nothing more.
func (n *Notifier) serve(ctx context.Context, h *hook) {
	for e := range h.todo {
		if ctx.Err() != nil {
			continue
		}
		if err := n.tell(ctx, h, e); err != nil && ctx.Err() == nil {
			n.warn(fmt.Sprintf("cannot notify %s: %v", h.Name, err))
		}
	}
}

// textLine says what happened: "umm-cluster 20261123-092114-3f2a, n1: ...".
func textLine(s *run.State, e run.Entry) string {
	line := "umm-cluster " + e.Run
	if e.Host != "" {
		line += ", " + e.Host
	}
	line += ": " + sentence(s, e)
	if e.Hint != "" {
		line += "; next: " + e.Hint
	}
	return sanitize.Line(line)
}

func (n *Notifier) tell(ctx context.Context, h *hook, e news) error {
	limit := cmp.Or(h.Limit, hookLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("timed out after %s", limit))
	defer cancel()
	event := Event(e.Entry)
	event.Text = e.line
	document, err := json.Marshal(event)
	if err != nil {
		return err
	}
	if len(h.Argv) == 0 {
		err = n.sender.Send(ctx, h.URL, document)
	} else {
		err = n.command(ctx, h, e, document)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// command tells a hook by its command.
func (n *Notifier) command(ctx context.Context, h *hook, e news, document []byte) error {
	word, _ := eventOf(e.Kind)
	n.mu.Lock()
	verb := n.verb
	n.mu.Unlock()
	res, err := n.runner.Run(ctx, execx.Cmd{Argv: h.Argv, Stdin: append(document, '\n'), Limit: cmp.Or(h.Limit, hookLimit), Env: []string{
		"UMM_CLUSTER_EVENT=" + word, "UMM_CLUSTER_RUN=" + sanitize.Line(e.Run), "UMM_CLUSTER_VERB=" + string(verb),
		"UMM_CLUSTER_HOST=" + sanitize.Line(e.Host), "UMM_CLUSTER_TEXT=" + sanitize.Line(e.Text), "UMM_CLUSTER_HINT=" + sanitize.Line(e.Hint),
	}})
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("it exited with status %d", res.Code)
	}
	return err
}

// TellOnce tells each hook of one entry, at whatever moment, and returns what came of it, in
// their order.
func TellOnce(ctx context.Context, hooks []Hook, runner execx.Runner, sender Sender, e run.Entry) []error {
	n := NewNotifier(nil, runner, sender, nil)
	all := make([]error, len(hooks))
	var wait sync.WaitGroup
	for i, h := range hooks {
		wait.Go(func() { all[i] = n.tell(ctx, &hook{Hook: h}, news{Entry: e, line: textLine(&n.state, e)}) })
	}
	wait.Wait()
	return all
}

// Close waits until all hooks were told, though not for ever.
func (n *Notifier) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	for _, h := range n.hooks {
		close(h.todo)
	}
	n.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.wait.Wait()
	}()
	patience := time.NewTimer(n.patience)
	defer patience.Stop()
	var errs []error
	select {
	case <-done:
	case <-patience.C:
		errs = append(errs, fmt.Errorf("notifications did not finish within %s", n.patience))
	}
	n.cancel()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, h := range n.hooks {
		if h.dropped {
			errs = append(errs, fmt.Errorf("some notifications to %s were dropped: it is too slow", h.Name))
		}
	}
	return errors.Join(errs...)
}

var _ io.Closer = (*Notifier)(nil)
