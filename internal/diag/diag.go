// Package diag names what is wrong with a configuration: the file, the line and the key,
// and what holds instead. It is pure.
package diag

import "strconv"

// Problem is a setting that is not obeyed as written.
type Problem struct {
	File string
	// Line is 0 where the problem is with the whole file.
	Line int
	Key  string
	// Text says what is wrong and what holds instead.
	Text string
}

func (p Problem) String() string {
	where := p.File
	if p.Line > 0 {
		where += ":" + strconv.Itoa(p.Line)
	}
	if p.Key != "" {
		where += ": " + p.Key
	}
	return where + ": " + p.Text
}
