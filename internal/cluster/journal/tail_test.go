package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

// What is written is read once each, as it comes; a line that is half there is not there.
func TestTail(t *testing.T) {
	d := journal.Dir{Path: t.TempDir()}
	const id = "20261123-092114-3f2a"
	if _, err := d.Tail(id); err == nil {
		t.Error("a run that is not there is followed")
	}
	j, err := d.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := d.Tail(id)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	next := func(want ...string) {
		t.Helper()
		got, err := tail.Next()
		var texts []string
		for _, e := range got {
			texts = append(texts, e.Text)
		}
		if err != nil || strings.Join(texts, " ") != strings.Join(want, " ") {
			t.Fatalf("%q, %v; want %q", texts, err, want)
		}
	}
	write := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			if _, err := j.Append(run.Entry{Kind: run.Warned, Text: text}); err != nil {
				t.Fatal(err)
			}
		}
	}
	next()
	write("a", "b")
	next("a", "b")
	next()
	write("c")
	next("c")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// A crash in the middle of an entry, and the run that goes on after it.
	path := filepath.Join(d.Path, id+".journal")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`01234567 {"seq":4,"te`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	next()
	if j, _, err = d.Open(id); err != nil {
		t.Fatal(err)
	}
	write("d")
	next("d")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// What cannot be is said.
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tail.Next(); err == nil || !strings.Contains(err.Error(), "line 5 is entry 1") {
		t.Errorf("%v", err)
	}
}
