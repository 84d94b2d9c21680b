// Package unitfile answers what systemd's configuration on disk says about
// units, without asking systemd: which are enabled, masked, aliases of another,
// and what a unit file holds. The boot-time generator uses it before any unit is
// loaded, so it is quick and stands on the standard library only. It judges
// nothing: which units matter is kept's and reach's business.
package unitfile

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"umm/internal/hostfs"
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
	wants   map[string][]string // multi-user.target -> what its folders name, real names
	dropins map[string][]string // "ssh.service.d" -> folders, first counts most
}

// entry is one name in the search path.
type entry struct {
	file string // path inside the root
	link string // where it points, if it is a symbolic link
}

// Option changes what Open looks at.
type Option func(*[]string)

// WithGenerated adds what generators wrote at this boot. Not for use within a
// generator: they run side by side. The "early" folder is left out, since what
// umm itself masks in maintenance mode stands there.
func WithGenerated() Option {
	return func(dirs *[]string) {
		*dirs = slices.Insert(*dirs, 2, "/run/systemd/generator")
		*dirs = append(*dirs, "/run/systemd/generator.late")
	}
}

// Open lists the unit files below a root directory, "/" for the host itself.
// Folders that do not exist hold nothing; a tree without any is empty, not an
// error.
func Open(root string, opts ...Option) *Tree {
	t := &Tree{
		fs:      hostfs.New(root),
		units:   make(map[string]entry, 512),
		aliases: make(map[string][]string),
		wants:   make(map[string][]string, 64),
		dropins: make(map[string][]string),
	}
	dirs := slices.Clone(searchPath)
	for _, opt := range opts {
		opt(&dirs)
	}
	var seen []fs.FileInfo
	var folders []string
	for _, dir := range dirs {
		info, err := t.fs.Stat(dir)
		if err != nil || slices.ContainsFunc(seen, func(s fs.FileInfo) bool { return os.SameFile(s, info) }) {
			continue
		}
		seen = append(seen, info)
		folders = append(folders, t.list(dir)...)
	}
	for name := range t.units {
		if real := t.Canonical(name); real != name {
			t.aliases[real] = append(t.aliases[real], name)
		}
	}
	for _, names := range t.aliases {
		slices.Sort(names)
	}
	t.listWants(folders)
	return t
}

// FS is the file tree that the units were found in.
func (t *Tree) FS() hostfs.FS { return t.fs }

// list takes in one folder of the search path, and returns the folders in it
// whose links make units start.
func (t *Tree) list(dir string) (folders []string) {
	entries, err := t.fs.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name
		file := dir + "/" + name
		switch suffix := name[strings.LastIndexByte(name, '.')+1:]; suffix {
		case "wants", "requires", "upholds":
			folders = append(folders, file)
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
	return folders
}

// listWants reads folders such as multi-user.target.wants, in the order of the
// search path. Of the same link in two of them the first hides the other, also
// when it leads to /dev/null.
func (t *Tree) listWants(folders []string) {
	seen := make(map[string]bool, 256)
	for _, folder := range folders {
		entries, err := t.fs.ReadDir(folder)
		if err != nil {
			continue
		}
		base := path.Base(folder)
		owner := base[:strings.LastIndexByte(base, '.')]
		for _, e := range entries {
			name := e.Name
			if key := base + "/" + name; seen[key] || Kind(name) == "" {
				continue
			} else {
				seen[key] = true
			}
			if e.IsLink {
				file := folder + "/" + name
				if link, err := t.fs.Readlink(file); err == nil && isNull(file, link) {
					continue
				}
			}
			t.wants[owner] = append(t.wants[owner], t.Canonical(name))
		}
	}
	for owner, names := range t.wants {
		slices.Sort(names)
		t.wants[owner] = slices.Compact(names)
	}
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
	names := make([]string, 0, len(t.units))
	for name := range t.units {
		names = append(names, name)
	}
	return names
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

func (t *Tree) inFstab(dir string) bool {
	data, err := t.fs.ReadFile("/etc/fstab")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 2 && f[0][0] != '#' && path.Clean(f[1]) == dir {
			return true
		}
	}
	return false
}
