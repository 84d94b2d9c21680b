// Package policy says what the keys of /etc/umm.conf mean: their defaults, their
// ranges, and what to tell of a value that is out of them. It is pure, so that
// the boot path, which reads the file without any library, and the commands
// cannot disagree.
package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/diag"
	"umm/internal/host/config/envfile"
	"umm/internal/host/mode"
)

// The keys of /etc/umm.conf. The first three are those of fuel-umm.
const (
	KeyEnabled        = "UMM"
	KeyRebootCount    = "REBOOT_COUNT"
	KeyHealthyAfter   = "COUNTER_RESET_TIME"
	KeyKeepUnits      = "KEEP_UNITS"
	KeyCatchEmergency = "CATCH_EMERGENCY"
	KeyCommandLimit   = "COMMAND_TIMEOUT"
	KeyKernelTrial    = "KERNEL_TRIAL"
	KeyRebootNeeded   = "REBOOT_NEEDED"
)

const (
	defaultRebootCount  = 2
	defaultHealthyAfter = 10 * time.Minute
	maxCount            = 1000
	maxMinutes          = 7 * 24 * 60
)

// Default is what holds where a key is absent. Without a file nothing is
// enabled.
func Default() mode.Policy {
	return mode.Policy{
		RebootCount:    defaultRebootCount,
		HealthyAfter:   defaultHealthyAfter,
		CatchEmergency: true,
		KernelTrial:    true,
	}
}

// Parse reads the content of the named file. It never fails: what is wrong is
// told in problems, and the default holds for that key; only UMM=yes enables.
func Parse(file string, data []byte) (mode.Policy, []diag.Problem) {
	entries, broken := envfile.Decode(data)
	return Of(file, entries, broken)
}

// Unreadable is what holds when the file cannot be read: maintenance mode is
// disabled and the host boots plainly.
func Unreadable(file string, err error) (mode.Policy, []diag.Problem) {
	return Default(), []diag.Problem{{File: file, Text: fmt.Sprintf("%v; maintenance mode is disabled", err)}}
}

// Hidden is what is known where the file may be read by others only.
func Hidden(file string) (mode.Policy, []diag.Problem) {
	p := Default()
	p.Hidden = true
	return p, []diag.Problem{{File: file, Text: "only root may read it, so whether maintenance mode is enabled is unknown"}}
}

// Of gives a decoded file its meaning; the last line of a key counts, also where
// it is broken: then the default holds.
func Of(file string, entries []envfile.Entry, broken []envfile.Problem) (mode.Policy, []diag.Problem) {
	p := Default()
	var problems []diag.Problem
	for _, b := range broken {
		text := "; line ignored"
		if b.Key != "" {
			text = "; using the default"
		}
		problems = append(problems, diag.Problem{File: file, Line: b.Line, Key: b.Key, Text: b.Text + text})
	}
	for _, e := range entries {
		if overruled := slices.ContainsFunc(broken, func(b envfile.Problem) bool { return b.Key == e.Key && b.Line > e.Line }); overruled {
			continue
		}
		if text := set(&p, e); text != "" {
			problems = append(problems, diag.Problem{File: file, Line: e.Line, Key: e.Key, Text: text})
		}
	}
	slices.SortStableFunc(problems, func(a, b diag.Problem) int { return a.Line - b.Line })
	return p, problems
}

// set obeys one entry, or says why it cannot.
func set(p *mode.Policy, e envfile.Entry) string {
	switch e.Key {
	case KeyEnabled:
		p.Enabled = e.Value == "yes"
		if !p.Enabled && e.Value != "no" {
			return fmt.Sprintf("is %q, not yes or no; maintenance mode is disabled", e.Value)
		}
	case KeyRebootCount:
		n, ok := number(e.Value, maxCount)
		if p.RebootCount = defaultRebootCount; !ok {
			return fmt.Sprintf("is %q, not a number from 0 to %d; using %d", e.Value, maxCount, defaultRebootCount)
		}
		p.RebootCount = n
	case KeyHealthyAfter:
		d, ok := minutes(e.Value)
		if p.HealthyAfter = defaultHealthyAfter; !ok {
			return fmt.Sprintf("is %q, not minutes from 0 to %d; using %d", e.Value, maxMinutes, int(defaultHealthyAfter.Minutes()))
		}
		p.HealthyAfter = d
	case KeyCommandLimit:
		d, ok := minutes(e.Value)
		if p.CommandLimit = 0; !ok {
			return fmt.Sprintf("is %q, not minutes from 0 to %d; using 0, no limit", e.Value, maxMinutes)
		}
		p.CommandLimit = d
	case KeyCatchEmergency:
		p.CatchEmergency = e.Value != "no"
		if p.CatchEmergency && e.Value != "yes" {
			return fmt.Sprintf("is %q, not yes or no; using yes", e.Value)
		}
	case KeyKernelTrial:
		p.KernelTrial = e.Value != "no"
		if p.KernelTrial && e.Value != "yes" {
			return fmt.Sprintf("is %q, not yes or no; using yes", e.Value)
		}
	case KeyKeepUnits:
		return setKeepUnits(p, e.Value)
	case KeyRebootNeeded:
		p.RebootNeeded = e.Value
	default:
		return "unknown key; line ignored"
	}
	return ""
}

func setKeepUnits(p *mode.Policy, value string) string {
	p.KeepUnits = nil
	var bad []string
	for _, name := range strings.Fields(value) {
		if validUnit(name) {
			p.KeepUnits = append(p.KeepUnits, name)
		} else {
			bad = append(bad, name)
		}
	}
	if len(bad) > 0 {
		return fmt.Sprintf("%q is not a unit name; ignored", strings.Join(bad, " "))
	}
	return ""
}

// validUnit allows the characters of systemd.unit(5) and the wildcards * and ?.
// A name never holds a slash: it becomes a file name.
func validUnit(name string) bool {
	for _, c := range name {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(`:-_.\@*?`, c)
		if !ok {
			return false
		}
	}
	return len(name) <= 255 && name[0] != '.' && name[0] != '-'
}

func minutes(s string) (time.Duration, bool) {
	n, ok := number(s, maxMinutes)
	return time.Duration(n) * time.Minute, ok
}

// number reads a decimal number; a leading zero does not make it octal.
func number(s string, limit int) (int, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= limit
}
