package upstart

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"umm/internal/host/jobfile"
)

// processOf tells whether a process of a service runs, by what its init script says of it: one
// whose ID is in its file, or one that is its program, or that an interpreter runs.
func (m Manager) processOf(traces jobfile.Traces) bool {
	for _, file := range traces.PIDFiles {
		if pid := strings.Fields(m.read(file)); len(pid) > 0 && isNumber(pid[0]) && m.exists(filepath.Join("proc", pid[0])) {
			return true
		}
	}
	if len(traces.Programs) == 0 {
		return false
	}
	dirs, _ := filepath.Glob(filepath.Join(m.Root, "proc/[0-9]*"))
	return slices.ContainsFunc(dirs, func(dir string) bool { return m.isOf(dir, traces.Programs) })
}

// isOf tells of a process, by its folder in /proc, whether it is one of the programs: by a
// link too, and when that has been replaced since.
func (m Manager) isOf(dir string, programs []string) bool {
	exe, _ := os.Readlink(filepath.Join(dir, "exe"))
	cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	words := strings.Split(string(cmdline), "\x00")
	image, _ := os.Stat(filepath.Join(dir, "exe"))
	return slices.ContainsFunc(programs, func(program string) bool {
		if strings.TrimSuffix(exe, " (deleted)") == program || slices.Contains(words[min(1, len(words)):min(3, len(words))], program) {
			return true
		}
		file, err := os.Stat(filepath.Join(m.Root, program))
		return err == nil && image != nil && os.SameFile(file, image)
	})
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
