// Package rebootneeded tells whether a host has to be rebooted for what was installed on it
// to take effect, and why. What cannot be told is unknown, and not no.
package rebootneeded

import (
	"fmt"
	"strings"

	"umm/internal/sanitize"
)

// Whether a reboot is needed.
const (
	Yes     = "yes"
	No      = "no"
	Unknown = "unknown"
)

// Answer is whether, and why.
type Answer struct {
	// Needed is Yes where any source says so; else Unknown where one could not be asked.
	Needed string
	// Reasons are phrases, one a source that says yes.
	Reasons []string
	// Unknown are phrases on what could not be told.
	Unknown []string
}

// facts are what the sources say.
type facts struct {
	// flagged: /run/reboot-required is there, and names the packages that made it.
	flagged  bool
	packages []string

	// container: the kernel is the outer host's.
	container bool
	running   Kernel
	// next is the kernel that the next boot starts; file is where it is.
	next      Kernel
	nextError error
	// touched: the file of next was changed after this boot had begun.
	touched bool

	// tools are the answers of programs that look for it, the operator's among them.
	tools []answer
}

// answer is that of one program.
type answer struct {
	name   string
	needed bool
	why    string
	err    error
}

// namesShown is how many packages are named.
const namesShown = 8

func decide(f facts) Answer {
	var a Answer
	yes := func(format string, args ...any) { a.Reasons = append(a.Reasons, phrase(format, args...)) }
	unknown := func(format string, args ...any) { a.Unknown = append(a.Unknown, phrase(format, args...)) }
	if f.flagged {
		yes("/run/reboot-required%s", after(": ", some(f.packages)))
	}
	switch {
	case f.container:
	case f.nextError != nil:
		unknown("which kernel the next boot starts: %v", f.nextError)
	case f.running.Release == "":
		unknown("which kernel runs")
	case f.next.Release != f.running.Release:
		yes("the next boot starts the kernel %s, and %s runs", f.next.Release, f.running.Release)
	case f.next.Version != "" && f.running.Version != "" && f.next.Version != f.running.Version:
		yes("the next boot starts the kernel %s, and %s runs", f.next, f.running)
	case f.next.Version == "" && f.touched:
		unknown("whether the kernel %s, whose file changed after this boot began, is the running one", f.next.Release)
	}
	for _, t := range f.tools {
		switch {
		case t.err != nil:
			unknown("%s: %v", t.name, t.err)
		case t.needed:
			yes("%s%s", t.name, after(": ", t.why))
		}
	}
	switch {
	case len(a.Reasons) > 0:
		a.Needed = Yes
	case len(a.Unknown) > 0:
		a.Needed = Unknown
	default:
		a.Needed = No
	}
	return a
}

// phraseLimit bounds what one source can say, in bytes.
const phraseLimit = 300

func phrase(format string, args ...any) string {
	return sanitize.Phrase(fmt.Sprintf(format, args...), phraseLimit)
}

func after(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// some names a few, and how many more there are.
func some(names []string) string {
	if more := len(names) - namesShown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namesShown], ", "), more)
	}
	return strings.Join(names, ", ")
}
