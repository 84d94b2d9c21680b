package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/exit"
	"umm/internal/cluster/fanout"
	"umm/internal/execx"
	"umm/internal/sanitize"
)

// Bounds of what a host prints while it is prepared, in bytes, and how many lines of it are
// shown where that fails.
const (
	prepareOutput = 16 << 20
	prepareLines  = 10
	prepareLine   = 300
)

// prepareHosts runs a line of the shell on all hosts that are to be taken, while they serve and
// before any of them is drained: what fails is found while nothing has been done.
func (s *Site) prepareHosts(ctx context.Context, line string) error {
	began := time.Now()
	s.infof("preparing %s: %s", strings.Join(s.Taken, ", "), sanitize.Phrase(line, prepareLine))
	failed := fanout.Each(s.Taken, func(host string) string {
		res, err := s.Cluster.Runner(host).Run(ctx, execx.Cmd{Argv: []string{"/bin/sh", "-c", line}, Env: execx.Unattended(),
			Limit: s.Limits.Command, Output: prepareOutput})
		return unprepared(host, res, err)
	})
	failed = slices.DeleteFunc(failed, func(text string) bool { return text == "" })
	if len(failed) > 0 {
		return &exit.Error{Code: exit.Gated, Err: fmt.Errorf("cannot prepare every host: no host was drained:\n%s", strings.Join(failed, "\n")),
			Hint: "fix what fails there and run it again"}
	}
	s.infof("prepared in %s", time.Since(began).Round(time.Second))
	return nil
}

// unprepared says how it failed on a host, with the last lines that were printed there; ""
// where it did not.
func unprepared(host string, res execx.Result, err error) string {
	switch {
	case err != nil:
		return fmt.Sprintf("%s: %v", host, err)
	case res.Code == 0:
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(res.Stdout)+string(res.Stderr)), "\n")
	lines = lines[max(0, len(lines)-prepareLines):]
	text := fmt.Sprintf("%s: exit status %d", host, res.Code)
	for _, line := range lines {
		if line != "" {
			text += "\n  " + sanitize.Phrase(line, prepareLine)
		}
	}
	return text
}
