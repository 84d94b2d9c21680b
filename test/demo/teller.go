package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// teller prints the story: plain sentences with the time since the beginning, and
// what was typed and printed on the host, set in.
type teller struct {
	out   io.Writer
	begin time.Time
	color bool
}

func newTeller(f *os.File) *teller {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return &teller{out: f, begin: time.Now(), color: err == nil && os.Getenv("NO_COLOR") == ""}
}

const margin = "        "

// chapter begins a part of the story.
func (t *teller) chapter(title string) {
	fmt.Fprintf(t.out, "\n%s\n", t.paint("1", "== "+title))
}

// say tells what happens.
func (t *teller) say(format string, args ...any) {
	at := fmt.Sprintf("%5.1f s", time.Since(t.begin).Seconds())
	fmt.Fprintf(t.out, "%s %s\n", t.paint("2", at), fmt.Sprintf(format, args...))
}

// typed shows a command, printed what came of it.
func (t *teller) typed(prompt, command string) {
	fmt.Fprintf(t.out, "%s%s %s\n", margin, prompt, t.paint("1;36", command))
}

func (t *teller) printed(text string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		fmt.Fprintf(t.out, "%s%s\n", margin, strings.TrimRight(line, "\n"))
	}
}

func (t *teller) paint(code, text string) string {
	if !t.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
