package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/run"
)

const id = "20261123-092114-3f2a"

func create(t *testing.T) (Dir, *File) {
	t.Helper()
	d := Dir{Path: filepath.Join(t.TempDir(), "runs")}
	j, err := d.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	return d, j
}

func add(t *testing.T, j *File, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := j.Append(run.Entry{Run: id, Kind: run.Warned, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
}

func texts(entries []run.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Text)
	}
	return strings.Join(all, " ")
}

func TestKeepsAndGoesOn(t *testing.T) {
	d, j := create(t)
	add(t, j, "one", "two")
	// Killed: nothing is closed.
	j2, entries, err := d.Open(id)
	if err != nil || texts(entries) != "one two" {
		t.Fatalf("%v, %v", entries, err)
	}
	add(t, j2, "three")
	if err := j2.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err = d.Read(id)
	if err != nil || texts(entries) != "one two three" || entries[2].Seq != 3 {
		t.Fatalf("%v, %v", entries, err)
	}
	info, _ := os.Stat(d.path(id))
	if info.Size() > 1024 || info.Mode().Perm() != 0o600 {
		t.Errorf("size %d, mode %v", info.Size(), info.Mode())
	}
	runs, err := d.Runs()
	if err != nil || len(runs) != 1 || runs[0] != id {
		t.Errorf("%v, %v", runs, err)
	}
}

// Cut at every byte: what was whole is there, what was not is not, and it goes on.
func TestCutAnywhere(t *testing.T) {
	d, j := create(t)
	add(t, j, "one", "two", "three")
	data, _ := os.ReadFile(d.path(id))
	data = data[:j.end]
	for n := range data {
		if err := os.WriteFile(d.path(id), data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		again, entries, err := d.Open(id)
		if err != nil || len(entries) > strings.Count(string(data[:n]), "\n") {
			t.Fatalf("cut at %d: %v, %v", n, entries, err)
		}
		add(t, again, "more")
		_ = again.Close()
		if entries, err = d.Read(id); err != nil || !strings.HasSuffix(texts(entries), "more") {
			t.Fatalf("cut at %d: %v, %v", n, entries, err)
		}
	}
}

func TestBrokenInTheMiddle(t *testing.T) {
	d, j := create(t)
	add(t, j, "one", "two", "three")
	data, _ := os.ReadFile(d.path(id))
	broken := strings.Replace(string(data), "two", "tow", 1)
	if err := os.WriteFile(d.path(id), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Open(id); err == nil || !strings.Contains(err.Error(), "line 2 is broken") {
		t.Errorf("got %v", err)
	}
}

func TestRefuses(t *testing.T) {
	d, _ := create(t)
	for name, err := range map[string]error{
		"a name with a slash": func() error { _, err := d.Read("../../etc/passwd"); return err }(),
		"no such run":         func() error { _, err := d.Read("20261123-092114-0000"); return err }(),
		"one that exists":     func() error { _, err := d.Create(id); return err }(),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What cannot be written is an error, of whatever kind the failure is.
func TestAFileThatCannotBeWritten(t *testing.T) {
	_, j := create(t)
	add(t, j, "one")
	_ = j.f.Close()
	if _, err := j.Append(run.Entry{Kind: run.Begun}); err == nil {
		t.Error("no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, size, err := Parse(data)
		if err == nil && (size > int64(len(data)) || len(entries) > int(size)) {
			t.Errorf("%d entries in %d of %d bytes", len(entries), size, len(data))
		}
	})
}
