package bootmenu

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// cleanedArguments is what kernel-install reads in place of /proc/cmdline.
const cleanedArguments = "/run/umm/cmdline"

// HideArgument lets kernel-install(8), whose first plugin calls it, see /proc/cmdline without
// umm's argument, by a mount over it that Update takes away. What is made of the running
// kernel's arguments may be signed, as a unified kernel image is, and cannot be repaired later.
// A run of kernel-install that breaks off leaves the mount, at most until the next boot: this
// boot is recorded already, so nobody asks for the argument again.
func (h Host) HideArgument() error {
	if !h.runsWithArgument() || h.argumentIsWished() {
		return nil
	}
	data, err := h.files().ReadFile("/proc/cmdline")
	if err != nil {
		return fmt.Errorf("cannot hide the argument %s from the new kernel: %w", argument, err)
	}
	words := slices.DeleteFunc(strings.Fields(string(data)), func(word string) bool { return word == argument })
	cleaned := filepath.Join(h.Root, cleanedArguments)
	if err := os.MkdirAll(filepath.Dir(cleaned), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(cleaned, []byte(strings.Join(words, " ")+"\n"), 0o444); err != nil {
		return err
	}
	if err := syscall.Mount(cleaned, filepath.Join(h.Root, "proc/cmdline"), "", syscall.MS_BIND, ""); err != nil {
		_ = os.Remove(cleaned)
		return fmt.Errorf("cannot hide the argument %s from the new kernel: mount over /proc/cmdline: %w", argument, err)
	}
	return nil
}

// showArgument ends what HideArgument began.
func (h Host) showArgument() error {
	cleaned := filepath.Join(h.Root, cleanedArguments)
	if _, err := os.Lstat(cleaned); err != nil {
		return nil
	}
	// EINVAL: nothing is mounted there.
	if err := syscall.Unmount(filepath.Join(h.Root, "proc/cmdline"), 0); err != nil && err != syscall.EINVAL {
		return fmt.Errorf("cannot unmount /proc/cmdline, where the argument %s was hidden while a kernel was installed: %w", argument, err)
	}
	return os.Remove(cleaned)
}
