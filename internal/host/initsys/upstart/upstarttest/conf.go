package upstarttest

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Folder is /etc/init as an Engine knows it.
type Folder struct {
	// known is what was read of each job: its file, and its override file.
	known map[string]string
}

// Read takes over what has changed since it was read last; with all every file is
// new to the engine, as `initctl reload-configuration` has it. A file that cannot
// be parsed defines no job, and the log says why, as Upstart's does.
//
// NAME.conf is the job NAME, sub/NAME.conf the job sub/NAME. The stanzas of
// NAME.override come after those of NAME.conf, so a `start on` there takes the
// place of the whole one: init(5), "Override File Handling".
func (d *Folder) Read(e *Engine, files fs.FS, all bool) error {
	now := map[string]string{}
	classes := map[string]*Class{}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		name, ok := strings.CutSuffix(path, ".conf")
		if err != nil || !ok || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return skipGone(err)
		}
		override, err := fs.ReadFile(files, name+".override")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		now[name] = string(text) + "\x00" + string(override)
		if !all && d.known[name] == now[name] {
			return nil
		}
		classes[name] = read(e, name, string(text), string(override))
		return nil
	})
	if err != nil {
		return err
	}
	for name := range d.known {
		if _, still := now[name]; !still {
			classes[name] = nil
		}
	}
	d.known = now
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		e.Define(name, classes[name])
	}
	return nil
}

func skipGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func read(e *Engine, name, text, override string) *Class {
	c := newClass(name)
	if err := c.Parse("/etc/init/"+name+".conf", text); err != nil {
		e.sys.Log(err.Error())
		return nil
	}
	with := *c
	if err := with.Parse("/etc/init/"+name+".override", override); err != nil {
		e.sys.Log(err.Error())
		// What stands before the error holds.
	}
	return &with
}

// ParseJob reads one job file, as a check of its grammar does.
func ParseJob(name, file, text string) (*Class, error) {
	c := newClass(name)
	if err := c.Parse(file, text); err != nil {
		return nil, err
	}
	return c, nil
}
