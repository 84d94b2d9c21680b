package report

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/run"
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
// that is run on the hosts and those of the configuration, which may hold secrets, wherever
// somebody quoted them.
type private struct {
	// own are the commands of the configuration.
	own   [][]string
	words []string
}

// hide takes out these commands, too.
func (p *private) hide(commands [][]string) {
	p.own = commands
	p.words = telling(nil, commands, nil)
}

// of is an entry without it.
func (p *private) of(e run.Entry) run.Entry {
	if e.Request != nil {
		p.words = telling(e.Request.Hosts, p.own, e.Request.Command)
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
	e.Text, e.Hint, e.LastLines = p.without(e.Text), p.without(e.Hint), nil
	e.Verdicts = slices.Clone(e.Verdicts)
	for i := range e.Verdicts {
		v := &e.Verdicts[i]
		v.Reason, v.Evidence = p.without(v.Reason), p.without(v.Evidence)
	}
	return e
}

func (p *private) without(text string) string {
	for _, word := range p.words {
		text = strings.ReplaceAll(text, word, hidden)
	}
	return text
}

// telling are the words of commands that are not to be told, the longest first. Short ones
// without anything special are left: they may stand in any sentence, as host names may, and
// so may the names of the configuration's programs.
func telling(hosts []string, own [][]string, command []string) []string {
	const short = 8
	candidates := slices.Clone(command)
	for _, c := range append(slices.Clone(own), command) {
		candidates = append(candidates, strings.Join(c, " "), shellquote.Line(c...))
		if len(c) > 1 {
			candidates = append(candidates, c[1:]...)
		}
	}
	programs := each(own, func(c []string) string { return strings.Join(c[:min(1, len(c))], "") })
	var words []string
	for _, word := range candidates {
		if word != "" && !slices.Contains(hosts, word) && !slices.Contains(programs, word) && (len(word) >= short || strings.ContainsAny(word, " =:@'\"")) {
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
