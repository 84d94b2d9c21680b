package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/matcher"
	"umm/internal/cluster/window"
)

// kind is what a value may be. A value is what is written in the file, as text:
// YAML's own ideas of numbers and dates are not asked, so that 010 is not 8 and
// 1.10 not 1.1.
type kind struct {
	// what goes behind "is X, not".
	what string
	// scalar makes a value of a text. home is the folder that ~ stands for.
	scalar func(text, home string) (any, bool)
	// list: a sequence of such scalars; twice: in which one may be repeated.
	list, twice bool
	// fields: a sequence of mappings; their keys are in the table.
	fields bool
	// group: a mapping; its keys are in the table.
	group bool
	// secret: the value is never printed.
	secret bool
}

// Secret is a text that is never printed by accident.
type Secret string

// String hides it.
func (Secret) String() string { return "(not shown)" }

// GoString hides it.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal is what it is, for the one who needs it.
func (s Secret) Reveal() string { return string(s) }

var (
	group  = kind{group: true}
	fields = kind{fields: true}
)

func listOf(k kind) kind {
	k.list = true
	return k
}

func plain(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}

var hostName = kind{what: "a host's name: letters, digits, dots and dashes", scalar: func(text, _ string) (any, bool) {
	return text, inventory.BadName(text) == ""
}}

var userName = kind{what: "a user's name", scalar: func(text, _ string) (any, bool) {
	return text, text != "" && inventory.BadUser(text) == ""
}}

// word is a name that we give: of a role, a zone, a check.
var word = kind{what: "a name: letters, digits, dots, dashes and underscores", scalar: func(text, _ string) (any, bool) {
	ok := !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	})
	return text, ok && text != "" && len(text) <= 64 && text[0] != '-' && text[0] != '.'
}}

// text is a sentence of the operator's.
var text = kind{what: "a text in one line", scalar: func(text, _ string) (any, bool) {
	return text, plain(text) && strings.TrimSpace(text) != "" && len(text) <= maxText
}}

// maxText is how long such a text may be, in bytes.
const maxText = 500

// proxyName is the name of a backend of HAProxy.
var proxyName = kind{what: "a backend's name: letters, digits, dots, dashes, colons and underscores", scalar: func(text, _ string) (any, bool) {
	return text, text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._:-", r))
	})
}}

// argv is a command as a list of its words.
var argv = kind{what: "a command as a list of words, as [/usr/local/bin/check, --fast]; for a shell: [sh, -c, '...']", list: true, twice: true,
	scalar: func(text, _ string) (any, bool) { return text, !strings.Contains(text, "\x00") }}

// localPath is a file of the host that umm-cluster runs on.
var localPath = kind{what: "a path that begins with / or ~/", scalar: func(text, home string) (any, bool) {
	if rest, ok := strings.CutPrefix(text, "~/"); ok && home != "" {
		text = filepath.Join(home, rest)
	}
	return text, plain(text) && strings.HasPrefix(text, "/")
}}

// hostPath is a file on the hosts.
var hostPath = kind{what: "a path that begins with /", scalar: func(text, _ string) (any, bool) {
	return text, plain(text) && strings.HasPrefix(text, "/")
}}

var endpoint = kind{what: "a URL as https://192.0.2.11:2379", scalar: func(text, _ string) (any, bool) {
	u, err := url.Parse(text)
	return text, err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == ""
}}

var webhook = kind{what: "a URL that begins with https:// or http://", secret: true, scalar: func(text, _ string) (any, bool) {
	u, err := url.Parse(text)
	return Secret(text), err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}}

// token lets somebody in.
var token = kind{what: "a token: a word", secret: true, scalar: func(text, _ string) (any, bool) {
	return Secret(text), plain(text) && !strings.Contains(text, " ") && len(text) <= maxText
}}

// called is a name with a place for a host's own.
var called = kind{what: "a name with {host} or {address} in it", scalar: func(text, _ string) (any, bool) {
	return text, plain(text) && len(text) <= maxText && (strings.Contains(text, "{host}") || strings.Contains(text, "{address}"))
}}

// condition is a matcher of alerts.
var condition = kind{what: `a condition as instance="{host}:9100" or instance=~"{host}(:[0-9]+)?"`, scalar: func(text, _ string) (any, bool) {
	_, err := matcher.Parse(text)
	return text, err == nil
}}

// weekly is a window of the week.
var weekly = kind{what: `a window as "Mon-Fri 01:00-05:00 Europe/Berlin", in a time zone that this machine knows`, scalar: func(text, _ string) (any, bool) {
	_, err := window.Parse(text)
	return text, err == nil
}}

var address = kind{what: "HOST:PORT", scalar: func(text, _ string) (any, bool) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" || !plain(text) {
		return nil, false
	}
	_, ok := whole(port, 1, 65535)
	return text, ok
}}

func number(least, most int) kind {
	return kind{what: fmt.Sprintf("a number from %d to %d", least, most), scalar: func(text, _ string) (any, bool) {
		return whole(text, least, most)
	}}
}

// whole takes decimal digits only.
func whole(text string, least, most int) (int, bool) {
	if text != "0" && (text == "" || strings.Trim(text, "0123456789") != "" || text[0] == '0') {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most
}

// duration takes times with a unit; none allows 0 as well.
func duration(least, most time.Duration, none bool) kind {
	what := fmt.Sprintf("a time from %s to %s, as 90s, 15m or 2h", Time(least), Time(most))
	if none && least > 0 {
		what = "0 or " + what
	}
	return kind{what: what, scalar: func(text, _ string) (any, bool) {
		if text == "0" {
			return time.Duration(0), none
		}
		if text == "" || text[0] < '0' || text[0] > '9' {
			return nil, false
		}
		d, err := time.ParseDuration(text)
		return d, err == nil && (d >= least && d <= most || none && d == 0)
	}}
}

// Time writes a duration as it is written in the file: 15m, not 15m0s.
func Time(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	if d == 0 {
		return "0"
	}
	return text
}

func choice(words ...string) kind {
	what := words[len(words)-1]
	if len(words) > 1 {
		what = strings.Join(words[:len(words)-1], ", ") + " or " + what
	}
	return kind{what: what, scalar: func(text, _ string) (any, bool) { return text, slices.Contains(words, text) }}
}
