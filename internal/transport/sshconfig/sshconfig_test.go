package sshconfig_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"umm/internal/transport/sshconfig"
)

// home writes files below a home folder and returns it with the configuration.
func load(t *testing.T, files map[string]string) (home string, c *sshconfig.Config, err error) {
	t.Helper()
	home = t.TempDir()
	dir := filepath.Join(home, ".ssh")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err = sshconfig.Load(home, sshconfig.Source{Path: filepath.Join(dir, "config"), Includes: dir, Required: true})
	return home, c, err
}

func resolve(t *testing.T, text string, ask sshconfig.Ask) (sshconfig.Host, error) {
	t.Helper()
	_, c, err := load(t, map[string]string{"config": text})
	if err != nil {
		t.Fatal(err)
	}
	return c.Resolve(ask)
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ask        sshconfig.Ask
		want       sshconfig.Host
	}{
		{"nothing said", "", sshconfig.Ask{Alias: "n1", LocalUser: "me"}, sshconfig.Host{HostName: "n1", User: "me", Port: 22}},
		{"the first word counts", "Host n1\nUser a\nHost *\nUser b\nPort 2\n", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 2}},
		{"what was asked for counts more", "User a\nPort 2\nHostName x\nProxyJump y", sshconfig.Ask{Alias: "n1", User: "c", Port: 3, HostName: "z", ProxyJump: "none"},
			sshconfig.Host{HostName: "z", User: "c", Port: 3}},
		{"tokens", "HostName %h.example\nIdentityFile /k/%h/%n/%r/%p/%u/%%", sshconfig.Ask{Alias: "n1", LocalUser: "me"},
			sshconfig.Host{HostName: "n1.example", User: "me", Port: 22, IdentityFiles: []string{"/k/n1.example/n1/me/22/me/%"}}},
		{"many keys, in order", "Host n1\nIdentityFile /a\nIdentityFile /b\nIdentitiesOnly yes\nHost *\nIdentityFile /c\n", sshconfig.Ask{Alias: "n1"},
			sshconfig.Host{HostName: "n1", Port: 22, IdentityFiles: []string{"/a", "/b", "/c"}, IdentitiesOnly: true}},
		{"words, quotes, comments", "# c\nHost=\"n1\" n2 # c\n\tUserKnownHostsFile \"/a b\" '/c' /d\\ e\n\tPort = 7\nUser u\r\n", sshconfig.Ask{Alias: "n1"},
			sshconfig.Host{HostName: "n1", User: "u", Port: 7, KnownHosts: []string{"/a b", "/c", "/d e"}}},
		{"patterns", "Host !n1 n*\nUser a\nHost n? !m\nUser b\n", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "b", Port: 22}},
		{"no files at all", "UserKnownHostsFile none\nGlobalKnownHostsFile none\nIdentityFile none\nIdentityAgent none", sshconfig.Ask{Alias: "n1"},
			sshconfig.Host{HostName: "n1", Port: 22, KnownHosts: []string{}, GlobalKnownHosts: []string{}, IdentityFiles: []string{}, IdentityAgent: "none"}},
		{"hosts in between", "ProxyJump a@b:3,c\nProxyCommand x", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", Port: 22, ProxyJump: []string{"a@b:3", "c"}}},
		{"no host in between", "ProxyCommand none\nProxyJump a", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", Port: 22}},
		{"Match all", "Match all\nUser a", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 22}},
		{"Match by what it is called by then", "HostName n1.example\nUser a\nMatch host *.example user a originalhost n1 localuser me\nPort 5\nMatch host n1\nPort 6",
			sshconfig.Ask{Alias: "n1", LocalUser: "me"}, sshconfig.Host{HostName: "n1.example", User: "a", Port: 5}},
		{"Match not", "Match !host n2,n3 user=me\nPort 5", sshconfig.Ask{Alias: "n1", LocalUser: "me"}, sshconfig.Host{HostName: "n1", User: "me", Port: 5}},
		{"a Match that runs something, for others", "Match host n2 exec \"true\"\nUser x\nHost *\nUser a", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 22}},
		{"a Match that runs something, about something else", "Match exec \"true\"\nForwardX11 yes\nHost *\nUser a", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 22}},
		{"a Match that comes too late", "User a\nMatch exec true\nUser b", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 22}},
		{"unknown words", "Whatever you want\nHost n1\nUseKeychain yes\nUser a", sshconfig.Ask{Alias: "n1"}, sshconfig.Host{HostName: "n1", User: "a", Port: 22}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := resolve(t, c.text, c.ask); err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("it is %+v (%v)\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestResolveThatCannot(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a port":             {"Port x", "x is no port"},
		"a proxy command":    {"Host n1\nProxyCommand nc %h", "config:2 wants a ProxyCommand"},
		"a Match that runs":  {"Match exec true\nUser a", "whether"},
		"a Match by network": {"Match localnetwork 192.0.2.0/24\nHostName a", "(Match localnetwork) applies cannot be decided"},
		"a Match at the end": {"Match final\nProxyJump a", "(Match final)"},
		"an unknown token":   {"IdentityFile %Z", "%Z"},
		"a lone percent":     {"IdentityFile a%", "ends in %"},
		"no variable":        {"IdentityFile ${NO_SUCH_VARIABLE}", "is not set"},
		"half a Match":       {"Match user", "wants a value"},
	} {
		if _, err := resolve(t, c.text, sshconfig.Ask{Alias: "n1"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: it says %v", name, err)
		}
	}
}

func TestLoadThatCannot(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an open quote": {"User \"a\n", "config:1: a quote is not closed"},
		"no value":      {"\nUser\n", "config:2: User has no value"},
		"a circle":      {"Include config\n", "it includes itself"},
	} {
		if _, _, err := load(t, map[string]string{"config": c.text}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: it says %v", name, err)
		}
	}
}

func TestInclude(t *testing.T) {
	home, c, err := load(t, map[string]string{
		"config":   "Include conf.d/* none/*\nHost n2\nInclude ~/.ssh/two\nUser late\nHost *\nPort 9\n",
		"conf.d/a": "Host n1\nUser a\n",
		"conf.d/b": "User b\nIdentityFile ~/k\n",
		"two":      "Port 2\nHost n7\nPort 7\nMatch all\nHostKeyAlias two\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	key := []string{home + "/k"}
	for alias, want := range map[string]sshconfig.Host{
		"n1": {HostName: "n1", User: "a", Port: 9, IdentityFiles: key},
		"n2": {HostName: "n2", User: "b", Port: 2, IdentityFiles: key, HostKeyAlias: "two"},
		"n3": {HostName: "n3", User: "b", Port: 9, IdentityFiles: key},
		"n7": {HostName: "n7", User: "b", Port: 9, IdentityFiles: key},
	} {
		if got, err := c.Resolve(sshconfig.Ask{Alias: alias}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v (%v)\nwant %+v", alias, got, err, want)
		}
	}
}

// What OpenSSH itself makes of a configuration is the measure.
func TestAsOpenSSH(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip(err)
	}
	for i, text := range []string{
		"Host n1 n2\n User a\n Port 12\nHost n*\n HostName %h.example\n User b\nHost *\n IdentityFile /x/%h\n",
		"Host *1\n  Hostname \"one\" # c\n  userknownhostsfile /a /b\nMatch host one\n  User m\nMatch originalhost n2 !user root\n  User o\n",
		"ProxyJump=gate:33\nHost n2\nProxyJump none\nUser \"x\"\n",
		"Match !host n1\nUser notone\nMatch host n1,n2 originalhost n?\nPort 99\nHost !n3 *\nIdentityFile /a\nIdentityFile /b\nIdentitiesOnly yes\n",
	} {
		_, c, err := load(t, map[string]string{"config": text})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, alias := range []string{"n1", "n2", "n3", "other"} {
			out, err := exec.Command("ssh", "-G", "-F", file, "-l", "root", alias).Output()
			if err != nil {
				t.Fatalf("ssh -G: %v", err)
			}
			h, err := c.Resolve(sshconfig.Ask{Alias: alias, User: "root", LocalUser: "me"})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range mine(h) {
				if !strings.Contains("\n"+string(out), "\n"+want+"\n") {
					t.Errorf("%d, %s: ssh does not say %q:\n%s", i, alias, want, out)
				}
			}
			if n := strings.Count(string(out), "proxyjump "); n != len(h.ProxyJump) {
				t.Errorf("%d, %s: ssh knows of %d hosts in between: %v", i, alias, n, h.ProxyJump)
			}
		}
	}
}

// mine is a host as ssh -G would show it.
func mine(h sshconfig.Host) []string {
	lines := []string{"hostname " + h.HostName, "user " + h.User, fmt.Sprintf("port %d", h.Port)}
	for _, k := range h.IdentityFiles {
		lines = append(lines, "identityfile "+strings.ReplaceAll(k, h.HostName, "%h"))
	}
	if h.KnownHosts != nil {
		lines = append(lines, "userknownhostsfile "+strings.Join(h.KnownHosts, " "))
	}
	if h.ProxyJump != nil {
		lines = append(lines, "proxyjump "+strings.Join(h.ProxyJump, ","))
	}
	return lines
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"*", "a", true}, {"?", "a", true}, {"?", "", false}, {"?", "ab", false}, {"a*b*c", "aXbYc", true},
		{"a*b*c", "aXbY", false}, {"A", "a", true}, {"[a]:*", "[a]:22", true}, {"*.example", "a.b.example", true}, {"", "", true}, {"", "a", false},
	} {
		if sshconfig.Match(c.pattern, c.s) != c.want {
			t.Errorf("%q on %q is not %v", c.pattern, c.s, c.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("Host n1\nUser \"a b\"\nMatch host x exec y\nPort=3 # c\n")
	f.Add("Match !all\nHost '\\")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "include") {
			t.Skip("it would read this machine's files")
		}
		_, c, err := load(t, map[string]string{"config": text})
		if err != nil {
			return
		}
		if h, err := c.Resolve(sshconfig.Ask{Alias: "n1", LocalUser: "me"}); err == nil && (h.Port < 1 || h.Port > 65535) {
			t.Errorf("the port is %d", h.Port)
		}
	})
}

// Most hosts have no ~/.ssh/config; one that was named has to be there.
func TestAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if _, err := sshconfig.Load("/root", sshconfig.Source{Path: path}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if _, err := sshconfig.Load("/root", sshconfig.Source{Path: path, Required: true}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("without the file that was named: %v", err)
	}
}
