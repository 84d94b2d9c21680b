package report

import (
	"fmt"
	"slices"

	"umm/internal/run"
)

// Secret is a text that is not shown by accident: it is given by Reveal only.
type Secret struct{ text string }

// NewSecret keeps a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal gives it.
func (s Secret) Reveal() string { return s.text }

const hidden = "(secret)"

// String implements fmt.Stringer.
func (s Secret) String() string { return hidden }

// Format implements fmt.Formatter, for whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// private is an entry for logs and for others than the operator: without the command
// that is run on the hosts, which may hold a secret.
func private(e run.Entry) run.Entry {
	if e.Request != nil {
		r := *e.Request
		r.Command = nil
		e.Request = &r
	}
	if e.Step != nil {
		s := privateStep(*e.Step)
		e.Step = &s
	}
	e.Steps = each(e.Steps, privateStep)
	e.Plan = slices.Clone(e.Plan)
	for i := range e.Plan {
		e.Plan[i].Steps = each(e.Plan[i].Steps, privateStep)
	}
	return e
}

func privateStep(s run.Step) run.Step {
	if s.Kind == run.Command {
		s.Title = "the command"
	}
	return s
}
