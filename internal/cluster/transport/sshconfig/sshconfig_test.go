package sshconfig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/execx"
)

// fakeSSH answers as an ssh of that kind does. An ask that nobody expects fails the test.
type fakeSSH struct {
	t *testing.T
	// answers are by the alias that is asked about.
	answers map[string]execx.Result
	// err is what the Runner itself says.
	err error

	mu    sync.Mutex
	asked []string
}

func (f *fakeSSH) Run(_ context.Context, c execx.Cmd) (execx.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	alias := c.Argv[len(c.Argv)-1]
	f.asked = append(f.asked, alias)
	if c.Argv[0] != "ssh" || c.Argv[1] != "-G" || c.Limit == 0 || c.Keep == 0 {
		f.t.Errorf("it runs %q, within %s", c.Argv, c.Limit)
	}
	if f.err != nil {
		return execx.Result{}, f.err
	}
	res, expected := f.answers[alias]
	if !expected {
		f.t.Errorf("ssh is asked about %s", alias)
	}
	return res, nil
}

func with(t *testing.T, text string, f *fakeSSH) *Config {
	t.Helper()
	f.t = t
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return New(Options{Home: "/home/me", User: "me", File: file, Run: f, Limit: time.Minute})
}

// noG is what OpenSSH before 6.8 says, whose ssh knows no -G.
var noG = execx.Result{Code: 255, Stderr: []byte("unknown option -- G\r\nusage: ssh [-1246AaCfgKkMNnqsTtVvXxYy] [-b bind_address] [-c cipher_spec]\n")}

// An old ssh, or none, is no reason to refuse what can be read without it.
func TestWithoutAnAnswerOfSSH(t *testing.T) {
	for name, c := range map[string]struct {
		ssh  *fakeSSH
		want string
	}{
		"none": {&fakeSSH{err: fmt.Errorf("cannot run ssh: %w", exec.ErrNotFound)}, "there is no ssh here to ask"},
		"old":  {&fakeSSH{answers: map[string]execx.Result{"localhost": noG, "n1": noG}}, "this ssh cannot be asked (ssh -G, since OpenSSH 6.8)"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := with(t, "Host n1\nUser a\n", c.ssh).Resolve(Ask{Alias: "n1"})
			if want := (Host{HostName: "n1", User: "a", Port: 22}); err != nil || !reflect.DeepEqual(h, want) {
				t.Errorf("it came out as %+v (%v)", h, err)
			}
			_, err = with(t, "Host n2\nUser b\nMatch host n1\nUser a\n", c.ssh).Resolve(Ask{Alias: "n1"})
			if err == nil || !strings.Contains(err.Error(), "config:3 (Match), and "+c.want) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// What ssh says of a configuration that it refuses comes from its words and its file.
func TestWordsOfSSHAreCleaned(t *testing.T) {
	says := execx.Result{Code: 255, Stderr: []byte("/c line 1: Bad configuration option: \x1b[2Juse\r\n/c: terminating, 1 bad configuration options\r\n" + strings.Repeat("x", 5000))}
	ssh := fakeSSH{answers: map[string]execx.Result{"n1": says}}
	_, err := with(t, "Whatever x\n", &ssh).Resolve(Ask{Alias: "n1"})
	if err == nil || len(err.Error()) > 700 || strings.ContainsAny(err.Error(), "\x1b\r\n") ||
		!strings.HasPrefix(err.Error(), "cannot tell how to reach n1: ssh refuses its configuration: /c line 1: Bad configuration option: [2Juse /c: term") {
		t.Errorf("it says %v", err)
	}
}

// Many may ask at once; ssh is asked about each host once, and once for what a plain
// configuration leaves to it.
func TestAskedOnce(t *testing.T) {
	algorithms := "user a\nhostname n1\nport 22\ncontrolpath /c/l/l\nhostkeyalgorithms ssh-ed25519,rsa-sha2-512\ncasignaturealgorithms ssh-ed25519\nrequiredrsasize 2048\n"
	for name, c := range map[string]struct{ text, asked string }{
		"plain": {"User a\n", "localhost"},
		"ssh":   {"Match all\nUser a\n", "n1"},
	} {
		t.Run(name, func(t *testing.T) {
			ssh := fakeSSH{answers: map[string]execx.Result{c.asked: {Stdout: []byte(algorithms)}}}
			config := with(t, c.text, &ssh)
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					h, err := config.Resolve(Ask{Alias: "n1"})
					if err != nil || h.RequiredRSASize != 2048 || !slices.Equal(h.HostKeyAlgorithms, []string{"ssh-ed25519", "rsa-sha2-512"}) {
						t.Errorf("it came out as %+v (%v)", h, err)
					}
				})
			}
			all.Wait()
			if !slices.Equal(ssh.asked, []string{c.asked}) {
				t.Errorf("it has asked about %q", ssh.asked)
			}
		})
	}
}

func TestAnswersThatSayNothing(t *testing.T) {
	for name, c := range map[string]struct {
		out  execx.Result
		want string
	}{
		"nothing":          {execx.Result{}, "tells no address, user and port"},
		"no port":          {execx.Result{Stdout: []byte("user a\nhostname n1\ncontrolpath /c/l/l\n")}, "tells no address"},
		"a silent failure": {execx.Result{Code: 1}, "ssh -G failed with exit status 1"},
		"no tokens":        {execx.Result{Stdout: []byte("user a\nhostname n1\nport 22\n")}, "does not tell the tokens"},
		"too much":         {execx.Result{Stdout: []byte(strings.Repeat("x", maxAnswer))}, "says more than"},
	} {
		ssh := fakeSSH{answers: map[string]execx.Result{"n1": c.out}}
		if _, err := with(t, "Match all\n", &ssh).Resolve(Ask{Alias: "n1"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: it says %v", name, err)
		}
	}
}

// A Match exec that hangs holds nobody for ever.
func TestSSHThatHangs(t *testing.T) {
	ssh := fakeSSH{err: fmt.Errorf("cannot finish ssh: %w", context.DeadlineExceeded)}
	if _, err := with(t, "Match exec \"sleep 9999\"\n", &ssh).Resolve(Ask{Alias: "n1"}); err == nil || !strings.Contains(err.Error(), "ssh -G has no answer within 1m0s") {
		t.Errorf("it says %v", err)
	}
	openSSH(t)
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("Match exec \"exec sleep 30\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := operator(t, file)
	c.Limit = 200 * time.Millisecond
	began := time.Now()
	if _, err := c.Resolve(Ask{Alias: "n1"}); err == nil || !strings.Contains(err.Error(), "ssh -G has no answer within 200ms") || time.Since(began) > 20*time.Second {
		t.Errorf("after %s it says %v", time.Since(began), err)
	}
}

// Names reach ssh's command line: none is an option, or more than a name.
func TestNamesThatAreNone(t *testing.T) {
	for _, ask := range []Ask{
		{Alias: ""}, {Alias: "-oProxyCommand=x"}, {Alias: "a b"}, {Alias: "a@b"}, {Alias: "ssh://a"}, {Alias: "n1\n"}, {Alias: "n1", HostName: "a b"},
		{Alias: "n1", User: "a\"b"}, {Alias: "n1", ProxyJump: "a #b"}, {Alias: "caf\u00e9"},
	} {
		ssh := fakeSSH{}
		if h, err := with(t, "Match all\n", &ssh).Resolve(ask); err == nil || len(ssh.asked) > 0 {
			t.Errorf("%+v came out as %+v, asked %q", ask, h, ssh.asked)
		}
	}
}

// A file that others may change, or that is none, is for ssh to refuse.
func TestFilesThatAreNotPlain(t *testing.T) {
	dir := t.TempDir()
	path := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		s     source
		plain bool
	}{
		"mine":              {source{path: path("mine", "User a", 0o644), checked: true}, true},
		"the group's":       {source{path: path("group", "User a", 0o664), checked: true}, false},
		"everybody's":       {source{path: path("all", "User a", 0o606), checked: true}, false},
		"named":             {source{path: path("named", "User a", 0o666)}, true},
		"a folder":          {source{path: dir}, false},
		"none":              {source{path: filepath.Join(dir, "none"), optional: true}, true},
		"none, but named":   {source{path: filepath.Join(dir, "none")}, false},
		"a file as folder":  {source{path: filepath.Join(dir, "mine", "config"), optional: true}, false},
		"more than a lot":   {source{path: path("long", strings.Repeat("#\n", maxFile), 0o600)}, false},
		"it leads nowhere":  {source{path: link(t, filepath.Join(dir, "dangling"), "nowhere"), optional: true}, true},
		"it leads to a one": {source{path: link(t, filepath.Join(dir, "link"), "mine"), checked: true}, true},
	} {
		if _, more := c.s.read(); (more == nil) != c.plain {
			t.Errorf("%s: it is %v", name, more)
		}
	}
}

// Only a user's file may name a home.
func TestIncludeOfNothing(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		s    source
		glob string
		want string
	}{
		{source{includes: dir}, "none.d/*", ""},
		{source{includes: dir}, "~/none", ""},
		{source{includes: dir, system: true}, "none.d/*.conf", ""},
		{source{includes: dir, system: true}, "~/none", "Include ~/none"},
		{source{includes: filepath.Dir(dir)}, filepath.Base(dir), "Include " + dir},
	} {
		if got := c.s.include(dir, []string{c.glob}); got != c.want {
			t.Errorf("%s of %+v is %q", c.glob, c.s, got)
		}
	}
}

func link(t *testing.T, path, target string) string {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return path
}
