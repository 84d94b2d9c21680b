package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// watched is the system's disk with its effects noted, the n-th of which fails.
func watched(fail int) (*[]string, disk) {
	var did []string
	step := func(what string) error {
		did = append(did, what)
		if len(did) == fail {
			return errors.New("cannot " + what)
		}
		return nil
	}
	return &did, disk{
		create: func(path string, mode fs.FileMode) (*os.File, error) {
			if err := step("create"); err != nil {
				return nil, err
			}
			return system.create(path, mode)
		},
		sync: func(f *os.File) error {
			info, err := f.Stat()
			if err != nil {
				return err
			}
			what := "sync"
			if info.IsDir() {
				what = "sync the folder"
			}
			return errors.Join(step(what), f.Sync())
		},
		close:  func(f *os.File) error { return errors.Join(step("close"), f.Close()) },
		rename: func(from, to string) error { return errors.Join(step("rename"), rename(len(did) == fail, from, to)) },
	}
}

func rename(fails bool, from, to string) error {
	if fails {
		return nil
	}
	return os.Rename(from, to)
}

// Nothing takes the place of the old file that has not reached the disk, and its name is
// made durable too.
func TestOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	did, d := watched(0)
	o := Options{Mode: 0o600, Check: func(written string) error {
		if content(t, written) != "new" || content(t, path) != "" {
			t.Errorf("checked is %q while %q is there", content(t, written), content(t, path))
		}
		*did = append(*did, "check")
		return nil
	}}
	if err := d.write(path, o, text("new")); err != nil || content(t, path) != "new" {
		t.Fatal(err)
	}
	if want := []string{"create", "sync", "close", "check", "rename", "sync the folder"}; !slices.Equal(*did, want) {
		t.Errorf("it did %q, want %q", *did, want)
	}
	*did = nil
	if err := d.write(path, Options{Mode: 0o600, NoSync: true}, text("newer")); err != nil || content(t, path) != "newer" {
		t.Fatal(err)
	}
	if want := []string{"create", "close", "rename"}; !slices.Equal(*did, want) {
		t.Errorf("without a disk it did %q, want %q", *did, want)
	}
}

// Whatever fails, the old content or the new one is there, and nothing beside it.
func TestEveryFault(t *testing.T) {
	full := func(io.Writer) error { return errors.New("no space left") }
	refused := Options{Mode: 0o600, Check: func(string) error { return errors.New("not accepted") }}
	for n := 1; ; n++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		did, d := watched(n)
		err := d.write(path, Options{Mode: 0o600}, text("new"))
		if len(*did) < n {
			if n < 5 || err != nil {
				t.Errorf("%d effects, %v", n, err)
			}
			break
		}
		want := "old"
		if (*did)[n-1] == "sync the folder" {
			want = "new"
		}
		if err == nil || content(t, path) != want {
			t.Errorf("where it cannot %s: %v, and %q is there", (*did)[n-1], err, content(t, path))
		}
		alone(t, dir)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Write(path, Options{Mode: 0o600}, full); err == nil || content(t, path) != "" {
		t.Errorf("a full disk: %v", err)
	}
	if err := Write(path, refused, text("x")); err == nil || content(t, path) != "" {
		t.Errorf("not accepted: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%v is left (%v)", entries, err)
	}
}

func alone(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

// The mode is what was asked for, whatever the umask; what is there keeps its own, where
// that is asked for, and a link stays one.
func TestModeAndLinks(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
	if err := WriteBytes(path, Options{Mode: 0o644}, []byte("a")); err != nil {
		t.Fatal(err)
	}
	modeOf := func() fs.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if modeOf() != 0o644 {
		t.Errorf("the mode is %v", modeOf())
	}
	if err := errors.Join(os.Chmod(path, 0o640), os.Symlink("f", link)); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(link, Options{Mode: 0o600, Keep: true}, []byte("b")); err != nil || content(t, path) != "b" || modeOf() != 0o640 {
		t.Errorf("%q with %v (%v)", content(t, path), modeOf(), err)
	}
	if target, err := os.Readlink(link); err != nil || target != "f" {
		t.Errorf("the link became %q (%v)", target, err)
	}
	// Otherwise a link is replaced, and what it leads to is left alone.
	if err := WriteBytes(link, Options{Mode: 0o600}, []byte("c")); err != nil || content(t, path) != "b" || content(t, link) != "c" {
		t.Errorf("%q and %q (%v)", content(t, path), content(t, link), err)
	}
	if err := WriteBytes(filepath.Join(dir, "no", "f"), Options{Mode: 0o600, Keep: true}, nil); err == nil {
		t.Error("a folder that is not there")
	}
}

func TestOwnerIsKept(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("only root can give a file away")
		}
		t.Skip("DID NOT RUN: only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.WriteFile(path, nil, 0o640), os.Chown(path, 65534, 65533)); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(path, Options{Keep: true}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 65534 || st.Gid != 65533 || info.Mode().Perm() != 0o640 {
		t.Errorf("it is of %d:%d with %v", st.Uid, st.Gid, info.Mode())
	}
}

// Somebody who knows what will be written, and where, can put nothing in its way.
func TestNamesCannotBeForeseen(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for range 2 {
		o := Options{Mode: 0o600, Check: func(written string) error { names = append(names, filepath.Base(written)); return nil }}
		if err := WriteBytes(filepath.Join(dir, "f"), o, nil); err != nil {
			t.Fatal(err)
		}
	}
	if names[0] == names[1] || !strings.HasPrefix(names[0], ".f.") {
		t.Errorf("the names are %q", names)
	}
	// One that is taken is passed over, and not followed.
	n := 0
	d := system
	d.create = func(path string, mode fs.FileMode) (*os.File, error) {
		if n++; n < 3 {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrExist}
		}
		return system.create(path, mode)
	}
	if err := d.write(filepath.Join(dir, "g"), Options{Mode: 0o600}, text("x")); err != nil || n != 3 {
		t.Errorf("after %d tries: %v", n, err)
	}
}

func TestMakeDir(t *testing.T) {
	dir := t.TempDir()
	did, d := watched(0)
	for range 2 {
		if err := d.makeDir(filepath.Join(dir, "a", "b"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"sync the folder", "sync the folder"}; !slices.Equal(*did, want) {
		t.Errorf("it did %q", *did)
	}
	if err := errors.Join(os.Symlink("a", filepath.Join(dir, "link")), os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := MakeDir(filepath.Join(dir, "link"), 0o700); err != nil {
		t.Errorf("a link to a folder: %v", err)
	}
	if err := MakeDir(filepath.Join(dir, "file"), 0o700); err == nil {
		t.Error("a file")
	}
	if err := MakeDir(filepath.Join(dir, "file", "x"), 0o700); err == nil {
		t.Error("below a file")
	}
}

func TestRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := Remove(path); err != nil {
		t.Errorf("of none: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Remove(path); err != nil || content(t, path) != "" {
		t.Error(err)
	}
	if err := Remove(filepath.Dir(path) + "/."); err == nil {
		t.Error("a folder")
	}
}

// The real disk takes no file, and no link, that somebody has put in the way.
func TestCreateTakesOnlyWhatIsNew(t *testing.T) {
	dir := t.TempDir()
	there, link := filepath.Join(dir, "there"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(there, []byte("old"), 0o600), os.Symlink("elsewhere", link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{there, link} {
		if f, err := system.create(path, 0o600); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v, %v", path, f, err)
		}
	}
	if content(t, there) != "old" || content(t, filepath.Join(dir, "elsewhere")) != "" {
		t.Error("something was written")
	}
}
