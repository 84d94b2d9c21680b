// Package hosttree makes small host trees for tests, and plays the programs of such a host.
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

// Units makes unit files on a merged /usr, and a link that wants each where a
// name is followed by " < " and the unit that wants it. Of an instance the
// template is made.
func Units(lines ...string) Tree {
	const dir = "usr/lib/systemd/system/"
	tree := Tree{"lib": "-> usr/lib", dir + "sysinit.target": "[Unit]\nWants=local-fs.target\n"}
	for _, line := range lines {
		name, wanter, wanted := strings.Cut(line, " < ")
		file := name
		if at, dot := strings.IndexByte(name, '@'), strings.LastIndexByte(name, '.'); at >= 0 {
			file = name[:at+1] + name[dot:]
		}
		if _, ok := tree[dir+file]; !ok {
			tree[dir+file] = "[Unit]\nDescription=" + file + "\n"
		}
		if wanted {
			tree["etc/systemd/system/"+wanter+".wants/"+name] = "-> /lib/systemd/system/" + file
		}
	}
	return tree
}

// BusNames makes D-Bus service files that start the units of the same names.
func BusNames(units ...string) Tree {
	tree := Tree{}
	for _, name := range units {
		tree["usr/share/dbus-1/system-services/"+name] = "[D-BUS Service]\nSystemdService=" + name + "\n"
	}
	return tree
}

// Make writes trees, a later one over those before it, into a folder that goes
// with the test, and returns it.
func Make(t testing.TB, trees ...Tree) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range (Tree{}).With(trees...) {
		if err := put(filepath.Join(root, path), path, content); err != nil {
			t.Fatal(err)
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
