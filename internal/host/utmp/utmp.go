// Package utmp reads the run level that the init system has noted in utmp.
package utmp

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// utmp(5), struct utmp on Linux: the first field is the type; in a record of type
// RUN_LVL the process ID holds the run level in its low byte and the one before it
// in the next.
const (
	runLvl = 1
	pidAt  = 4
)

// sizeOf is the size of a record: its times have 64 bits where no older 32-bit
// programs had to share the file.
func sizeOf(arch string) int {
	switch arch {
	case "amd64", "386", "arm", "ppc64le":
		return 384
	default:
		return 400
	}
}

// Level is the run level before this one, or N, and this one, as runlevel(8) prints
// them: "N 2". It is empty where utmp has none.
func Level(root string) string {
	data, err := os.ReadFile(filepath.Join(root, "run/utmp"))
	if err != nil {
		return ""
	}
	return recorded(data, sizeOf(runtime.GOARCH))
}

func recorded(utmp []byte, size int) string {
	for ; len(utmp) >= size; utmp = utmp[size:] {
		if binary.LittleEndian.Uint16(utmp) != runLvl {
			continue
		}
		level := binary.LittleEndian.Uint32(utmp[pidAt:])
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
