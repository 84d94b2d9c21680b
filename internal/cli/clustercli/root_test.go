package clustercli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"umm/internal/cli/gendocs/page"
	"umm/internal/cluster/site"
)

// tried is umm-cluster in an empty environment.
type tried struct {
	*app
	stdout, stderr *bytes.Buffer
}

func try(t *testing.T) *tried {
	t.Helper()
	x := &tried{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	x.app = newApp(x.stdout, x.stderr)
	x.getenv = func(string) string { return "" }
	return x
}

// cluster runs a command line.
func (x *tried) cluster(args ...string) int {
	x.stdout.Reset()
	x.stderr.Reset()
	return x.run(context.Background(), args)
}

// What is typed wrongly ends with 2, says what is wrong, and changes nothing.
func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "no command given"},
		{[]string{"frobnicate"}, "unknown command"},
		{[]string{"rol"}, `unknown command "rol": did you mean roll?`},
		{[]string{"--frobnicate"}, "unknown flag"},
		{[]string{"version", "x"}, "x"},
		{[]string{"roll", "n1"}, `unexpected argument "n1": put the command after --`},
		{[]string{"down", "reboot"}, "put the command after --"},
		{[]string{"on"}, "no host given"},
		{[]string{"on", "--", "n1"}, "no host given"},
		{[]string{"on", "n1", "ls", "--", "x"}, `unexpected argument "ls"`},
		{[]string{"on", "n1", "--reason"}, "flag needs an argument"},
	} {
		x := try(t)
		code := x.cluster(c.args...)
		if code != int(Usage) || !strings.Contains(x.stderr.String(), c.want) || !strings.Contains(x.stderr.String(), "hint: umm-cluster COMMAND --help") {
			t.Errorf("umm-cluster %.60q ended with %d and said %q, want %q", c.args, code, x.stderr, c.want)
		}
	}
}

func TestExitCodes(t *testing.T) {
	x := try(t)
	for want, err := range map[int]error{
		1: &Error{Code: Refused, Err: errors.New("refused")},
		3: &Error{Code: Gated, Err: errors.New("not whole"), Hint: "a hint"},
		4: errors.New("cannot"),
		5: &Error{Code: Held, Err: errors.New("held")},
	} {
		if got := x.complain(err); got != want {
			t.Errorf("%v ends with %d, want %d", err, got, want)
		}
	}
	if got := x.stderr.String(); !strings.Contains(got, "umm-cluster: not whole\numm-cluster: hint: a hint\n") {
		t.Errorf("it says %q", got)
	}
}

// The table of exit codes stands in every help, and knows every code.
func TestHelpHoldsTheExitCodes(t *testing.T) {
	for _, code := range []Code{Done, Refused, Usage, Gated, CannotDo, Held, CommandFailed} {
		if !strings.Contains(exitCodes, "\n  "+string(rune('0'+code))+"  ") {
			t.Errorf("the table does not tell of %d", code)
		}
	}
	x := try(t)
	lines := [][]string{{"--help"}, {"help"}}
	for _, c := range x.commands() {
		lines = append(lines, []string{c.Name(), "--help"}, []string{"help", c.Name()})
	}
	for _, args := range lines {
		if code := x.cluster(args...); code != 0 || !strings.Contains(x.stdout.String(), exitCodes) || !strings.Contains(x.stdout.String(), "Usage:") {
			t.Errorf("umm-cluster %q ended with %d and printed %s", args, code, x.stdout)
		}
	}
}

// The man page holds each command, flag and exit code.
func TestManPage(t *testing.T) {
	x := try(t)
	manual := page.Command(x.app.docs())
	words := strings.Split(exitCodes, "\n")[1:]
	for _, c := range x.commands() {
		if !strings.Contains(manual, ".SS "+page.Escape("umm-cluster "+c.Use)) {
			t.Errorf("umm-cluster.8 does not tell of umm-cluster %s", c.Name())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { words = append(words, "--"+f.Name) })
	}
	for _, word := range words {
		if !strings.Contains(manual, page.Escape(word)) {
			t.Errorf("umm-cluster.8 cannot contain %q", word)
		}
	}
}

func TestVersion(t *testing.T) {
	x := try(t)
	if code := x.cluster("--version"); code != 0 || !strings.HasPrefix(x.stdout.String(), "umm-cluster ") {
		t.Errorf("%d, %s", code, x.stdout.String())
	}
	x.stdout.Reset()
	if code := x.cluster("version"); code != 0 || !strings.HasPrefix(x.stdout.String(), "umm-cluster ") {
		t.Errorf("it ended with %d and printed %q", code, x.stdout)
	}
}

const lastRun = "20261123-092114-3f2a"

// What is shown again takes the place of the old at once, and not before it is there.
func TestTheScreenIsNotBlankWhileHostsAreAsked(t *testing.T) {
	x := try(t)
	x.showAgain(true, func(a *app) {
		if x.stdout.Len() > 0 {
			t.Errorf("before it has looked the screen gets %q", x.stdout)
		}
		a.stdout.(*bytes.Buffer).WriteString("seen")
	})
	if x.stdout.String() != "\x1b[H\x1b[2Jseen" {
		t.Errorf("%q", x.stdout)
	}
}

// Each error ends with its code.
func TestCodesOfErrors(t *testing.T) {
	x := try(t)
	if got := x.complain(&Error{Code: CommandFailed, Err: errors.New("the command failed on n1")}); got != 6 {
		t.Errorf("it ends with %d", got)
	}
	if got := x.complain(site.ErrHeld); got != 5 || strings.Contains(x.stderr.String(), "held") {
		t.Errorf("it ends with %d and says %s", got, x.stderr)
	}
}
