package sshconfig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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
