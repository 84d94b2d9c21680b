package lab

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A limit of the kernel is raised where it is too low, with a word, and never lowered.
func TestRaise(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("DID NOT RUN: limits are root's")
	}
	path := filepath.Join(t.TempDir(), "limit")
	for _, tt := range []struct {
		have, want  string
		said, fails bool
	}{
		{"128\n", "1024", true, false},
		{"1024\n", "1024\n", false, false},
		{"65536\n", "65536\n", false, false},
		{"many\n", "many\n", false, true},
	} {
		if err := os.WriteFile(path, []byte(tt.have), 0o644); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		err := raise(path, 1024, &log)
		got, _ := os.ReadFile(path)
		if string(got) != tt.want || (log.Len() > 0) != tt.said || (err != nil) != tt.fails {
			t.Errorf("%q became %q, said %q, %v", tt.have, got, log.String(), err)
		}
	}
}
