package bootmenu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"umm/internal/atomicfile"
)

// loader is a host of EL8 or later: GRUB reads a file for each entry.
type loader struct{ Host }

// blsFiles are the files of the Boot Loader Specification.
func (h Host) blsFiles() []blsFile { return h.blsFilesIn(blsFolder) }

func (h Host) blsFilesIn(folder string) []blsFile {
	var all []blsFile
	names, _ := h.files().ReadDir(folder)
	for _, n := range names {
		if !strings.HasSuffix(n.Name, ".conf") || strings.HasPrefix(n.Name, ".") {
			continue
		}
		if data, err := h.files().ReadFile(path.Join(folder, n.Name)); err == nil {
			all = append(all, blsFile{name: n.Name, content: string(data)})
		}
	}
	return all
}

func (l loader) choose(files []blsFile, without string) (blsFile, error) {
	block, _ := l.files().ReadFile(grubFolder + "/grubenv")
	return chooseBLS(files, environment(string(block), "saved_entry"), without, func(linux string) bool {
		// As GRUB sees it: from the root of the file system that /boot is on.
		return l.files().Exists(path.Join("/boot", linux)) || l.files().Exists(linux)
	})
}

func (l loader) check() (boots, should string, err error) {
	files := l.blsFiles()
	from, err := l.choose(files, "")
	if err != nil {
		return "", "", err
	}
	want := from.maintenance()
	for _, f := range files {
		if f.name == want.name {
			boots = f.loads()
		} else if f.isOurs() {
			return "", "", fmt.Errorf("%s is another entry of umm", path.Join(blsFolder, f.name))
		}
	}
	return boots, want.loads(), nil
}

func (l loader) update(_ context.Context, k Kernel, wanted bool) error {
	files := l.blsFiles()
	var want blsFile
	if wanted {
		from, err := l.choose(files, k.Removed)
		if err != nil {
			return err
		}
		want = from.maintenance()
	}
	is := ""
	for _, f := range files {
		switch {
		case f.name == want.name:
			is = f.content
		case f.isOurs():
			if err := l.remove(f); err != nil {
				return err
			}
		}
	}
	if !wanted || is == want.content {
		return nil
	}
	return l.replace(path.Join(blsFolder, want.name), want.content, nil)
}

func (l loader) remove(f blsFile) error {
	file, err := l.files().Real(path.Join(blsFolder, f.name))
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove umm's entry: %w", err)
	}
	return nil
}

// replace puts a file in the place of another, or makes it, once check has accepted it, if
// there is one. A link is followed below the root.
func (h Host) replace(file, content string, check func(written string) error) error {
	target, err := h.files().Real(file)
	if err == nil {
		err = atomicfile.WriteBytes(target, atomicfile.Options{Mode: 0o644, Keep: true, Check: check}, []byte(content))
	}
	if err != nil {
		return fmt.Errorf("cannot replace %s: %w", file, err)
	}
	return nil
}
