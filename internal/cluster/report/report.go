// Package report shows a run of umm-cluster to people and programs. Everything is
// made from one stream of run.Entry values, whether they come from a run that is
// under way or from the journal of one that is over: plain lines, a live table, JSON
// events, a log file, notifications, a summary, an HTML page. It decides nothing and
// its failures never reach the run: who cannot be told is not told.
//
// What entries say comes from programs and people on many hosts. Nothing of it
// reaches a terminal with control characters in it.
package report

import (
	"errors"
	"io"

	"umm/internal/cluster/run"
)

// Sink is told what happens in a run. Emit may be called from several goroutines;
// it does not wait for anybody and does not fail.
type Sink interface {
	Emit(run.Entry)
}

// recaller is a Sink that wants to know what happened before, when a run goes on,
// and does not show it again.
type recaller interface {
	Recall([]run.Entry)
}

// Multi tells each of its sinks.
type Multi []Sink

// Emit implements Sink.
func (m Multi) Emit(e run.Entry) {
	for _, s := range m {
		s.Emit(e)
	}
}

// Recall tells the sinks what happened in the run before: to be called before the
// first Emit when a run goes on.
func (m Multi) Recall(past []run.Entry) {
	for _, s := range m {
		if r, ok := s.(recaller); ok {
			r.Recall(past)
		}
	}
}

// Close closes the sinks that can be closed: tables stand as they are, files are
// complete, notifications are through or given up.
func (m Multi) Close() error {
	var errs []error
	for _, s := range m {
		if c, ok := s.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// follow folds an entry for a sink that wants to know where the run stands. The
// journal refuses what makes no sense; here it is shown as well as can be.
func follow(s *run.State, e run.Entry) { _ = s.Add(e) }
