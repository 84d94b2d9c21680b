// Package plugin tests what packages install beside the programs: the units, the
// configuration and the login banner.
package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const banner = "MAINTENANCE MODE"

// login is one way into a shell on a host in maintenance mode.
type login struct {
	name string
	// parent is the name of the process that starts the shell.
	parent string
	// shell is its command line; PROFILE stands for plugin/etc/profile.sh.
	shell string
	// pipe: standard output is no terminal.
	pipe bool
	sees bool
}

var logins = []login{
	{name: "ssh", parent: "sshd", shell: "bash --norc -i -c '. PROFILE'", sees: true},
	{name: "ssh since 9.8", parent: "sshd-session", shell: "bash --norc -i -c '. PROFILE'", sees: true},
	{name: "console", parent: "login", shell: "bash --norc -i -c '. PROFILE'", sees: true},
	{name: "ssh into dash", parent: "sshd", shell: "dash -i -c '. PROFILE'", sees: true},
	{name: "su -", parent: "su", shell: "bash --norc -i -c '. PROFILE'"},
	{name: "sudo -i", parent: "sudo", shell: "dash -i -c '. PROFILE'"},
	{name: "a shell in a shell", parent: "bash", shell: "bash --norc -i -c '. PROFILE'"},
	{name: "ssh HOST COMMAND by a login shell", parent: "sshd", shell: "bash --norc -c '. PROFILE'"},
	{name: "ssh HOST COMMAND into dash", parent: "sshd", shell: "dash -c '. PROFILE'"},
	{name: "scp, rsync, a script", parent: "sshd", shell: "bash --norc -i -c '. PROFILE'", pipe: true},
}

func TestBannerOnlyForPeopleWhoLogIn(t *testing.T) {
	for _, l := range logins {
		t.Run(l.name, func(t *testing.T) {
			out := l.run(t, banner+"\n")
			if sees := strings.Contains(out, banner); sees != l.sees {
				t.Errorf("the banner shows: %v, want %v; the output is %q", sees, l.sees, out)
			}
		})
	}
}

func TestNoBannerOutsideMaintenance(t *testing.T) {
	l := login{parent: "sshd", shell: "bash --norc -i -c '. PROFILE; echo all well'"}
	if out := l.run(t, ""); strings.TrimSpace(out) != "all well" {
		t.Errorf("a login on an operational host shows %q", out)
	}
}

// The file is sourced: whatever the shell is set to, the login goes on as before.
func TestBannerLeavesTheLoginAlone(t *testing.T) {
	for _, shell := range []string{"bash --norc", "dash"} {
		for _, set := range []string{"set -eu", "set -o noglob", "alias cat=false read=false; set -e", "set -C", "PATH=/nowhere"} {
			l := login{parent: "sshd", shell: shell + " -i -c '" + set + "; login=mine; set >BEFORE; . PROFILE; set >AFTER; echo status $?'"}
			t.Run(shell+" "+set, func(t *testing.T) {
				dir := t.TempDir()
				before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
				l.shell = strings.NewReplacer("BEFORE", before, "AFTER", after).Replace(l.shell)
				if out := l.run(t, banner+"\n"); !strings.Contains(out, "status 0") {
					t.Fatalf("the login did not go on: %q", out)
				}
				if was, is := variables(t, before), variables(t, after); was != is {
					t.Errorf("the variables were\n%s, and are\n%s", was, is)
				}
			})
		}
	}
}

// run logs in, with a banner of that content if there is one, and returns what the
// terminal shows.
func (l login) run(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile("../../plugin/etc/profile.sh")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "banner")
	if content != "" {
		write(t, file, content, 0o644)
	}
	profile := filepath.Join(dir, "umm.sh")
	if !strings.Contains(string(source), "/run/umm/banner") {
		t.Fatal("profile.sh does not read /run/umm/banner")
	}
	write(t, profile, strings.ReplaceAll(string(source), "/run/umm/banner", file), 0o644)

	// A shell by the name of the program that would have started the login.
	dash, err := os.ReadFile("/bin/dash")
	if err != nil {
		t.Fatal(err)
	}
	parent := filepath.Join(dir, l.parent)
	write(t, parent, string(dash), 0o755)
	line := strings.ReplaceAll(l.shell, "PROFILE", profile)
	if l.pipe {
		line += " | cat"
	}
	script := filepath.Join(dir, "script")
	write(t, script, line+"\nexit 0\n", 0o644)

	// script(1) gives it a terminal.
	cmd := exec.Command("script", "-qec", parent+" "+script, "/dev/null")
	cmd.Env = append(os.Environ(), "TERM=dumb")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("script: %v\n%s", err, out)
	}
	return string(out)
}

// variables are those that a `set` printed, without the shell's own.
func variables(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, line := range strings.Split(string(data), "\n") {
		name, _, _ := strings.Cut(line, "=")
		switch name {
		case "_", "BASH_ARGC", "BASH_ARGV", "BASH_LINENO", "BASH_SOURCE", "PIPESTATUS", "RANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "SRANDOM":
		default:
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func write(t *testing.T, name, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
