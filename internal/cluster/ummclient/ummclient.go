// Package ummclient asks umm on the hosts: it runs umm status, on, off and guard there and
// reads what they answer. How a command gets to a host is the Runner's business.
package ummclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/execx"
	"umm/internal/sanitize"
)

// Exit codes of umm and of the shell that looks for it.
const (
	codeUsage     = 2
	codePostponed = 5
	codeNotFound  = 127
)

// Refusal is what umm on a host answered instead of doing what it was asked to.
// Every other error means that it is not known what became of it.
type Refusal struct {
	Host string
	// Code is umm's exit code.
	Code int
	// Text is what umm said, as a sentence.
	Text string
}

func (r *Refusal) Error() string { return r.Text }

// Lasting tells whether asking again is of no use: it answered with what is no answer.
func (r *Refusal) Lasting() bool { return r.Code == 0 }

// Postponed tells whether a hook of the host asks to try again later; nothing was done there.
func (r *Refusal) Postponed() bool { return r.Code == codePostponed }

// Client is umm on the hosts.
type Client struct {
	// Runner runs commands on a host, as root.
	Runner func(host string) execx.Runner
	// Limit bounds each command but umm on and umm off: these last as long as what they
	// begin.
	Limit time.Duration
}

// Status asks a host.
func (c Client) Status(ctx context.Context, host string) (api.Status, error) {
	var st api.Status
	out, err := c.umm(ctx, host, c.Limit, "status", "-o", "json")
	if err != nil {
		return st, err
	}
	if err := json.Unmarshal([]byte(out), &st); err != nil || st.Version < 1 || st.Mode == "" || st.BootID == "" {
		return api.Status{}, &Refusal{Host: host, Text: fmt.Sprintf("umm on %s is too old for umm-cluster: umm status -o json there prints %q; install the umm package there", host, line(out))}
	}
	return sanitized(st), nil
}

// On asks a host to enter maintenance mode for a run, by a reboot or live as that has it.
func (c Client) On(ctx context.Context, host string, r run.Request) error {
	argv := []string{"on", "--run", r.ID}
	if r.Options.Enter == run.EnterLive {
		argv = append(argv, "--live")
	}
	if r.Reason != "" {
		argv = append(argv, "--reason", r.Reason)
	}
	if len(r.Command) > 0 {
		argv = append(append(argv, "--"), r.Command...)
	}
	_, err := c.umm(ctx, host, 0, argv...)
	return err
}

// Off asks a host to leave maintenance mode.
func (c Client) Off(ctx context.Context, host string, how run.OffOptions) error {
	argv := []string{"off"}
	if how.Reboot {
		argv = append(argv, "reboot")
	}
	if how.LeaveCommandRunning {
		argv = append(argv, "--accept-risk="+api.RiskCommandRunning)
	}
	_, err := c.umm(ctx, host, 0, argv...)
	return err
}

// Refused tells a host's own answer from an error that leaves open what became of
// what was asked.
func (c Client) Refused(err error) bool {
	var r *Refusal
	return errors.As(err, &r)
}

// Set lets a run have a host.
func (c Client) Set(ctx context.Context, host string, r run.Request) error {
	argv := []string{"guard", "set", "--by", r.By, "--master", r.Master}
	if r.Reason != "" {
		argv = append(argv, "--reason", r.Reason)
	}
	_, err := c.umm(ctx, host, c.Limit, append(argv, r.ID)...)
	return err
}

// Clear ends what Set began.
func (c Client) Clear(ctx context.Context, host, id string) error {
	_, err := c.umm(ctx, host, c.Limit, "guard", "clear", id)
	return err
}

// umm runs one command of umm on a host and returns what it prints.
func (c Client) umm(ctx context.Context, host string, limit time.Duration, args ...string) (string, error) {
	res, err := c.Runner(host).Run(ctx, execx.Cmd{Argv: append([]string{"umm"}, args...), Limit: limit, Output: mostOutput})
	if err != nil {
		return "", err
	}
	said := line(string(res.Stderr))
	switch {
	case res.Code == 0:
		return string(res.Stdout), nil
	case res.Code == codeNotFound:
		return "", &Refusal{Host: host, Code: res.Code, Text: "umm is not installed on " + host}
	case res.Code == codeUsage || (said == "" && args[0] != "on"):
		return "", &Refusal{Host: host, Code: res.Code, Text: fmt.Sprintf("umm on %s is too old for umm-cluster: umm %s there: %s; install the umm package there", host, args[0], cmp.Or(said, nothing))}
	}
	return "", &Refusal{Host: host, Code: res.Code, Text: fmt.Sprintf("umm %s on %s: %s", args[0], host, cmp.Or(said, nothing))}
}

// line is the first line of what umm said, without its name in front.
func line(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return sanitize.Phrase(strings.TrimPrefix(text, "umm: "), mostSaid)
}

// nothing stands for what umm did not say.
const nothing = "it failed without a message"
