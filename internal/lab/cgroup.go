package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// hierarchies finds where control groups are mounted: the unified hierarchy,
// which tells whether a host is on, and beside it, where version 1 is still in
// use, the one that systemd-nspawn keeps in step.
func hierarchies(mountinfo string) (unified string, also []string) {
	for line := range strings.Lines(mountinfo) {
		mount, super, ok := strings.Cut(line, " - ")
		f, s := strings.Fields(mount), strings.Fields(super)
		if !ok || len(f) < 5 || len(s) < 3 {
			continue
		}
		switch {
		case s[0] == "cgroup2" && unified == "":
			unified = f[4]
		case s[0] == "cgroup" && strings.Contains(s[2], "name=systemd"):
			also = append(also, f[4])
		}
	}
	return unified, also
}

// unifiedGroup is the folder of a control group of the labs; empty words are
// left out.
func unifiedGroup(words ...string) (string, error) {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	unified, _ := hierarchies(string(info))
	if unified == "" {
		return "", errors.New("cannot find control groups version 2: mount cgroup2 on /sys/fs/cgroup or /sys/fs/cgroup/unified")
	}
	return filepath.Join(append([]string{unified, "umm-lab"}, words...)...), nil
}

// populated tells whether any process lives in a control group or below it.
func populated(group string) bool {
	events, err := os.ReadFile(filepath.Join(group, "cgroup.events"))
	return err == nil && bytes.Contains(events, []byte("populated 1"))
}

// members are the processes in a control group and below it.
func members(group string) []int {
	var pids []int
	_ = filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil // groups come and go while a host runs
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// removeGroups removes a lab's control groups from every hierarchy.
func removeGroups(lab string) error {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	unified, also := hierarchies(string(info))
	var errs []error
	for _, mount := range append(also, unified) {
		if mount == "" {
			continue
		}
		errs = append(errs, removeTree(filepath.Join(mount, "umm-lab", lab)))
		_ = os.Remove(filepath.Join(mount, "umm-lab")) // stays as long as other labs do
	}
	return errors.Join(errs...)
}

// removeTree removes empty groups from the leaves up.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeTree(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot remove the control group %s: %w", dir, err)
	}
	return nil
}

// initOf finds PID 1 of the container that lives in a control group: a process
// that is number 1 one namespace further in than this program.
func initOf(group string) (int, bool) {
	depth := len(nsPIDs("self"))
	for _, pid := range members(group) {
		ids := nsPIDs(strconv.Itoa(pid))
		if len(ids) == depth+1 && ids[depth] == "1" {
			return pid, true
		}
	}
	return 0, false
}

// nsPIDs are the numbers of a process from this namespace inwards; none if it is
// gone.
func nsPIDs(pid string) []string {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(status)) {
		if ids, ok := strings.CutPrefix(line, "NSpid:"); ok {
			return strings.Fields(ids)
		}
	}
	return nil
}
