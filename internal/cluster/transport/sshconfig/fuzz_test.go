package sshconfig

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzPlain looks for what is taken for plain and is something else to ssh. ssh is asked
// about that alone: nothing of it is run.
func FuzzPlain(f *testing.F) {
	openSSH(f)
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		config, _, _ := bytes.Cut(data, []byte("\n-- "))
		f.Add(string(config))
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := operator(t, file)
		for _, alias := range []string{"n1", "N1"} {
			if _, more := c.plain(Ask{Alias: alias}); more != nil {
				return
			}
			h, err := c.Resolve(Ask{Alias: alias})
			want, refuses := told(t, file, alias)
			if refuses != "" || err != nil {
				t.Fatalf("%q, %s: it came out as %+v (%v), ssh says %s", text, alias, h, err, refuses)
			}
			same(t, c, alias, h, want)
		}
	})
}

// Configurations at the edge of what is plain, drawn at random and always the same ones.
func TestDrawnAsOpenSSH(t *testing.T) {
	openSSH(t)
	keys := slices.Sorted(maps.Keys(forms))
	values := strings.Fields("n1 n2 * !n1 n? N1 yes no ask none None true 22 0 5 007 +5 59999 65536 a@b:3 a,b %h %h.x %% ~/k ~ ~root/x /a /a/b // /a//b /a/../b " +
		"QUIET auto 10.0.0.1 ::1 2001:db8::1 127.1 0x7f 1host a_b -x LC_* gate x:99999 a@ @b a: ! h* $HOME a. [n1]:22 a:22:33 1.2.3.4:5 100000 1000000 a,b,c:7")
	between, ends := []string{" ", " ", "=", "  ", "\t", " = ", "= ", " =", ""}, []string{"\n", "\n", "\r\n", " \n", "\t\n", "\n\n"}
	plain := 0
	for seed := range 600 {
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		one := func(of []string) string { return of[r.IntN(len(of))] }
		var text strings.Builder
		for range 1 + r.IntN(7) {
			key := one(keys)
			switch r.IntN(3) {
			case 0:
				key = "Host"
			case 1:
				key = one([]string{"HostName", "user", "PORT", "ProxyJump", "IdentityFile", "userknownhostsfile", "HostKeyAlias"})
			}
			text.WriteString(key + one(between) + one(values))
			if r.IntN(5) == 0 {
				text.WriteString(" " + one(values))
			}
			text.WriteString(one(ends))
		}
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		c := operator(t, file)
		for _, alias := range []string{"n1", "N1"} {
			if _, more := c.plain(Ask{Alias: alias}); more != nil {
				continue
			}
			plain++
			h, err := c.Resolve(Ask{Alias: alias})
			want, refuses := told(t, file, alias)
			if refuses != "" || err != nil {
				t.Fatalf("%q, %s: it came out as %+v (%v), ssh says %s", text.String(), alias, h, err, refuses)
			}
			same(t, c, alias, h, want)
			sameKeys(t, c, file, alias, h)
			if t.Failed() {
				t.Fatalf("it was %q", text.String())
			}
		}
	}
	if plain < 50 {
		t.Errorf("of the configurations drawn %d are plain", plain)
	}
}

// FuzzAnswer: what ssh prints is read without a panic, whatever it is.
func FuzzAnswer(f *testing.F) {
	f.Add("user a\nhostname n1\nport 22\ncontrolpath /a/b/c\nproxyjump %h\nknownhostscommand /x 'a b' \\\nuserknownhostsfile /a /b c\n")
	f.Add("user a\nhostname n1\nport 99999999999999999999\n")
	f.Add("\x00\n \nport 22\nhostname\n")
	c := New(Options{Home: "/root", User: "root", File: None})
	f.Fuzz(func(t *testing.T, out string) {
		h, err := c.parse(out, Ask{Alias: "n1"})
		if err == nil && (h.Port < 1 || h.Port > 65535 || h.HostName == "" || h.User == "") {
			t.Errorf("%q came out as %+v", out, h)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	openSSH(b)
	for name, text := range map[string]string{"plain": "Host n*\nUser a\n", "ssh": "Match host n*\nUser a\n"} {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "config")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c := operator(b, file)
				done := make(chan error)
				for i := range 200 {
					go func() {
						_, err := c.Resolve(Ask{Alias: fmt.Sprintf("n%d", i)})
						done <- err
					}()
				}
				for range 200 {
					if err := <-done; err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
