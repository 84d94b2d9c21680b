package report

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/run"
	"umm/internal/shellquote"
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

// private makes entries fit for logs and for others than the operator: without the command
// that is run on the hosts, which may hold a secret, wherever somebody quoted it.
type private struct {
	words []string
}

// of is an entry without it.
func (p *private) of(e run.Entry) run.Entry {
	if e.Request != nil {
		p.words = telling(*e.Request)
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
	for _, word := range p.words {
		e.Text, e.Hint = strings.ReplaceAll(e.Text, word, hidden), strings.ReplaceAll(e.Hint, word, hidden)
	}
	return e
}

// telling are the words of a command that are not to be told, the longest first. Short ones
// without anything special are left: they may stand in any sentence, as host names may.
func telling(r run.Request) []string {
	const short = 8
	var words []string
	for _, word := range append([]string{strings.Join(r.Command, " "), shellquote.Line(r.Command...)}, r.Command...) {
		if word != "" && !slices.Contains(r.Hosts, word) && (len(word) >= short || strings.ContainsAny(word, " =:@'\"")) {
			words = append(words, word)
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

func privateStep(s run.Step) run.Step {
	if s.Kind == run.Command {
		s.Title = "the command"
	}
	return s
}
