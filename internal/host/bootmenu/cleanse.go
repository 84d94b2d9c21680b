package bootmenu

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// Where there is no GRUB the entries of kernels are systemd-boot's, and kernel-install gives
// a new kernel the arguments of the running one: /proc/cmdline, where nobody has written
// /etc/kernel/cmdline (kernel-install(8)). That one may run with umm's argument, chosen in
// the menu or typed, and each boot would be maintenance mode from then on. EL does the same
// with GRUB. HideArgument keeps it from that; what was made all the same, as where nothing
// can be mounted, is repaired here.

// bootFolders are where the entries' partition may be mounted.
var bootFolders = []string{"/boot", "/boot/efi", "/efi"}

// cleanse takes umm's argument out of the entries of a kernel that was just added. It is an
// error where it cannot: what to do stands in it.
func (h Host) cleanse(added string) error {
	if added == "" || !h.runsWithArgument() || h.argumentIsWished() {
		return nil
	}
	for _, boot := range bootFolders {
		folder := path.Join(boot, "loader/entries")
		for _, f := range h.blsFilesIn(folder) {
			if !f.isOf(added) || f.isOurs() {
				continue
			}
			if clean := f.withoutArgument(); clean.content != f.content {
				if err := h.replace(path.Join(folder, f.name), clean.content, nil); err != nil {
					return fmt.Errorf("%w: remove the word %s from its options by hand", err, argument)
				}
			}
		}
		if err := h.unifiedImage(path.Join(boot, "EFI/Linux"), added); err != nil {
			return err
		}
	}
	return nil
}

func (h Host) runsWithArgument() bool {
	data, err := h.files().ReadFile("/proc/cmdline")
	return err == nil && hasWord(strings.Fields(string(data)), argument)
}

// argumentIsWished tells whether the operator gives it to every kernel.
func (h Host) argumentIsWished() bool {
	for _, file := range []string{"/etc/kernel/cmdline", "/usr/lib/kernel/cmdline"} {
		if data, err := h.files().ReadFile(file); err == nil {
			return hasWord(strings.Fields(string(data)), argument)
		}
	}
	return false
}

// unifiedImage finds a new kernel's image that has its arguments within, which cannot be
// taken out.
func (h Host) unifiedImage(folder, added string) error {
	names, _ := h.files().ReadDir(folder)
	running, _ := h.files().ReadFile("/proc/cmdline")
	words := bytes.TrimSpace(running)
	for _, n := range names {
		if !strings.HasSuffix(n.Name, ".efi") || !strings.Contains(n.Name, added) {
			continue
		}
		image, err := h.files().ReadFile(path.Join(folder, n.Name))
		if err != nil || bytes.Contains(image, words) {
			return fmt.Errorf("%s has the arguments of this boot within, %s among them, so it would boot into maintenance mode each time: "+
				"write the arguments that it should have to /etc/kernel/cmdline, then kernel-install add %s once more", path.Join(folder, n.Name), argument, added)
		}
	}
	return nil
}
