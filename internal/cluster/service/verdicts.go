package service

import (
	"errors"
	"fmt"
)

var errNotAsked = errors.New("it was not asked")

// Good tells whether every verdict is OK. No verdict at all is not good: nothing
// was seen.
func Good(vs []Verdict) bool {
	for _, v := range vs {
		if v.State != OK {
			return false
		}
	}
	return len(vs) > 0
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
	order := map[State]int{OK: 0, Wait: 1, Unknown: 2, Stop: 3}
	worst := OK
	if len(vs) == 0 {
		return Unknown
	}
	for _, v := range vs {
		if order[v.State] > order[worst] {
			worst = v.State
		}
	}
	return worst
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
		for i, c := range text {
			if c == '\n' {
				text = text[:i]
				break
			}
		}
		if len(text) > 0 {
			return string(text)
		}
	}
	return "it said nothing"
}
