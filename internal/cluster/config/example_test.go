package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// put writes a file and says where it comes from.
func put(t testing.TB, content string) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "umm-cluster.yaml")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return from(path)
}

// from is a file as an ordinary user reads it.
func from(path string) Source {
	env := map[string]string{"HOME": "/home/alice"}
	return Source{Path: path, Euid: 1000, Getenv: func(name string) string { return env[name] }}
}

func load(t *testing.T, content string) Config {
	t.Helper()
	c, err := put(t, content).Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bare is a configuration without what says where it came from.
func bare(c Config) Config {
	c.file, c.settings = "", nil
	return c
}

func TestExampleSaysNothingAsItIs(t *testing.T) {
	none, err := from("/nonexistent/umm-cluster.yaml").Load()
	if err != nil {
		t.Fatal(err)
	}
	if c := load(t, Example()); !reflect.DeepEqual(bare(c), bare(none)) || c.File() == "" {
		t.Errorf("the example file says\n%+v, and no file\n%+v", c, none)
	}
}

// uncommented is the example with every example in force.
func uncommented() string {
	return regexp.MustCompile(`(?m)^##.*\n`).ReplaceAllString(Example(), "")
}

// Every key of the table stands in the example, is valid there, and arrives in a
// field of its own.
func TestExampleHoldsEveryKey(t *testing.T) {
	c := load(t, regexp.MustCompile(`(?m)^#`).ReplaceAllString(uncommented(), ""))
	written := map[string]bool{}
	index := regexp.MustCompile(`\[\d+\]`)
	for _, s := range c.Settings() {
		if strings.Contains(s.From, "umm-cluster.yaml:") {
			written[index.ReplaceAllString(s.Key, "[]")] = true
		} else if !strings.Contains(s.Key, "[") {
			t.Errorf("%s is from %s", s.Key, s.From)
		}
	}
	for _, k := range keys() {
		if !k.kind.group && !k.kind.fields && !written[k.name] {
			t.Errorf("%s has no example", k.name)
		}
	}
	zero(t, reflect.ValueOf(bare(c)), "")
}

// zero complains about a field that nothing sets, but for the fields of the items.
func zero(t *testing.T, v reflect.Value, at string) {
	t.Helper()
	if v.Kind() != reflect.Struct {
		if v.IsZero() && at != ".Limits.Command" {
			t.Errorf("nothing sets %s", at)
		}
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			zero(t, v.Field(i), at+"."+f.Name)
		}
	}
}

func TestDocsHoldEveryKey(t *testing.T) {
	told := map[string]string{}
	for _, d := range Docs() {
		told[d.Name] = d.Help
	}
	for _, k := range keys() {
		said := regexp.MustCompile(`^services\.\w+(\.enabled|\.hosts)?$`).MatchString(k.name)
		if told[k.name] == "" && !said {
			t.Errorf("nothing is said of %s", k.name)
		}
		for _, line := range strings.Split(k.help, "\n") {
			if len(line) > 88 {
				t.Errorf("%s: a line of %d characters", k.name, len(line))
			}
		}
	}
	for name, want := range map[string]string{
		"gate.samples": "Default: 3. It is a number from 1 to 1000.", "hosts[].name": "It is needed.",
		"notify[].on": "Default: start, stop, hold, end.", "ssh.sudo": "It is auto, always or never.",
	} {
		if !strings.HasSuffix(told[name], want) {
			t.Errorf("of %s it says %q, want %q at the end", name, told[name], want)
		}
	}
}
