// Package hosttree makes small host trees for tests.
package hosttree

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tree maps paths to what stands there: a file's content; a program's if it
// starts with "#!"; a symbolic link if it starts with "-> "; a folder if the path
// ends in a slash.
type Tree map[string]string

// With returns a tree that has more in it, or something else in its place.
func (tr Tree) With(more ...Tree) Tree {
	all := maps.Clone(tr)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// Without returns a tree that lacks some paths.
func (tr Tree) Without(paths ...string) Tree {
	rest := maps.Clone(tr)
	for _, p := range paths {
		if _, ok := rest[p]; !ok {
			panic("hosttree: there is no " + p + " to leave out")
		}
		delete(rest, p)
	}
	return rest
}

// Make writes a tree into a folder that goes with the test, and returns it.
func Make(t testing.TB, trees ...Tree) string {
	t.Helper()
	root := t.TempDir()
	for _, tree := range trees {
		for path, content := range tree {
			if err := put(filepath.Join(root, path), path, content); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

func put(file, path, content string) error {
	if strings.HasSuffix(path, "/") {
		return os.MkdirAll(file, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if target, ok := strings.CutPrefix(content, "-> "); ok {
		return os.Symlink(target, file)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(content, "#!") {
		mode = 0o755
	}
	return os.WriteFile(file, []byte(content), mode)
}
