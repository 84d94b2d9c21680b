package labcli

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"umm/internal/lab"
)

// run gives the exit code of a command line, and what it printed.
func run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestUsageErrors(t *testing.T) {
	for _, line := range []string{
		"frob", "--frob", "up extra", "up --hosts many", "ssh", "enter", "console", "console -f -i n1", "cut", "cut a b", "reboot",
		"power", "power n1", "power n1 maybe", "power n1 off umm", "list -o xml", "list extra", "down extra",
		"down --all --name x", "image extra", "setup extra",
	} {
		code, stdout, stderr := run(strings.Fields(line)...)
		if code != exitUsage {
			t.Errorf("%q ended with %d: %s", line, code, stderr)
		}
		if stdout != "" || !strings.HasPrefix(stderr, "umm-lab: ") || !strings.Contains(stderr, "--help") {
			t.Errorf("%q printed %q and %q", line, stdout, stderr)
		}
	}
}

// As root there is no such lab; as an ordinary user there are none at all.
func TestFailures(t *testing.T) {
	for _, line := range []string{
		"ssh --name no-such-lab n1", "enter --name no-such-lab n1", "console --name no-such-lab n1", "cut --name no-such-lab n1",
		"power --name no-such-lab n1 on", "reboot --name no-such-lab n1", "up --name No", "up --hosts 999", "up --suite S;",
		"image --package a,b", "down --name ../x",
	} {
		if code, _, stderr := run(strings.Fields(line)...); code != exitFailed || !strings.Contains(stderr, "cannot") {
			t.Errorf("%q ended with %d: %s", line, code, stderr)
		}
	}
}

func TestEveryHelpShowsExitCodes(t *testing.T) {
	for _, c := range append((&app{}).root().Commands(), nil) {
		args := []string{"--help"}
		if c != nil {
			args = []string{c.Name(), "--help"}
		}
		code, stdout, _ := run(args...)
		if code != exitDone || !strings.Contains(stdout, exitTable) {
			t.Errorf("%q ended with %d and shows\n%s", args, code, stdout)
		}
	}
}

func TestRemote(t *testing.T) {
	for _, c := range []struct{ words, want []string }{
		{nil, nil},
		{[]string{"--"}, []string{}},
		{[]string{"ls | wc"}, []string{"/bin/sh", "-c", "ls | wc"}},
		{[]string{"--", "ls"}, []string{"/bin/sh", "-c", "ls"}},
		{[]string{"ls", "-l"}, []string{"ls", "-l"}},
		{[]string{"--", "ls", "--", "-l"}, []string{"ls", "--", "-l"}},
	} {
		if got := remote(c.words); !slices.Equal(got, c.want) {
			t.Errorf("%q became %q, want %q", c.words, got, c.want)
		}
	}
}

func TestListPrint(t *testing.T) {
	list := listing{Version: 1, Labs: []labItem{
		{Name: "a", Image: &lab.Image{Suite: "trixie"}, Hosts: []hostItem{{"n1", "192.0.2.11", "on"}, {"n2", "192.0.2.12", "off"}}},
		{Name: "b", Problem: "cannot read it"},
	}}
	var out bytes.Buffer
	if err := list.print(&out); err != nil {
		t.Fatal(err)
	}
	want := "LAB  HOST  ADDRESS     POWER  SUITE\n" +
		"a    n1    192.0.2.11  on     trixie\n" +
		"a    n2    192.0.2.12  off    trixie\n" +
		"b    -     -           -      cannot read it\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestShow(t *testing.T) {
	var out bytes.Buffer
	if err := show(t.Context(), &out, strings.NewReader("boot\n"), false); err != nil || out.String() != "boot\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	came := lineWriter(make(chan string, 10))
	go func() { done <- show(ctx, came, file, true) }()
	if _, err := file.WriteAt([]byte("more\n"), 0); err != nil {
		t.Fatal(err)
	}
	if got := <-came; got != "more\n" {
		t.Errorf("followed %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestUntilLeave(t *testing.T) {
	for typed, want := range map[string]string{"ls\r": "ls\r", "ls\x1dnot this": "ls", "\x1d": ""} {
		var out bytes.Buffer
		if err := untilLeave(&out, strings.NewReader(typed)); err != nil || out.String() != want {
			t.Errorf("%q became %q, %v", typed, out.String(), err)
		}
	}
}

type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
