package upstarttest

import (
	"fmt"
	"strings"
	"testing"
)

// Each line of a job file that Upstart takes, and what it makes of it.
func TestParse(t *testing.T) {
	on := func(c *Class) any { return c.StartOn }
	main := func(c *Class) any { return *c.Process[Main] }
	for text, want := range map[string]struct {
		of   func(*Class) any
		want string
	}{
		"start on startup":                                  {on, "startup"},
		"start on a and b or c # and d":                     {on, "((a and b) or c)"},
		"start on a and (b or c)":                           {on, "(a and (b or c))"},
		"start on (a\n   or # one\n   b\n)\ntask":           {on, "(a or b)"},
		"start on a \\\n  or b":                             {on, "(a or b)"},
		"start on \"and\" or b":                             {on, "(and or b)"},
		"start on stopped rc RUNLEVEL=[2345]":               {on, "stopped rc RUNLEVEL=[2345]"},
		"start on (started x INSTANCE!=\"a b\") and y":      {on, "(started x INSTANCE!=a b and y)"},
		"start on a\nstart on b":                            {on, "b"},
		"start on a\nmanual":                                {on, "<nil>"},
		"manual\nstart on a":                                {on, "a"},
		"exec a 'b  c' # d":                                 {main, "{false a 'b  c'}"},
		"exec a \\\n   b":                                   {main, "{false a b}"},
		"exec a\nscript\n\tb\n\t\tc\nend script":            {main, "{true b\n\tc\n}"},
		"script # note\n  a\n\n  b\n  end  script # note":   {main, "{true   a\n\n  b\n}"},
		"script\nend scripts\nend script":                   {main, "{true end scripts\n}"},
		"pre-start exec a":                                  {func(c *Class) any { return *c.Process[PreStart] }, "{false a}"},
		"post-stop script\na\nend script":                   {func(c *Class) any { return *c.Process[PostStop] }, "{true a\n}"},
		"env A=\"b c\"\nenv D":                              {func(c *Class) any { return c.Env }, "[A=b c D]"},
		"export A B\nexport C":                              {func(c *Class) any { return c.Export }, "[A B C]"},
		"instance $TTY":                                     {func(c *Class) any { return c.Instance }, "$TTY"},
		"respawn":                                           {func(c *Class) any { return c.Respawn }, "true"},
		"respawn limit 3 7":                                 {func(c *Class) any { return fmt.Sprint(c.Respawn, c.RespawnLimit, c.RespawnSeconds) }, "false 3 7"},
		"respawn limit unlimited":                           {func(c *Class) any { return c.RespawnLimit }, "0"},
		"normal exit 0 1 TERM SIGHUP":                       {func(c *Class) any { return c.NormalExit }, "[0 1 3840 256]"},
		"kill timeout 20\nkill signal SIGINT":               {func(c *Class) any { return fmt.Sprint(c.KillTimeout, c.KillSignal) }, "20 interrupt"},
		"console output":                                    {func(c *Class) any { return c.Console }, "output"},
		"umask 077\nnice -5":                                {func(c *Class) any { return fmt.Sprint(c.Umask, c.Nice) }, "63 -5"},
		"limit nofile 1024 unlimited":                       {func(c *Class) any { return c.Limits["nofile"] }, "[1024 unlimited]"},
		"oom score never\noom -16\nreload signal HUP":       {func(*Class) any { return nil }, "<nil>"},
		"description \"a\"\nauthor 'b'\nversion c\nusage d": {func(c *Class) any { return c.Description + c.Usage }, "ad"},
		"expect fork":                                       {func(c *Class) any { return c.Fits() }, "the stand-in has no expect fork"},
		"setuid nobody":                                     {func(c *Class) any { return c.Fits() }, "the stand-in has no setuid"},
		"kill timeout 0":                                    {func(c *Class) any { return c.Fits() }, "kill timeout 0 crashes Upstart"},
		"   # only a comment\n\n\t":                         {func(c *Class) any { return c.Fits() }, ""},
	} {
		c, err := ParseJob("job", "job.conf", text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := strings.TrimPrefix(fmt.Sprint(want.of(c)), "&"); got != want.want {
			t.Errorf("%q: got %q, want %q", text, got, want.want)
		}
	}
}

// What Upstart does not take, in its words and at its line: the real one was asked all of
// these.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"exec a\nexecute b":                 "2: Unknown stanza",
		"start a":                           "1: Unknown stanza",
		"start on":                          "1: Expected token",
		"start on a and":                    "1: Expected event",
		"start on or a":                     "1: Expected event",
		"start on a (b)":                    "1: Expected operator",
		"start on (a) b":                    "1: Expected operator",
		"start on (a or b":                  "1: Mismatched parentheses",
		"start on (a\n\nor b)":              "2: Expected token",
		"start on (a\n# or\nb)":             "2: Expected token",
		"start on a)":                       "1: Mismatched parentheses",
		"start on (a\nor b\n":               "3: Mismatched parentheses",
		"start on a B=c d":                  "1: Expected variable name before value",
		"exec":                              "1: Expected token",
		"env":                               "1: Expected token",
		"task now":                          "1: Unexpected token",
		"script a\nend script":              "1: Unexpected token",
		"env A=b c":                         "1: Unexpected token",
		"\nscript\na":                       "3: Unterminated block",
		"exec \"a":                          "1: Unterminated quoted string",
		"exec a\\":                          "1: Trailing slash in file",
		"kill timeout soon":                 "1: Illegal interval, expected number of seconds",
		"kill signal 1x":                    "1: Illegal signal status, expected integer",
		"kill":                              "1: Expected token",
		"normal exit x":                     "1: Illegal exit status, expected integer",
		"respawn limit x 1":                 "1: Illegal limit, expected 'unlimited' or integer",
		"respawn limit 1 x":                 "1: Illegal interval, expected number of seconds",
		"umask 9":                           "1: Illegal file creation mask, expected octal integer",
		"nice 20":                           "1: Illegal nice value, expected -20 to 19",
		"limit files 1 2":                   "1: Unknown stanza",
		"limit nofile 1 x":                  "1: Illegal limit, expected 'unlimited' or integer",
		"console tty":                       "1: Unknown stanza",
		"expect this":                       "1: Unknown stanza",
		"oom 16":                            "1: Illegal oom adjustment, expected -16 to 15 or 'never'",
		"oom score 1001":                    "1: Illegal oom score adjustment, expected -999 to 1000 or 'never'",
		"pre-start a":                       "1: Unknown stanza",
		"apparmor off x":                    "1: Unknown stanza",
		"[Unit]\nDescription=a":             "1: Unknown stanza",
		"start on a\nstop on b and\nexec x": "2: Expected event",
	} {
		_, err := ParseJob("job", "job.conf", text)
		if err == nil || err.Error() != "job.conf:"+want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// Variables of a condition: by place, by name, by glob, and what they must not be.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		on, event string
		want      bool
	}{
		{"e", "e", true},
		{"e", "f", false},
		{"e one", "e JOB=one INSTANCE=", true},
		{"e one two", "e JOB=one INSTANCE=three", false},
		{"e one", "e", false},
		{"e K=v", "e J=x K=v", true},
		{"e K=v", "e J=v", false},
		{"e K!=v", "e K=w", true},
		{"e K!=v", "e K=v", false},
		{"e K!=v", "e J=w", false},
		{"e K=[2345]", "e K=3", true},
		{"e K=[!2345]", "e K=3", false},
		{"e K=[!2345]", "e K=6", true},
		{"e K=/dev/*", "e K=/dev/disk/by-id/x", true},
		{"e K=?*", "e K=", false},
		{"e K=$LEVEL", "e K=2", true},
		{"e K=[!$LEVEL]", "e K=2", false},
		{"e K=$NONE", "e K=", false},
		{"e JOB=one K=2 three", "e", false},
	} {
		text := "start on " + c.on
		if strings.HasSuffix(c.on, "three") {
			if _, err := ParseJob("j", "j", text); err == nil {
				t.Errorf("%s is taken", c.on)
			}
			continue
		}
		job, err := ParseJob("j", "j", text)
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(c.event)
		if got := job.StartOn.matches(&event{name: f[0], env: Env(f[1:])}, Env{"LEVEL=2"}); got != c.want {
			t.Errorf("%q by %q: got %v", c.on, c.event, got)
		}
	}
}

// Names of instances.
func TestExpand(t *testing.T) {
	env := Env{"A=1", "E=", "N=A"}
	for text, want := range map[string]string{
		"x$A-y": "x1-y", "${A}b": "1b", "${X-d}": "d", "${E-d}": "", "${E:-d}": "d", "${A+alt}": "alt", "${X+alt}": "",
		"${E:+alt}": "", "${E+alt}": "alt", "${}A": "$A", "$": "$", "${$N}": "1", "a$1": "a$1", "${X:-$A}": "1",
		"$X": "error: Unknown parameter: X", "${X}": "error: Unknown parameter: X", "${A": "error: Mismatched braces",
		"${A:x}": "error: Expected operator",
	} {
		got, err := env.Expand(text)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("start on (a and b B=c) or d\nscript\n x\nend script\nexec \"a\" \\\n b")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseJob("job", "job.conf", text)
		if (c == nil) == (err == nil) {
			t.Errorf("%v and %v", c, err)
		}
	})
}
