package lock

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"umm/internal/sanitize"
)

// Claim is whose run it is.
type Claim struct {
	Run string `json:"run"`
	// By is who asked, Master where umm-cluster runs.
	By     string    `json:"by,omitempty"`
	Master string    `json:"master,omitempty"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// claimWords are the words of a claim that engines keep, by name.
var claimWords = []string{"run", "by", "master", "reason", "at"}

// word is one of them.
func (c Claim) word(name string) string {
	return map[string]string{"run": c.Run, "by": c.By, "master": c.Master, "reason": sanitize.Line(c.Reason), "at": c.At.UTC().Format(time.RFC3339)}[name]
}

// claimOf is the claim of the words that another machine told; they can be shown.
func claimOf(word func(name string) string) *Claim {
	text := func(name string) string { return sanitize.Phrase(word(name), 2000) }
	c := Claim{Run: text("run"), By: text("by"), Master: text("master"), Reason: text("reason")}
	// Without a time it is a claim all the same.
	c.At, _ = time.Parse(time.RFC3339, word("at"))
	return &c
}

// String is "20261123-092114-3f2a, by alice on fuel, since 2026-11-23 09:21:14 UTC
// (new kernel)".
func (c Claim) String() string {
	text := c.Run
	if c.By != "" {
		text += ", by " + c.By
	}
	if c.Master != "" {
		text += " on " + c.Master
	}
	if !c.At.IsZero() {
		text += ", since " + c.At.Format("2006-01-02 15:04:05 MST")
	}
	if c.Reason != "" {
		text += " (" + c.Reason + ")"
	}
	return text
}

var safeName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$`)

// CheckRun holds the name of a run to what is safe in any query and file.
func CheckRun(id string) error {
	if !safeName.MatchString(id) {
		return errors.New("a run ID has at most 64 letters, digits, dots and dashes")
	}
	return nil
}

// HeldError is the refusal of a lock that another run holds: another run has the cluster.
type HeldError struct {
	Claim Claim
	// Where the claim was seen: "this master", or the engine's name.
	Where string
	// Working: its process is at work right now, on this master.
	Working bool
}

func (h *HeldError) Error() string {
	text := fmt.Sprintf("another run holds the cluster lock (%s): %s", h.Where, h.Claim)
	if h.Working {
		text += "; it is running"
	}
	return text
}
