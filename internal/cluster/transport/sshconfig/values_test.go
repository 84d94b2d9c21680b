package sshconfig

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Setenv("UMM_TEST_A", "a")
	tokens := Tokens{'h': "host", 'p': "22"}
	for in, want := range map[string]string{"": "", "/x": "/x", "%h:%p": "host:22", "%%h": "%h", "${UMM_TEST_A}/%h": "a/host", "$UMM": "$UMM", "%H": "more"} {
		if got, err := tokens.Expand(in, Tokens{'H': "more"}); err != nil || got != want {
			t.Errorf("%s is %q (%v)", in, got, err)
		}
	}
	for in, want := range map[string]string{"a%": "ends in %", "%Z": "%Z in %Z is not known", "${UMM_TEST_UNSET}": "is not set", "${UMM_TEST_A": "is not closed"} {
		if got, err := tokens.Expand(in, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %q (%v)", in, got, err)
		}
	}
}

// As ssh sets SSH_AUTH_SOCK, or unsets it.
func TestAgent(t *testing.T) {
	t.Setenv("UMM_TEST_AGENT", "/run/agent.sock")
	t.Setenv("UMM_TEST_EMPTY", "")
	c := New(Options{Home: "/home/me", User: "me", File: None})
	for value, want := range map[string]string{
		"": "", "SSH_AUTH_SOCK": "", None: None, "$UMM_TEST_AGENT": "/run/agent.sock", "$UMM_TEST_EMPTY": None, "$UMM_TEST_UNSET": None,
		"${UMM_TEST_AGENT}": "/run/agent.sock", "/x/%h": "/x/n1", "~/agent": "/home/me/agent", "~root/agent": "/root/agent",
	} {
		if got, err := c.agent(value, Tokens{'h': "n1"}); err != nil || got != want {
			t.Errorf("IdentityAgent %s is %q (%v)", value, got, err)
		}
	}
	for _, value := range []string{"${UMM_TEST_UNSET}", "/x/%Z", "~umm-no-such-user/x"} {
		if got, err := c.agent(value, nil); err == nil {
			t.Errorf("IdentityAgent %s is %q", value, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][]string{
		`/a b  c`: {"/a", "b", "c"}, `/a "b c" 'd "e'`: {"/a", "b c", `d "e`}, `/a\ b \" \x`: {"/a b", `"`, `\x`}, `/a ""`: {"/a", ""}, `/a # b`: {"/a", "#", "b"},
	} {
		if got, err := split(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %q (%v)", in, got, err)
		}
	}
	if _, err := split(`/a "b`); err == nil {
		t.Error("an open quote was taken")
	}
}

// Two paths and one path with a blank look the same in what ssh prints.
func TestPathsWithBlanks(t *testing.T) {
	dir := t.TempDir()
	same := func(s string) (string, error) { return s, nil }
	if got, err := pathList(dir+"/a "+dir+"/b", same); err != nil || len(got) != 2 {
		t.Errorf("they are %q (%v)", got, err)
	}
	both := filepath.Join(dir, "a "+dir, "b")
	if err := os.MkdirAll(both, 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := pathList(dir+"/a "+dir+"/b", same); err == nil || !strings.Contains(err.Error(), "may be one path or several") {
		t.Errorf("they are %q (%v)", got, err)
	}
	if got, err := pathList(dir+"/a b", same); err == nil || !strings.Contains(err.Error(), "b does not begin with /") {
		t.Errorf("they are %q (%v)", got, err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"*", "a", true}, {"?", "a", true}, {"?", "", false}, {"?", "ab", false}, {"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY", false}, {"A", "a", false}, {"[a]:*", "[a]:22", true}, {"*.example", "a.b.example", true}, {"", "", true}, {"", "a", false},
	} {
		if Match(c.pattern, c.s) != c.want {
			t.Errorf("%q on %q is not %v", c.pattern, c.s, c.want)
		}
	}
}
