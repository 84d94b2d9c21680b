package service

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

var errNotAsked = errors.New("it was not asked")

// Judge makes the verdicts of a service, whose name it is. What a verdict is about is its name
// and its host; what was seen is evidence; the rest is its reason, as for fmt.Sprintf.
type Judge string

// Verdict is one in a state that was found out.
func (j Judge) Verdict(name, host string, state State, evidence, format string, args ...any) Verdict {
	return Verdict{Service: string(j), Name: name, Host: host, State: state, Reason: fmt.Sprintf(format, args...), Evidence: evidence}
}

// OK is a verdict in that state.
func (j Judge) OK(name, host, evidence, format string, args ...any) Verdict {
	return j.Verdict(name, host, OK, evidence, format, args...)
}

// Wait is a verdict in that state.
func (j Judge) Wait(name, host, evidence, format string, args ...any) Verdict {
	return j.Verdict(name, host, Wait, evidence, format, args...)
}

// Stop is a verdict in that state.
func (j Judge) Stop(name, host, evidence, format string, args ...any) Verdict {
	return j.Verdict(name, host, Stop, evidence, format, args...)
}

// Unknown is a verdict in that state.
func (j Judge) Unknown(name, host, evidence, format string, args ...any) Verdict {
	return j.Verdict(name, host, Unknown, evidence, format, args...)
}

// WithRisk is the verdict where an operator may accept it, by that name.
func (v Verdict) WithRisk(name string) Verdict {
	v.Risk = name
	return v
}

// Good tells whether every verdict is OK. No verdict at all is not good: nothing
// was seen.
func Good(vs []Verdict) bool {
	return len(vs) > 0 && len(Bad(vs)) == 0
}

// Bad are the verdicts that are not OK, in order.
func Bad(vs []Verdict) []Verdict {
	var bad []Verdict
	for _, v := range vs {
		if v.State != OK {
			bad = append(bad, v)
		}
	}
	return bad
}

// Worst is the state of all verdicts together: Stop before Unknown before Wait
// before OK. Of none it is Unknown.
func Worst(vs []Verdict) State {
	if len(vs) == 0 {
		return Unknown
	}
	order := []State{OK, Wait, Unknown, Stop}
	worst := 0
	for _, v := range vs {
		worst = max(worst, slices.Index(order, v.State))
	}
	return order[worst]
}

// Output is what a command printed that came to its end with status 0, or a
// sentence on why there is nothing to read.
func (a Answer) Output() (string, error) {
	switch {
	case a.Err != nil:
		return "", a.Err
	case a.Result.Code != 0:
		return "", fmt.Errorf("it ended with status %d: %s", a.Result.Code, complaint(a.Result.Stderr, a.Result.Stdout))
	}
	return string(a.Result.Stdout), nil
}

// complaint is the first line of what a program said.
func complaint(texts ...[]byte) string {
	for _, text := range texts {
		if line, _, _ := bytes.Cut(text, []byte("\n")); len(line) > 0 {
			return string(line)
		}
	}
	return "it said nothing"
}

// Parsed is what parse makes of the output of a command, or why there is nothing to read.
func Parsed[T any](a Answer, parse func(output string) (T, error)) (parsed T, err error) {
	text, err := a.Output()
	if err != nil {
		return parsed, err
	}
	return parse(text)
}
