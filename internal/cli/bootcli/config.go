package bootcli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"umm/internal/atomicfile"
)

// putConfig makes /etc/umm.conf of the one that the package ships, where there is none, or
// where there is only a beginning of it: a power cut tore it while it was made. Whatever else
// stands there is the operator's.
func putConfig(root string) error {
	path := filepath.Join(root, "etc/umm.conf")
	shipped, err := os.ReadFile(filepath.Join(root, "usr/share/umm/umm.conf"))
	if err != nil {
		return fmt.Errorf("cannot create %s: %w", path, err)
	}
	is, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", path, err)
	case len(is) == len(shipped) || !bytes.HasPrefix(shipped, is):
		return nil
	}
	if err := atomicfile.WriteBytes(path, atomicfile.Options{Mode: 0o644}, shipped); err != nil {
		return fmt.Errorf("cannot create %s: %w", path, err)
	}
	return nil
}
