package bootcli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cli/wiring"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/node"
)

// The real programs, below another root: a script prints the entry that umm's is
// made from.
func TestMenuEntry(t *testing.T) {
	root := hosttree.Make(t, hosttree.Tree{"boot/grub2/grub.cfg": "menuentry 'L' {\n\tlinux /v root=x ro\n}\n"})
	dir := t.TempDir()
	linux := filepath.Join(root, dir, "10_linux")
	if err := os.MkdirAll(filepath.Dir(linux), 0o755); err != nil {
		t.Fatal(err)
	}
	// It is run by the path that it has on the host, which here is another one.
	for _, file := range []string{linux, filepath.Join(dir, "10_linux")} {
		if err := os.WriteFile(file, []byte("#!/bin/sh\nprintf \"menuentry 'L' {\\n\\tlinux /v root=$GRUB_DEVICE ro\\n}\\n\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// As grub-mkconfig gives it to its scripts.
	t.Setenv("GRUB_DEVICE", "x")
	var stdout bytes.Buffer
	code, err := runMenu(t.Context(), wiring.Menu(root), wiring.New(root), []string{"entry", dir}, &stdout)
	want := "menuentry 'Unified maintenance mode (UMM)' --id 'umm' {\n\tlinux /v root=x ro umm\n}\n"
	if code != node.Done || err != nil || stdout.String() != want {
		t.Errorf("it ended with %d, %v and\n%s", code, err, stdout.String())
	}
}

func TestMenuUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"entry"}, {"update", "added"}, {"update", "changed", "6.1"}, {"remove", "x"}, {"add"}} {
		var stdout bytes.Buffer
		code, err := runMenu(t.Context(), wiring.Menu(t.TempDir()), wiring.New(t.TempDir()), args, &stdout)
		if code != node.Usage || err == nil || stdout.Len() > 0 {
			t.Errorf("%q ended with %d, %v, %q", args, code, err, stdout.String())
		}
	}
}

func TestMenuWithoutGRUB(t *testing.T) {
	for args, want := range map[string]node.Code{"update": node.CannotDo, "update added 6.1": node.Done, "update removed 6.1": node.Done, "remove": node.Done} {
		var stdout bytes.Buffer
		code, err := runMenu(t.Context(), wiring.Menu(t.TempDir()), wiring.New(t.TempDir()), strings.Fields(args), &stdout)
		if code != want || (err != nil) != (want != node.Done) || stdout.Len() > 0 {
			t.Errorf("%q ended with %d, %v, %q", args, code, err, stdout.String())
		}
	}
}
