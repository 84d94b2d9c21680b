package sshconfig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"umm/internal/execx"
	"umm/internal/sanitize"
)

const (
	// maxAnswer bounds what ssh -G may print, maxWords its complaint, in bytes.
	maxAnswer = 1 << 20
	maxWords  = 500
)

// hashed has ssh tell what only it knows for certain: it replaces these tokens in the
// ControlPath that it prints.
const hashed = "/%C/%L/%l"

// argv is how ssh is asked about a host; file is its -F.
func argv(file string, ask Ask) []string {
	args := []string{"ssh", "-G", "-T", "-o", "ControlPath=" + hashed}
	if file != "" {
		args = append(args, "-F", file)
	}
	if ask.User != "" {
		args = append(args, "-l", ask.User)
	}
	if ask.Port != 0 {
		args = append(args, "-p", strconv.Itoa(ask.Port))
	}
	if ask.HostName != "" {
		args = append(args, "-o", "HostName="+strings.ReplaceAll(ask.HostName, "%", "%%"))
	}
	if ask.ProxyJump != "" {
		args = append(args, "-o", "ProxyJump="+ask.ProxyJump)
	}
	return append(args, "--", ask.Alias)
}

// errNoAnswer says that there is no ssh here that tells what it makes of a configuration.
type errNoAnswer struct{ why string }

func (e errNoAnswer) Error() string { return e.why }

// dump is what ssh makes of a configuration for a host.
func (c *Config) dump(ctx context.Context, file string, ask Ask) (string, error) {
	args := argv(file, ask)
	res, err := c.Run.Run(ctx, execx.Cmd{Argv: args, Limit: c.Limit, Keep: maxAnswer})
	says := sanitize.Phrase(strings.ReplaceAll(strings.TrimSpace(string(res.Stderr)), "\r", ""), maxWords)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errNoAnswer{"there is no ssh here to ask"}
	case errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("ssh -G has no answer within %s; its configuration may have a Match exec or a name to look up that hangs", c.Limit)
	case err != nil:
		return "", err
	case res.Code != 0 && strings.Contains(says, "option -- ") && strings.Contains(says, "G"):
		return "", errNoAnswer{"this ssh cannot be asked (ssh -G, since OpenSSH 6.8)"}
	case res.Code != 0 && says == "":
		return "", fmt.Errorf("ssh -G failed with exit status %d", res.Code)
	case res.Code != 0:
		return "", fmt.Errorf("ssh refuses its configuration: %s", says)
	case len(res.Stdout) >= maxAnswer:
		return "", fmt.Errorf("ssh -G says more than %d bytes", maxAnswer)
	}
	return string(res.Stdout), nil
}

// askSSH asks ssh about a host; why is what was too much to be read here.
func (c *Config) askSSH(ask Ask, why beyond) (h Host, err error) {
	c.turn(func(ctx context.Context) {
		var out string
		if out, err = c.dump(ctx, c.File, ask); err == nil {
			h, err = c.parse(out, ask)
		}
	})
	var none errNoAnswer
	if errors.As(err, &none) {
		return Host{}, fmt.Errorf("cannot tell how to reach %s: only ssh itself can read %s, and %w; install or update openssh-client, or give ssh.config in /etc/umm-cluster.yaml a file of plain lines",
			ask.Alias, why, err)
	}
	if err != nil {
		return Host{}, fmt.Errorf("cannot tell how to reach %s: %w", ask.Alias, err)
	}
	return h, nil
}

// defaults are the algorithms of this machine's ssh without a configuration, which is what a
// plain one leaves them at.
func (c *Config) defaults() (crypto Crypto) {
	c.turn(func(ctx context.Context) {
		out, err := c.dump(ctx, None, Ask{Alias: "localhost"})
		if err != nil {
			return
		}
		if h, err := c.parse(out, Ask{Alias: "localhost"}); err == nil {
			crypto = h.Crypto
		}
	})
	return crypto
}
