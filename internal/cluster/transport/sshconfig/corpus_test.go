package sshconfig

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
	"umm/internal/sanitize"
	"umm/test/needs"
)

// openSSH ends a test on a machine without ssh, which is the measure.
func openSSH(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ssh"); err != nil {
		needs.Absent(t, "there is no ssh on this machine")
	}
}

// operator is who runs the tests: ssh itself goes by that, and by no variable.
func operator(t testing.TB, file string) *Config {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Home: u.HomeDir, User: u.Username, File: file, Run: execx.Local{Env: execx.Inherited()}, Limit: time.Minute})
}

// unpack writes a file of the corpus: the configuration, and after "-- NAME [MODE] --" or
// "-- NAME -> TARGET --" others beside it. $DIR is where.
func unpack(t testing.TB, data []byte) (config string) {
	t.Helper()
	dir := t.TempDir()
	header := regexp.MustCompile(`(?m)^-- (.*) --\n`)
	text := strings.ReplaceAll(string(data), "$DIR", dir)
	at := header.FindAllStringSubmatchIndex(text, -1)
	ends := append(slices.Clone(at), []int{len(text)})
	write := func(name, text string, mode os.FileMode) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("config", text[:ends[0][0]], 0o600)
	for i, m := range at {
		words := strings.Fields(text[m[2]:m[3]])
		if len(words) == 3 {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, words[0])), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(words[2], filepath.Join(dir, words[0])); err != nil {
				t.Fatal(err)
			}
			continue
		}
		mode := uint64(0o600)
		if len(words) == 2 {
			var err error
			if mode, err = strconv.ParseUint(words[1], 8, 32); err != nil {
				t.Fatal(err)
			}
		}
		write(words[0], text[m[1]:ends[i+1][0]], os.FileMode(mode))
	}
	return filepath.Join(dir, "config")
}

// told is what ssh -G says, without this package.
func told(t testing.TB, file, alias string) (map[string][]string, string) {
	t.Helper()
	cmd := exec.Command("ssh", "-G", "-T", "-F", file, "--", alias)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, strings.TrimSpace(stderr.String())
	}
	values := map[string][]string{}
	for _, line := range strings.Split(stdout.String(), "\n") {
		key, value, _ := strings.Cut(line, " ")
		values[key] = append(values[key], value)
	}
	return values, ""
}

var aliases = []string{"n1", "n2", "N1", "gate", "10.0.0.1", "2001:db8::1", "a.example"}

// The end of a file's name is what becomes of it: plain, it is read here; ssh, ssh is asked;
// refused, ssh refuses it; named, ssh takes it and this program says what it cannot do. What
// is not refused comes out as ssh has it, host by host.
func TestAsOpenSSH(t *testing.T) {
	openSSH(t)
	setTestVariables(t)
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil || len(files) < 60 {
		t.Fatalf("there are %d files (%v)", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			file := unpack(t, data)
			c := operator(t, file)
			asked := 0
			for _, alias := range aliases {
				if _, more := c.plain(Ask{Alias: alias}); more != nil {
					asked++
				}
				h, err := c.Resolve(Ask{Alias: alias})
				want, refuses := told(t, file, alias)
				switch filepath.Ext(name) {
				case ".refused":
					if refuses == "" || err == nil || !strings.Contains(err.Error(), sanitize.Line(firstLine(refuses))) {
						t.Errorf("%s: ssh says %q, this is %+v (%v)", alias, refuses, h, err)
					}
				case ".named":
					if refuses != "" || err == nil || !strings.HasPrefix(err.Error(), "cannot tell how to reach "+alias+": ") {
						t.Errorf("%s: ssh says %q, this %v", alias, refuses, err)
					}
				default:
					if refuses != "" && err != nil && strings.Contains(err.Error(), sanitize.Line(firstLine(refuses))) {
						needs.Absent(t, "this ssh is too old for that: "+refuses)
					}
					if refuses != "" || err != nil {
						t.Fatalf("%s: ssh says %q, this %v", alias, refuses, err)
					}
					same(t, c, alias, h, want)
					if alias == "n1" || alias == "n2" {
						sameKeys(t, c, file, alias, h)
					}
				}
			}
			if plain := filepath.Ext(name) == ".plain"; plain != (asked == 0) {
				t.Errorf("ssh is asked about %d hosts of %d", asked, len(aliases))
			}
		})
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func setTestVariables(t testing.TB) {
	t.Helper()
	t.Setenv("UMM_TEST_AGENT", "/run/agent.sock")
	t.Setenv("UMM_TEST_DIR", "/x")
	os.Unsetenv("UMM_TEST_UNSET") //nolint:errcheck // Nobody sets it.
}

// same compares what a host came out as with what ssh says, as it says it.
func same(t testing.TB, c *Config, alias string, h Host, want map[string][]string) {
	t.Helper()
	is := func(key, got, otherwise string) {
		t.Helper()
		if got == "" {
			got = otherwise
		}
		v := append(want[key], otherwise)[0]
		if strings.HasSuffix(key, "knownhostsfile") {
			// OpenSSH before 8.4 replaces ~ only later.
			v = strings.ReplaceAll(v, "~/", c.Home+"/")
		}
		if key == "proxyjump" {
			// ssh puts numbers in brackets, and tells no more by it.
			v, got = strings.NewReplacer("[", "", "]", "").Replace(v), strings.NewReplacer("[", "", "]", "").Replace(got)
		}
		if v != got {
			t.Errorf("%s: %s is %q, to ssh %q", alias, key, got, v)
		}
	}
	list := func(paths, otherwise []string) string {
		if paths == nil {
			paths = otherwise
		}
		if len(paths) == 0 {
			return None
		}
		return strings.Join(paths, " ")
	}
	is("hostname", h.HostName, "")
	is("user", h.User, "")
	is("port", strconv.Itoa(h.Port), "")
	is("hostkeyalias", h.HostKeyAlias, "")
	is("addressfamily", h.AddressFamily, "any")
	is("bindaddress", h.BindAddress, "")
	is("identitiesonly", map[bool]string{true: "yes", false: "no"}[h.IdentitiesOnly], "")
	is("nohostauthenticationforlocalhost", map[bool]string{true: "yes", false: "no"}[h.TrustLocalhost], "")
	is("userknownhostsfile", list(h.KnownHosts, []string{c.Home + "/.ssh/known_hosts", c.Home + "/.ssh/known_hosts2"}), None)
	is("globalknownhostsfile", list(h.GlobalKnownHosts, []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}), None)
	is("revokedhostkeys", list(h.RevokedHostKeys, nil), None)
	is("hostkeyalgorithms", strings.Join(h.HostKeyAlgorithms, ","), "")
	is("casignaturealgorithms", strings.Join(h.CASignatureAlgorithms, ","), "")
	is("requiredrsasize", strconv.Itoa(h.RequiredRSASize), "0")
	jump := strings.ReplaceAll(strings.Join(h.ProxyJump, ","), "ssh://", "")
	is("proxyjump", jump, "")
}

// sameKeys compares keys with those that ssh looks for, which only ssh -v shows.
func sameKeys(t testing.TB, c *Config, file, alias string, h Host) {
	t.Helper()
	out, _ := exec.Command("ssh", "-v", "-F", file, "-o", "ProxyCommand=false", "-o", "ControlPath=none", "--", alias, "true").CombinedOutput() //nolint:errcheck // It reaches nobody.
	var want []string
	for _, m := range regexp.MustCompile(`(?m)identity file (.*) type -?\d`).FindAllStringSubmatch(string(out), -1) {
		if !strings.HasSuffix(m[1], "-cert") && !slices.Contains(want, m[1]) {
			want = append(want, m[1])
		}
	}
	got := h.IdentityFiles
	if got == nil {
		if len(want) < 4 || !slices.Contains(want, c.Home+"/.ssh/id_ed25519") {
			t.Errorf("%s: the keys are the usual ones, to ssh %q", alias, want)
		}
		return
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: the keys are %q, to ssh %q", alias, got, want)
	}
}

// What is read here is what ssh -G has made of it in all: nothing of it says less.
func TestPlainSaysAsMuch(t *testing.T) {
	openSSH(t)
	files, err := filepath.Glob("testdata/corpus/*.plain")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c := operator(t, unpack(t, data))
		for _, ask := range []Ask{{Alias: "n1"}, {Alias: "n2", User: "x", Port: 5, HostName: "z.example", ProxyJump: "none"}, {Alias: "n1", HostName: "10.0.0.9", ProxyJump: "a@b:3"}, {Alias: "n1", HostName: "fe80::1%lo"}} {
			read, err := c.Resolve(ask)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := c.askSSH(ask, beyond{})
			if err != nil {
				t.Fatal(err)
			}
			asked.Tokens = nil
			for field, usual := range map[*[]string][]string{
				&read.KnownHosts:       {c.Home + "/.ssh/known_hosts", c.Home + "/.ssh/known_hosts2"},
				&read.GlobalKnownHosts: {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"},
			} {
				if *field == nil {
					*field = usual
				}
			}
			if ask.HostName != "" && asked.HostName != ask.HostName {
				t.Errorf("%s: the address is %s, to ssh %s", name, ask.HostName, asked.HostName)
			}
			read.Tokens = nil
			if !reflect.DeepEqual(read, asked) {
				t.Errorf("%s, %+v: it is read as\n%+v, to ssh\n%+v", name, ask, read, asked)
			}
		}
	}
}
