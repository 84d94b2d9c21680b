package rollout

import (
	"fmt"

	"umm/internal/cluster/run"
)

// Write makes an entry durable, folds it into the state and shows it.
func (e *Engine) Write(entry run.Entry) error {
	if e.Meanwhile != nil && entry.Kind.Journaled() && entry.Kind != run.Requested {
		for _, beside := range e.Meanwhile() {
			if err := e.write(beside); err != nil {
				return err
			}
		}
	}
	return e.write(entry)
}

func (e *Engine) write(entry run.Entry) error {
	entry = sanitized(entry)
	entry.At, entry.Run = e.Now(), e.state.Request.ID
	if entry.Request != nil {
		entry.Run = entry.Request.ID
	}
	if entry.Kind == run.Done || entry.Kind == run.PassedOver {
		if c := e.state.Current(); c != nil {
			entry.Took = max(0, entry.At.Sub(c.BegunAt))
		}
	}
	if entry.Kind.Journaled() {
		kept, err := e.Journal.Append(entry)
		if err != nil {
			return fmt.Errorf("cannot write the journal of the run: %w", err)
		}
		entry = kept
		if err := e.state.Add(entry); err != nil {
			return fmt.Errorf("the journal of the run makes no sense: %w", err)
		}
	}
	e.Emit(entry)
	return nil
}
