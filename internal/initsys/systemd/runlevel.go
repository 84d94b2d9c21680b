package systemd

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// utmp(5), struct utmp on Linux: records of this size, whose first field is the
// type; in a record of type RUN_LVL the process ID holds the run level in its low
// byte and the one before it in the next.
const (
	utmpSize   = 384
	utmpRunLvl = 1
	utmpPID    = 4
)

// Runlevel is what runlevel(8) prints on the host below root: the level before
// this one, or N, and this one, as "N 5". Newer systemds write no run level any
// more; there the default target tells.
func Runlevel(root string) string {
	data, err := os.ReadFile(filepath.Join(root, "run/utmp"))
	if err == nil {
		for ; len(data) >= utmpSize; data = data[utmpSize:] {
			if binary.LittleEndian.Uint16(data) != utmpRunLvl {
				continue
			}
			level := binary.LittleEndian.Uint32(data[utmpPID:])
			if now, before := byte(level), byte(level>>8); now != 0 {
				if before == 0 {
					before = 'N'
				}
				return fmt.Sprintf("%c %c", before, now)
			}
		}
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
