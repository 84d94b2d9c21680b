package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/poll"
)

// wait checks a step again and again, until a check says that it is over or its time is. It
// shows what is waited for, whenever that changes.
func (e *Engine) wait(ctx context.Context, st run.Step, every time.Duration, check func(context.Context) Result) Result {
	shown, waitedFor, over := "", "", false
	var lines []string
	var last Result
	var unclear patience
	repeat(ctx, every, func() bool {
		r := check(ctx)
		if r.Status == Unclear && unclear.over(e.Now(), e.Limits.Unclear) {
			r.Status = Failed
		}
		// A check that was cut off says nothing, but for what is done and for a host that does
		// not answer.
		cutOff := ctx.Err() != nil && r.Status != Done && r.Status != PassedOver
		if !cutOff || last.Status == "" || r.Status == Unreachable {
			last = r
		}
		if over = r.Status.over() && !cutOff; over {
			return true
		}
		if !cutOff {
			waitedFor = r.Text
		}
		if text := cmp.Or(r.Shown, r.Text); (text != shown || !slices.Equal(r.LastLines, lines)) && !cutOff {
			shown, lines = text, r.LastLines
			_ = e.Write(run.Entry{Kind: run.Waiting, Host: st.Host, Step: &st, Text: shown, LastLines: lines})
		}
		if r.Status == Unreachable {
			if err := e.Cluster.Await(ctx, st.Host); lasting(err) && ctx.Err() == nil {
				last, over = failure(err), true
			}
		}
		return over
	})
	if over {
		return last
	}
	if last.Status == Unreachable {
		waitedFor = cmp.Or(waitedFor, last.Text)
	}
	last.Status, last.Err, last.Text = Interrupted, ctx.Err(), ctx.Err().Error()
	if errors.Is(last.Err, context.DeadlineExceeded) {
		last.Text = fmt.Sprintf("timed out after %s: %s", st.Limit, cmp.Or(waitedFor, "no check came to its end"))
	}
	return last
}

// repeat calls check at once, and then every so often until it is done or ctx ends.
func repeat(ctx context.Context, every time.Duration, check func() (done bool)) {
	for range poll.Every(ctx, max(every, time.Millisecond)) {
		if check() {
			return
		}
	}
}

// patience is how long what cannot be read is tried again: from the end of the first check that
// could not read it, however long that took.
type patience struct{ until time.Time }

func (p *patience) over(now time.Time, limit time.Duration) bool {
	if p.until.IsZero() {
		p.until = now.Add(limit)
		return false
	}
	return now.After(p.until)
}
