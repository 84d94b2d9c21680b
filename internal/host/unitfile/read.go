package unitfile

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Unit is the configuration of one unit as its files give it. What systemd adds
// by itself (default dependencies, the contents of .wants folders) is not in it.
type Unit struct {
	// Name is the real name, not an alias.
	Name string
	// Files are those it was read from: the unit file, then its drop-ins.
	Files []string
	Sections
	// Warnings name lines that were passed over, with their file.
	Warnings []string
}

// Read reads a unit's file and its drop-ins. A unit without a unit file, a SysV
// script for one, is fs.ErrNotExist; a masked one is ErrMasked.
func (t *Tree) Read(name string) (*Unit, error) {
	name = t.Canonical(name)
	u, ok := t.find(name)
	if !ok {
		return nil, fmt.Errorf("cannot read %s: %w", name, fs.ErrNotExist)
	}
	if t.Masked(name) {
		return nil, fmt.Errorf("cannot read %s: %w", name, ErrMasked)
	}
	unit := &Unit{Name: name, Sections: make(Sections, 4)}
	if err := t.addFile(unit, u.file); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	for _, file := range t.dropinFiles(name) {
		if err := t.addFile(unit, file); err != nil {
			unit.Warnings = append(unit.Warnings, file+": "+err.Error())
		}
	}
	return unit, nil
}

func (t *Tree) addFile(u *Unit, file string) error {
	data, err := t.fs.ReadFile(file)
	if err != nil {
		return err
	}
	u.Files = append(u.Files, file)
	if err := u.add(data); err != nil {
		u.Warnings = append(u.Warnings, file+": "+err.Error())
	}
	return nil
}

// dropinFiles lists what is added to a unit's file, in the order in which it
// counts: by file name; of two of the same name the one found first hides the
// other, also when it is a link to /dev/null.
func (t *Tree) dropinFiles(name string) []string {
	var found []string
	seen := make(map[string]bool)
	for _, folder := range dropinNames(name) {
		for _, dir := range t.dropins[folder] {
			entries, _ := t.fs.ReadDir(dir)
			for _, e := range entries {
				if !strings.HasSuffix(e.Name, ".conf") || seen[e.Name] {
					continue
				}
				seen[e.Name] = true
				file := dir + "/" + e.Name
				if link, err := t.fs.Readlink(file); err == nil && isNull(file, link) {
					continue
				}
				found = append(found, file)
			}
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return strings.Compare(a[strings.LastIndexByte(a, '/'):], b[strings.LastIndexByte(b, '/'):])
	})
	return found
}

// dropinNames are the folders that hold drop-ins for a unit, the most special
// first: a-b@c.service.d, a-b@.service.d, a-.service.d, service.d.
func dropinNames(name string) []string {
	kind := Kind(name)
	names := []string{name + ".d"}
	base := name
	if template, _, ok := Template(name); ok {
		names = append(names, template+".d")
		base = template
	}
	stem := strings.TrimSuffix(base, "."+kind)
	for i := len(stem) - 1; i > 0; i-- {
		if stem[i] == '-' && i != len(stem)-1 {
			names = append(names, stem[:i+1]+"."+kind+".d")
		}
	}
	return append(names, kind+".d")
}
