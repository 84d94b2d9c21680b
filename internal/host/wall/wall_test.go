package wall

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestLogins(t *testing.T) {
	proc := t.TempDir()
	for pid, stat := range map[string]string{
		"1":   "1 (systemd) S 0 1 1 0 -1 4194560",
		"70":  "70 (sshd) S 1 70 70 0 -1 4194560",
		"80":  "80 (sshd) S 70 80 80 0 -1 4194560",
		"81":  "81 (bash) S 80 81 81 34817 82 4194560", // pts/1
		"82":  "82 (vi (1) x) S 81 82 81 34817 82 4194560",
		"90":  "90 (sshd-session) S 70 90 90 0 -1 4194560",
		"91":  "91 (sh) S 90 91 91 34820 91 4194560", // pts/4
		"92":  "92 (sh) S 90 92 92 34820 91 4194560", // once more
		"95":  "95 (sshd-session) S 70 95 95 0 -1 4194560",
		"96":  "96 (rsync) S 95 96 96 0 -1 4194560", // no terminal
		"100": "100 (login) S 1 100 100 1025 101 4194560",
		"101": "101 (bash) S 100 101 101 1025 101 4194560", // tty1
		"110": "110 (tmux: server) S 1 110 110 0 -1 4194560",
		"111": "111 (bash) S 110 111 111 34821 111 4194560", // a window, no login
		"120": "120 (sh) S",
		"121": "no process at all",
	} {
		if err := os.MkdirAll(filepath.Join(proc, pid), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, pid, "stat"), []byte(stat+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"pts/1", "pts/4", "tty1"}
	if got := logins(proc); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := logins(""); got != nil {
		t.Errorf("of nothing: %q", got)
	}
}

func TestTerminalName(t *testing.T) {
	for device, want := range map[int]string{
		0: "", 34816: "pts/0", 34816 + 255: "pts/255", 34816 | 1<<20: "pts/256",
		0x401: "tty1", 0x43f: "tty63", 0x440: "ttyS0", 0x500: "", 0x400: "",
	} {
		if got := terminalName(device); got != want {
			t.Errorf("%#x: got %q, want %q", device, got, want)
		}
	}
}
