package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindMirror(t *testing.T) {
	other := "deb https://apt.example.com/cloud cloud-sdk-bookworm main\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"one line": {map[string]string{
			"sources.list": "# deb http://old.example.org/debian bookworm main\ndeb-src http://src.example.org/debian bookworm main\n" +
				"deb http://security.example.org/debian-security bookworm-security main\n" +
				"deb [arch=amd64 signed-by=/k.gpg] http://mirror.example.org/debian/ bookworm main contrib # ours\n"},
			"http://mirror.example.org/debian"},
		"stanzas": {map[string]string{
			"sources.list.d/a-other.list": other,
			"sources.list.d/debian.sources": "Types: deb\n# a remark\nURIs: http://mirror.example.org/debian\nSuites: trixie trixie-updates\n" +
				"Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n\nTypes: deb\nURIs: http://mirror.example.org/debian-security\nSuites: trixie-security\nComponents: main\n"},
			"http://mirror.example.org/debian"},
		"several in one stanza": {map[string]string{
			"sources.list.d/x.sources": "types: deb-src deb\nuris:\n http://a.example.org/ubuntu\n http://b.example.org/debian\nsuites: stable\ncomponents: main\n"},
			"http://b.example.org/debian"},
		"switched off": {map[string]string{
			"sources.list.d/x.sources": "Enabled: no\nTypes: deb\nURIs: http://off.example.org/debian\nSuites: sid\nComponents: main\n",
			"sources.list":             "deb http://on.example.org/debian sid main\n"},
			"http://on.example.org/debian"},
		"a guest of the same suite names": {map[string]string{
			"sources.list": "deb https://docker.example.com/linux/debian bookworm stable\ndeb https://db.example.com/debian bookworm-pgdg main\n"},
			""},
		"ubuntu":  {map[string]string{"sources.list": "deb http://mirror.example.org/ubuntu noble main\n"}, ""},
		"nothing": {nil, ""},
		"broken": {map[string]string{"sources.list": "deb\ndeb [\ndeb [a\ndeb http://x\n", "sources.list.d/x.sources": " x\n:\nTypes: deb\n"},
			""},
	} {
		t.Run(name, func(t *testing.T) {
			etc := t.TempDir()
			for path, text := range c.files {
				write(t, filepath.Join(etc, path), text)
			}
			t.Setenv("UMM_LAB_MIRROR", "")
			got, err := findMirror(etc)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestFindMirrorThroughFile(t *testing.T) {
	t.Setenv("UMM_LAB_MIRROR", "")
	etc := t.TempDir()
	write(t, filepath.Join(etc, "mirrors/debian.list"), "# near\nhttp://near.example.org/debian\thint\nhttp://far.example.org/debian\n")
	write(t, filepath.Join(etc, "sources.list"), "deb mirror+file:"+etc+"/mirrors/debian.list bookworm main\n")
	if got, err := findMirror(etc); got != "http://near.example.org/debian" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFindMirrorByEnvironment(t *testing.T) {
	t.Setenv("UMM_LAB_MIRROR", "http://mine.example.org/debian")
	if got, err := findMirror(t.TempDir()); got != "http://mine.example.org/debian" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzSources(f *testing.F) {
	f.Add("deb [a=b] http://x/debian sid main\n")
	f.Add("Types: deb\nURIs: http://x/debian\n y\nSuites: sid\nComponents: main\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range append(parseList(text), parseDeb822(text)...) {
			if s.uri == "" || strings.ContainsAny(s.uri, " \t\n") {
				t.Errorf("took %q for an archive", s.uri)
			}
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
