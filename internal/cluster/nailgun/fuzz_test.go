package nailgun_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/nailgun"
	"umm/internal/sanitize"
)

// Whatever a Nailgun or a file says: what comes of it are hosts that can be named and reached, or
// sentences of one line that a terminal can show.
func FuzzParseNodes(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("there are no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, 1)
	}
	for _, text := range []string{"", "[]", "null", "[null]", "{}", `[{"id":1,"status":"ready"}]`, `[{"id":-1,"status":"ready","cluster":1,"roles":["controller"],"ip":"::1"}]`,
		`[{"id":1,"status":"\u001b[2J","hostname":"a\nb","cluster":1,"roles":["controller"],"ip":"10.0.0.1; curl a | sh"}]`, `[{"id":1,"status":"\u202e","name":"\u0000","cluster":1,"roles":["controller"],"ip":"10.0.0.1","online":true}]`,
		`[{"id":1,"status":"ready","cluster":1,"roles":["controller"],"ip":"-oProxyCommand=x"}] trailing`} {
		f.Add([]byte(text), 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, environment int) {
		say := func(err error) {
			if err == nil {
				return
			}
			texts := []string{err.Error()}
			if h, ok := err.(interface{ Hint() string }); ok {
				texts = append(texts, h.Hint())
			}
			for _, text := range texts {
				if text == "" || sanitize.Line(text) != text || strings.Contains(text, "\n") {
					t.Errorf("it says %q", text)
				}
			}
		}
		nodes, err := nailgun.ParseNodes(data)
		if err != nil {
			say(err)
			return
		}
		within, err := nailgun.Within(nodes, environment)
		if err != nil {
			say(err)
			return
		}
		for _, n := range within {
			if n.Cluster == nil || environment != 0 && *n.Cluster != environment {
				t.Errorf("%+v is among those of %d", n, environment)
			}
		}
		hosts, notes, err := nailgun.Hosts(within, controller)
		say(err)
		for _, note := range notes {
			if sanitize.Line(note) != note {
				t.Errorf("a note is %q", note)
			}
		}
		if err != nil {
			return
		}
		for _, h := range hosts {
			if inventory.BadName(h.Name) != "" || inventory.BadName(h.Address) != "" {
				t.Errorf("%+v is a host", h)
			}
		}
	})
}
