package systemd

import (
	"os"
	"path/filepath"
	"strings"

	"umm/internal/host/utmp"
)

// Runlevel is what runlevel(8) prints on the host below root: the level before
// this one, or N, and this one, as "N 5". Newer systemds write no run level any
// more; there the default target tells.
func Runlevel(root string) string {
	if level := utmp.Level(root); level != "" {
		return level
	}
	return "N " + defaultLevel(root)
}

// defaultLevel is the run level that the default target stands for, by
// runlevel(8): 5 for the graphical one, else 3.
func defaultLevel(root string) string {
	for _, dir := range []string{"etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"} {
		target, err := os.Readlink(filepath.Join(root, dir, "default.target"))
		if err != nil {
			continue
		}
		if name := filepath.Base(target); strings.HasPrefix(name, "graphical") || name == "runlevel5.target" {
			return "5"
		}
		return "3"
	}
	return "3"
}
