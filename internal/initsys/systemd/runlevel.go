package systemd

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// utmp(5), struct utmp on Linux: the first field is the type; in a record of type
// RUN_LVL the process ID holds the run level in its low byte and the one before it
// in the next.
const (
	utmpRunLvl = 1
	utmpPID    = 4
)

// utmpSize is the size of a record: its times have 64 bits where no older 32-bit
// programs had to share the file.
func utmpSize(arch string) int {
	switch arch {
	case "amd64", "386", "arm", "ppc64le":
		return 384
	default:
		return 400
	}
}

// Runlevel is what runlevel(8) prints on the host below root: the level before
// this one, or N, and this one, as "N 5". Newer systemds write no run level any
// more; there the default target tells.
func Runlevel(root string) string {
	if data, err := os.ReadFile(filepath.Join(root, "run/utmp")); err == nil {
		if level := recordedLevel(data, utmpSize(runtime.GOARCH)); level != "" {
			return level
		}
	}
	return "N " + defaultLevel(root)
}

func recordedLevel(utmp []byte, size int) string {
	for ; len(utmp) >= size; utmp = utmp[size:] {
		if binary.LittleEndian.Uint16(utmp) != utmpRunLvl {
			continue
		}
		level := binary.LittleEndian.Uint32(utmp[utmpPID:])
		now, before := byte(level), byte(level>>8)
		if !isLevel(now) {
			continue
		}
		if !isLevel(before) {
			before = 'N'
		}
		return fmt.Sprintf("%c %c", before, now)
	}
	return ""
}

func isLevel(c byte) bool { return c >= '0' && c <= '9' || c == 'S' || c == 's' }

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
