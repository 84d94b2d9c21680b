// Package unitfile answers what systemd's configuration on disk says about
// units, without asking systemd: which are enabled, masked, aliases of another,
// and what a unit file holds. The boot-time generator uses it before any unit is
// loaded, so it is quick and stands on the standard library only. It judges
// nothing: which units matter is essential's and sshcheck's business.
package unitfile

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
)

// searchPath is where systemd looks for units, first match first. On a host with
// a merged /usr the last two are one folder; on others /lib goes first, as it
// does in systemd's own list there. The folders of `systemctl set-property` and
// of transient units are left out: they never enable anything.
var searchPath = []string{
	"/etc/systemd/system",
	"/run/systemd/system",
	"/usr/local/lib/systemd/system",
	"/lib/systemd/system",
	"/usr/lib/systemd/system",
}

// ErrMasked says that a unit is masked, so that there is nothing to read.
var ErrMasked = errors.New("masked")

// Tree is the unit files of one host, listed when it was opened. It is safe for
// use by several goroutines.
type Tree struct {
	fs      hostfs.FS
	units   map[string]entry    // the file that counts for each name
	aliases map[string][]string // real name -> its other names
	folders map[string][]string // multi-user.target -> its folders whose links make units start
	dropins map[string][]string // "ssh.service.d" -> folders, first counts most
}

// entry is one name in the search path.
type entry struct {
	file string // path inside the root
	link string // where it points, if it is a symbolic link
}

// Open lists the unit files below a root directory, "/" for the host itself.
// Folders that do not exist hold nothing; a tree without any is empty, not an
// error.
func Open(root string) *Tree {
	t := &Tree{
		fs:      hostfs.New(root),
		units:   make(map[string]entry, 512),
		aliases: make(map[string][]string),
		folders: make(map[string][]string, 64),
		dropins: make(map[string][]string),
	}
	var seen []fs.FileInfo
	for _, dir := range searchPath {
		info, err := t.fs.Stat(dir)
		if err != nil || slices.ContainsFunc(seen, func(s fs.FileInfo) bool { return os.SameFile(s, info) }) {
			continue
		}
		seen = append(seen, info)
		t.list(dir)
	}
	for name, u := range t.units {
		if u.link == "" {
			continue
		}
		if real := t.Canonical(name); real != name {
			t.aliases[real] = append(t.aliases[real], name)
		}
	}
	for _, names := range t.aliases {
		slices.Sort(names)
	}
	return t
}

// FS is the file tree that the units were found in.
func (t *Tree) FS() hostfs.FS { return t.fs }

// list takes in one folder of the search path.
func (t *Tree) list(dir string) {
	entries, _ := t.fs.ReadDir(dir)
	for _, e := range entries {
		name := e.Name
		file := dir + "/" + name
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			continue
		}
		switch owner := name[:dot]; name[dot+1:] {
		case "wants", "requires", "upholds":
			t.folders[owner] = append(t.folders[owner], file)
			continue
		case "d":
			t.dropins[name] = append(t.dropins[name], file)
			continue
		}
		if e.IsDir || Kind(name) == "" {
			continue
		}
		if _, overridden := t.units[name]; overridden {
			continue
		}
		u := entry{file: file}
		if e.IsLink {
			u.link, _ = t.fs.Readlink(file)
		}
		t.units[name] = u
	}
}

// wanted reads an owner's folders such as multi-user.target.wants, in the order of
// the search path; names are real names, sorted. Of the same link in two of them
// the first hides the other, also when it leads to /dev/null.
func (t *Tree) wanted(owner string) []string {
	var names []string
	var seen map[string]bool
	if len(t.folders[owner]) > 1 {
		seen = make(map[string]bool, 32)
	}
	for _, folder := range t.folders[owner] {
		entries, _ := t.fs.ReadDir(folder)
		for _, e := range entries {
			if Kind(e.Name) == "" {
				continue
			}
			if seen != nil {
				key := path.Base(folder) + "/" + e.Name
				if seen[key] {
					continue
				}
				seen[key] = true
			}
			if e.IsLink {
				file := folder + "/" + e.Name
				if link, err := t.fs.Readlink(file); err == nil && isNull(file, link) {
					continue
				}
			}
			names = append(names, t.Canonical(e.Name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// find returns the file that defines name: its own, or its template's.
func (t *Tree) find(name string) (entry, bool) {
	if u, ok := t.units[name]; ok {
		return u, true
	}
	if template, _, ok := Template(name); ok {
		u, ok := t.units[template]
		return u, ok
	}
	return entry{}, false
}

// Names lists every unit that has a file, templates and aliases included, in no
// particular order.
func (t *Tree) Names() []string {
	return slices.AppendSeq(make([]string, 0, len(t.units)), maps.Keys(t.units))
}

// Canonical is the real name of a unit: that which an alias leads to, else name
// itself.
func (t *Tree) Canonical(name string) string {
	for range 8 { // deep enough for any sane chain, and it ends in a loop of links
		u, ok := t.find(name)
		if !ok || u.link == "" || u.isNull() {
			return name
		}
		target := path.Base(u.link)
		if Kind(target) == "" || target == path.Base(u.file) {
			return name
		}
		if _, instance, ok := Template(name); ok && strings.Contains(target, "@.") {
			target = instantiate(target, instance)
		}
		name = target
	}
	return name
}

// Aliases are the other names of a unit, sorted; name is taken for what it is an
// alias of.
func (t *Tree) Aliases(name string) []string {
	return t.aliases[t.Canonical(name)]
}

// isNull tells whether the entry is a link to /dev/null.
func (u entry) isNull() bool {
	return isNull(u.file, u.link)
}

func isNull(file, link string) bool {
	if !strings.HasSuffix(link, "/dev/null") {
		return false
	}
	return path.IsAbs(link) && path.Clean(link) == "/dev/null" || path.Join(path.Dir(file), link) == "/dev/null"
}

// Masked tells whether a unit is masked: a link to /dev/null or an empty file
// stands in its place, or in the place of what it is an alias of.
func (t *Tree) Masked(name string) bool {
	u, ok := t.find(t.Canonical(name))
	if !ok {
		return false
	}
	if u.link != "" {
		return u.isNull()
	}
	info, err := t.fs.Stat(u.file)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// Exists tells whether there is a definition of a unit: a unit file, that of the
// template for an instance, a SysV script, or a line in /etc/fstab for a mount. A
// masked unit exists.
func (t *Tree) Exists(name string) bool {
	if _, ok := t.find(t.Canonical(name)); ok {
		return true
	}
	if dir, ok := MountPoint(name); ok {
		return t.inFstab(dir)
	}
	return t.sysvScript(name) != ""
}
