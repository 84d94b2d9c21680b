package bootmenu

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"umm/internal/sanitize"
)

// nameLimit bounds how much of an entry's name is shown, in bytes.
const nameLimit = 100

// Default is the file of the kernel that the next boot starts, unless somebody picks
// another one in the menu; in the trial of a new kernel the one that follows if that passes. It is
// an error where that cannot be told.
func (h Host) Default() (file string, err error) {
	var linux string
	switch m := h.menu().(type) {
	case nil:
		return "", ErrNoGRUB
	case debian:
		linux, err = h.defaultKernel(debianConfig, kernelPart)
	case grubby:
		linux, err = h.defaultKernel(m.configs[0], func(cfg string) string { return cfg })
	case loader:
		var from blsFile
		from, err = m.choose(m.blsFiles(), "")
		linux = from.value("linux")
	}
	if err != nil {
		return "", err
	}
	// As GRUB sees it: from the root of the file system that /boot is on, after a device.
	if strings.HasPrefix(linux, "(") {
		_, linux, _ = strings.Cut(linux, ")")
	}
	for _, file := range []string{path.Join("/boot", linux), path.Join("/", linux), path.Join("/boot", path.Base(linux))} {
		if h.files().Exists(file) {
			return file, nil
		}
	}
	return "", fmt.Errorf("the boot menu starts %s, which does not exist", linux)
}

// defaultKernel reads a grub.cfg; part is the part of it that has the entries of kernels.
func (h Host) defaultKernel(config string, part func(cfg string) string) (string, error) {
	data, err := h.files().ReadFile(config)
	if err != nil {
		return "", fmt.Errorf("cannot read GRUB's configuration: %w", err)
	}
	cfg := string(data)
	block, _ := h.files().ReadFile(path.Join(path.Dir(config), "grubenv"))
	if once := environment(string(block), "next_entry"); once != "" {
		return "", errors.New("GRUB is set to start " + sanitize.Phrase(once, nameLimit) + " once")
	}
	all, err := entries(part(cfg))
	if err != nil {
		return "", fmt.Errorf("%s: %w", config, err)
	}
	if strings.Contains(cfg, tryVariable) {
		if e, found := ofKernel(all, environment(string(block), tryVariable)); found {
			return e.linux()[1], nil
		}
	}
	byDefault := defaultOf(cfg, string(block))
	if kept := environment(string(block), keepVariable); kept != "" && h.runs(all, kept) {
		byDefault = kept
	}
	e, err := choose(all, byDefault, "")
	if err != nil {
		return "", fmt.Errorf("%s: %w", config, err)
	}
	if byDefault != "" && !e.isNamed(splitPath(byDefault)) {
		return "", fmt.Errorf("%s: the default entry, %s, does not start a kernel", config, sanitize.Phrase(byDefault, nameLimit))
	}
	return e.linux()[1], nil
}

// runs tells whether the kernel of the entry with that name is the one that runs.
func (h Host) runs(all []entry, name string) bool {
	release, err := h.files().ReadFile("/proc/sys/kernel/osrelease")
	e, chosen := choose(all, name, "")
	return err == nil && chosen == nil && e.isNamed(splitPath(name)) && isVersion(e.linux()[1], strings.TrimSpace(string(release)))
}
