package nodecli

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"umm/internal/cli/gendocs/page"
	"umm/internal/host/config/policy"
	"umm/internal/host/node"
)

// What is typed wrongly ends with 2, says what is wrong, and changes nothing.
func TestUsageErrors(t *testing.T) {
	long := strings.Repeat("x", 20000)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "no command given"},
		{[]string{"frobnicate"}, "unknown command"},
		{[]string{"stauts"}, `unknown command "stauts": did you mean status?`},
		{[]string{"--frobnicate"}, "unknown flag"},
		{[]string{"status", "now"}, "now"},
		{[]string{"status", "-o", "yaml"}, `invalid -o "yaml": use text or json`},
		{[]string{"status", "--frobnicate"}, "unknown flag: --frobnicate"},
		{[]string{"check", "-o", "xml"}, `invalid -o "xml"`},
		{[]string{"check", "ssh"}, "ssh"},
		{[]string{"units", "-o", ""}, "use text or json"},
		{[]string{"history", "-n", "-1"}, "invalid -n -1: use a number of events"},
		{[]string{"history", "-n", "x"}, "invalid argument"},
		{[]string{"history", "-o", "csv"}, `invalid -o "csv"`},
		{[]string{"off", "now"}, `invalid argument "now": use umm off or umm off reboot`},
		{[]string{"off", "reboot", "now"}, "accepts at most 1 arg"},
		{[]string{"enable", "it"}, "it"},
		{[]string{"disable", "it"}, "it"},
		{[]string{"output", "last"}, "last"},
		{[]string{"version", "x"}, "x"},
		{[]string{"on", "--then", "halt", "x"}, `invalid --then "halt": use stay, off or reboot`},
		{[]string{"on", "--then", "off"}, "--then and --timeout need a COMMAND"},
		{[]string{"on", "--then", "stay"}, "--then and --timeout need a COMMAND"},
		{[]string{"on", "--timeout", "5m"}, "--then and --timeout need a COMMAND"},
		{[]string{"on", "--timeout", "-5m", "x"}, "cannot be negative"},
		{[]string{"on", "--for", "-5m"}, "cannot be negative"},
		{[]string{"on", "--for", "5ms"}, "too short"},
		{[]string{"on", "--for", "5"}, "invalid argument"},
		{[]string{"on", "--for", "soon"}, "invalid argument"},
		{[]string{"on", "--accept-risk=everything"}, `invalid --accept-risk "everything": use lose-ssh or cluster-run`},
		{[]string{"off", "--accept-risk=lose-ssh"}, `invalid --accept-risk "lose-ssh": use command-running`},
		{[]string{"on", "A=b", "C=d"}, "COMMAND is missing after C=d"},
		{[]string{"on", "--run", "a b"}, `invalid RUN "a b": use letters, digits`},
		{[]string{"off", "--run", "../x"}, "RUN"},
		{[]string{"guard", "now"}, "use umm guard, umm guard set RUN"},
		{[]string{"guard", "-o", "x"}, `invalid -o "x"`},
		{[]string{"guard", "set"}, "use umm guard, umm guard set RUN"},
		{[]string{"guard", "set", "a", "b"}, "accepts at most 2 arg"},
		{[]string{"guard", "set", "a\nb"}, "RUN"},
		{[]string{"guard", "set", "--since", "now", "a"}, `invalid --since "now": use a time`},
		{[]string{"guard", "set", "--reason", "\xff", "a"}, "UTF-8 text"},
		{[]string{"guard", "set", "--by", long, "a"}, "2000 bytes at most"},
		{[]string{"guard", "hold", "a"}, "use umm guard, umm guard set RUN"},
		{[]string{"guard", "clear", "-x"}, "unknown shorthand"},
		{[]string{"on", "--force"}, "unknown flag: --force"},
		{[]string{"on", " "}, "COMMAND is empty"},
		{[]string{"on", "--", ""}, "COMMAND is empty"},
		{[]string{"on", "a\x00b"}, "UTF-8 text"},
		{[]string{"on", "rm", "caf\xe9"}, "UTF-8 text"},
		{[]string{"on", "--reason", "\xff"}, "UTF-8 text"},
		{[]string{"on", "x", long}, "use a script"},
		{[]string{"on", "--reason", long}, "use a script"},
		{[]string{"on", strings.Repeat("\x01", 3000)}, "use a script"},
	} {
		x := try(t, operational())
		code := x.umm(c.args...)
		if code != int(node.Usage) || !strings.Contains(x.stderr.String(), c.want) || !strings.Contains(x.stderr.String(), "hint: umm COMMAND --help") {
			t.Errorf("umm %.60q ended with %d and said %q, want %q", c.args, code, x.stderr, c.want)
		}
	}
}

// What stands behind COMMAND is COMMAND's: here it gets as far as the refusal.
func TestOnTakesTheRestAsTheCommand(t *testing.T) {
	for _, args := range [][]string{
		{"on", "ls", "--force", "-o", "x"}, {"on", "--", "--force"}, {"on", "--for", "2h", "sh", "-c", "a && b"}, {"on", "--timeout=0", "a"},
		{"on", "--accept-risk=lose-ssh", "--live"}, {"on", strings.Repeat("x", 16000)},
	} {
		x := try(t, inMaintenance())
		if code := x.umm(args...); code != int(node.Refused) || !strings.Contains(x.stderr.String(), "already in maintenance mode") {
			t.Errorf("umm %.60q ended with %d and said %.200q", args, code, x.stderr)
		}
	}
}

func TestWhatNeedsRoot(t *testing.T) {
	for name, needs := range map[string]bool{"on": true, "off": true, "enable": true, "disable": true, "check": true, "output": true, "history": true,
		"guard": false, "status": false, "units": false, "version": false} {
		x := try(t, operational())
		x.euid = 1000
		code := x.umm(name)
		if told := strings.Contains(x.stderr.String(), "umm "+name+" needs root"); told != needs || needs != (code == int(node.CannotDo)) {
			t.Errorf("umm %s ended with %d and said %q", name, code, x.stderr)
		}
		if needs && !strings.Contains(x.stderr.String(), "hint: sudo umm "+name) {
			t.Errorf("umm %s said %q", name, x.stderr)
		}
	}
}

func TestExitCodes(t *testing.T) {
	x := try(t, operational())
	for want, err := range map[int]error{
		1: &node.Error{Code: node.Refused, Err: errors.New("refused")},
		3: &node.Error{Code: node.Unsafe, Err: errors.New("unsafe"), Hint: "a hint"},
		4: errors.New("cannot"),
	} {
		if got := x.complain(err); got != want {
			t.Errorf("%v ends with %d, want %d", err, got, want)
		}
	}
	if got := x.stderr.String(); !strings.Contains(got, "umm: unsafe\numm: hint: a hint\n") {
		t.Errorf("it says %q", got)
	}
	x.log.Warn("beware")
	if !strings.HasSuffix(x.stderr.String(), "umm: warning: beware\n") {
		t.Errorf("it says %q", x.stderr)
	}
}

// The table of exit codes stands in every help, and knows every code.
func TestHelpHoldsTheExitCodes(t *testing.T) {
	for _, code := range []node.Code{node.Done, node.Refused, node.Usage, node.Unsafe, node.CannotDo} {
		if !strings.Contains(exitCodes, "\n  "+string(rune('0'+code))+"  ") {
			t.Errorf("the table does not tell of %d", code)
		}
	}
	x := try(t, operational())
	lines := [][]string{{"--help"}, {"help"}}
	for _, c := range x.app.root().Commands() {
		lines = append(lines, []string{c.Name(), "--help"}, []string{"help", c.Name()})
	}
	if len(lines) < 20 {
		t.Fatalf("there are only %d helps", len(lines))
	}
	for _, args := range lines {
		if code := x.umm(args...); code != 0 || !strings.Contains(x.stdout.String(), exitCodes) || !strings.Contains(x.stdout.String(), "Usage:") {
			t.Errorf("umm %q ended with %d and printed %s", args, code, x.stdout)
		}
	}
}

// The man pages hold each command, flag, exit code, hook, file and key.
func TestManPages(t *testing.T) {
	x := try(t, operational())
	manual := page.Command(x.app.docs())
	words := []string{"UMM_PHASE", "UMM_LIVE", "/etc/umm/hooks.d/", "/run/umm/", "lose-ssh"}
	for _, c := range x.app.root().Commands() {
		if !c.IsAvailableCommand() || c.Name() == "help" {
			continue
		}
		if !strings.Contains(manual, ".SS "+page.Escape(c.UseLine())+"\n") {
			t.Errorf("umm.8 does not tell of umm %s", c.Name())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { words = append(words, "--"+f.Name) })
	}
	words = append(words, strings.Split(exitCodes, "\n")[1:]...)
	for _, word := range words {
		if word != "--help" && !strings.Contains(manual, page.Escape(word)) {
			t.Errorf("umm.8 does not hold %q", word)
		}
	}
	conf := page.Config(x.app.docs())
	for _, k := range policy.Keys {
		if !strings.Contains(conf, page.Escape(k.Name+"="+k.Example)) {
			t.Errorf("umm.conf.5 does not hold %s", k.Name)
		}
	}
}

func TestVersion(t *testing.T) {
	x := try(t, operational())
	if code := x.umm("--version"); code != 0 || !strings.HasPrefix(x.stdout.String(), "umm ") {
		t.Errorf("%d, %s", code, x.stdout.String())
	}
	x.stdout.Reset()
	if code := x.umm("version"); code != 0 || !strings.HasPrefix(x.stdout.String(), "umm ") {
		t.Errorf("it ended with %d and printed %q", code, x.stdout)
	}
}

func TestCaller(t *testing.T) {
	t.Setenv("SUDO_USER", "alice")
	t.Setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.11 22")
	// From where is not for the environment to say, where others than root are above.
	if got := caller(); !strings.HasPrefix(got, "alice") {
		t.Errorf("the caller is %q", got)
	}
	t.Setenv("SUDO_USER", "")
	t.Setenv("SSH_CONNECTION", "")
	if got := caller(); got == "" || strings.Contains(got, " from ") {
		t.Errorf("the caller is %q", got)
	}
}
