package bootmenu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

const debianBlock = "/boot/grub/grubenv"

// errCountsTries says that nothing is left to do.
var errCountsTries = errors.New("systemd-boot itself counts the tries of a new kernel, and starts the one before when they are used up")

// writable are the file systems, by GRUB's names, on which it can write to its environment block.
var writable = []string{"ext2", "xfs", "fat"}

// Trials has GRUB start a new kernel once, and keep another one.
type Trials struct{ Menu Host }

// CanTry says why GRUB cannot start the kernel try once and keep otherwise; nil where it can.
func (t Trials) CanTry(ctx context.Context, try, keep string) error {
	h := t.Menu
	d, err := h.keeper(ctx)
	if err != nil {
		return err
	}
	cfg, all, err := d.kernels()
	if err != nil {
		return err
	}
	byDefault := defaultOf(cfg, d.block())
	e, err := choose(all, byDefault, "")
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", debianConfig, err)
	case byDefault != "" && !e.isNamed(splitPath(byDefault)) || !isVersion(e.linux()[1], try):
		return errors.New("it is not what the boot menu starts by default")
	}
	if _, found := ofKernel(all, keep); !found {
		return fmt.Errorf("the boot menu has no entry for %s, which runs", keep)
	}
	return nil
}

// Keeps says why GRUB cannot keep a kernel while another one is tried; nil where it can.
func (h Host) Keeps(ctx context.Context) error {
	_, err := h.keeper(ctx)
	if errors.Is(err, ErrNoGRUB) && h.countsTries() {
		return errCountsTries
	}
	return err
}

// keeper is the menu of a host whose GRUB can write to its environment block.
func (h Host) keeper(ctx context.Context) (debian, error) {
	var d debian
	switch m := h.menu().(type) {
	case nil:
		return d, ErrNoGRUB
	case debian:
		d = m
	default:
		return d, errors.New("umm does it with the GRUB of Debian and Ubuntu only")
	}
	if !h.wanted() {
		return d, errors.New(scriptPath + " is not executable")
	}
	if _, err := setInBlock(d.block(), "", ""); err != nil {
		return d, fmt.Errorf("%s cannot be used: %w", debianBlock, err)
	}
	on, err := h.probe(ctx, "abstraction")
	if err != nil {
		return d, err
	}
	if on != "" {
		return d, fmt.Errorf("GRUB cannot write to %s on %s", debianBlock, on)
	}
	kind, err := h.probe(ctx, "fs")
	if err == nil && !slices.Contains(writable, kind) {
		err = fmt.Errorf("GRUB cannot write to %s on %s", debianBlock, kind)
	}
	return d, err
}

// countsTries tells whether kernel-install is told to have systemd-boot count tries, or entries say
// so (Automatic Boot Assessment: the name ends with +LEFT-DONE).
func (h Host) countsTries() bool {
	if data, err := h.files().ReadFile("/etc/kernel/tries"); err == nil && strings.TrimSpace(string(data)) != "" {
		return true
	}
	for _, boot := range bootFolders {
		for _, f := range h.blsFilesIn(path.Join(boot, "loader/entries")) {
			if strings.Contains(f.name, "+") && strings.Trim(strings.TrimSuffix(f.name[strings.LastIndex(f.name, "+")+1:], ".conf"), "0123456789-") == "" {
				return true
			}
		}
	}
	return false
}

// probe asks what GRUB's folder is on.
func (h Host) probe(ctx context.Context, target string) (string, error) {
	out, err := h.run(ctx, nil, "grub-probe", "--target="+target, path.Dir(debianBlock))
	if err != nil {
		return "", fmt.Errorf("cannot tell whether GRUB can write to %s: %w", debianBlock, err)
	}
	return strings.TrimSpace(out), nil
}

// Try has GRUB start the kernel try with the next boot, and keep with every other.
func (t Trials) Try(ctx context.Context, try, keep string) error {
	h := t.Menu
	d, is := h.menu().(debian)
	if !is {
		return ErrNoGRUB
	}
	_, all, err := d.kernels()
	if err != nil {
		return err
	}
	kept, found := ofKernel(all, keep)
	if !found {
		return fmt.Errorf("the boot menu has no entry for %s", keep)
	}
	if err := d.set(kept.fullName(), try); err != nil {
		return err
	}
	// The variables do nothing until grub.cfg asks for them.
	return d.update(ctx, Kernel{}, true)
}

// Trial tells which kernel GRUB starts once with the next boot, empty where that was the boot
// before, and whether it keeps one at all.
func (t Trials) Trial() (try string, keeps bool, err error) {
	h := t.Menu
	if _, is := h.menu().(debian); !is {
		return "", false, nil
	}
	data, err := h.files().ReadFile(debianBlock)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("cannot read GRUB's environment block: %w", err)
	}
	block := string(data)
	return environment(block, tryVariable), environment(block, keepVariable) != "", nil
}

// EndTrial has GRUB start by default what it would without umm.
func (t Trials) EndTrial(ctx context.Context) error {
	h := t.Menu
	d, is := h.menu().(debian)
	if !is {
		return nil
	}
	block := d.block()
	cleared := environment(block, keepVariable) == "" && environment(block, tryVariable) == ""
	if cleared && d.trialStands() {
		return nil
	}
	if !cleared {
		if err := d.set("", ""); err != nil {
			return err
		}
	}
	return d.update(ctx, Kernel{}, h.wanted())
}

// block is the environment block: an empty one where grub-install has made none.
func (d debian) block() string {
	data, err := d.files().ReadFile(debianBlock)
	if errors.Is(err, fs.ErrNotExist) {
		return emptyBlock()
	}
	return string(data)
}

// kernels is grub.cfg with its entries of kernels.
func (d debian) kernels() (cfg string, all []entry, err error) {
	data, err := d.files().ReadFile(debianConfig)
	if err != nil {
		return "", nil, fmt.Errorf("cannot read GRUB's configuration: %w", err)
	}
	cfg = string(data)
	if all, err = entries(kernelPart(cfg)); err != nil {
		err = fmt.Errorf("%s: %w", debianConfig, err)
	}
	return cfg, all, err
}

// set changes variables in GRUB's environment block. It is overwritten in place: GRUB knows it by
// its blocks, and half of a shorter one would be none.
func (d debian) set(keep, try string) error {
	block, err := setInBlock(d.block(), keep, try)
	if err == nil {
		if d.files().Exists(debianBlock) {
			err = d.overwrite(debianBlock, block)
		} else {
			err = d.replace(debianBlock, block, nil)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot write to GRUB's environment block %s: %w", debianBlock, err)
	}
	return nil
}

func (h Host) overwrite(file, content string) error {
	target, err := h.files().Real(file)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(content), 0)
	return errors.Join(err, f.Sync(), f.Close())
}

// watchdogUsers are programs that need the watchdog for themselves: a host whose sbd cannot have it
// leaves its cluster. They may be stopped now.
var watchdogUsers = []string{"/usr/sbin/sbd", "/usr/sbin/watchdog", "/usr/sbin/wd_keepalive", "/usr/sbin/watchdog-mux"}

// hasWatchdog tells whether there is a timer that resets a host that hangs, and that nobody uses.
func (h Host) hasWatchdog() bool {
	for _, program := range watchdogUsers {
		if h.files().Exists(program) {
			return false
		}
	}
	state, err := h.files().ReadFile("/sys/class/watchdog/watchdog0/state")
	return err == nil && strings.TrimSpace(string(state)) == "inactive"
}

// trialStands tells whether a grub.cfg has what belongs there for the sake of a trial, and nothing
// more.
func (d debian) trialStands() bool {
	cfg, all, err := d.kernels()
	if err != nil {
		return false
	}
	text, _, _, _ := section(cfg, Script)
	want := trial(all, d.block(), d.hasWatchdog())
	if want == "" {
		return !strings.Contains(text, keepVariable)
	}
	return strings.HasSuffix(text, want)
}
