package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"umm/internal/execx"
)

// Host is one practice host.
type Host struct {
	lab      *Lab
	name     string
	addr     netip.Addr
	diskMiB  int
	firmware string // of a machine
}

// Name is the host's name, also inside.
func (h *Host) Name() string { return h.name }

// Addr is its address, in the lab's network.
func (h *Host) Addr() netip.Addr { return h.addr }

// Root is the host's root file system as seen from outside: files may be read
// and written there whether the host is on or off. Nothing is there of a machine.
func (h *Host) Root() string { return filepath.Join(runRoot, h.lab.name, h.name, "root") }

// Console is the file that holds all that the host's console has shown, boot
// after boot.
func (h *Host) Console() string { return h.file("console") }

func (h *Host) file(words ...string) string {
	return h.lab.file(append([]string{"hosts", h.name}, words...)...)
}

// machine is what systemd-nspawn calls it: no two hosts of any labs share it.
func (h *Host) machine() string { return h.name + "." + h.lab.name }

func (h *Host) group() (string, error) { return unifiedGroup(h.lab.name, h.name) }

// SetKernelArgs sets the kernel arguments of every boot from the next on. In a
// container they are arguments of PID 1: see /proc/1/cmdline. A machine's are those of
// GRUB's menu.
func (h *Host) SetKernelArgs(args ...string) error {
	return h.set("kernel argument", "args", args)
}

// SetNextKernelArgs adds kernel arguments to the next boot only.
func (h *Host) SetNextKernelArgs(args ...string) error {
	return h.set("kernel argument", "args.once", args)
}

// SetNspawnArgs sets more options for systemd-nspawn, from the next boot on:
// --read-only, --bind=, --tmpfs= and so on.
func (h *Host) SetNspawnArgs(args ...string) error {
	return h.set("systemd-nspawn option", "nspawn", args)
}

func (h *Host) set(kind, file string, words []string) error {
	if h.isMachine() && file != commandFile && len(words) > 0 {
		return fmt.Errorf("cannot give the machine %s a %s from outside: GRUB starts its kernel", h.name, kind)
	}
	if err := checkWords(kind, words); err != nil {
		return err
	}
	var text strings.Builder
	for _, w := range words {
		text.WriteString(w + "\n")
	}
	if err := os.WriteFile(h.file(file), []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("cannot keep the settings of %s: %w", h.name, err)
	}
	return nil
}

// pid1 finds the host's PID 1, once systemd runs as it. A machine's is QEMU: it is
// started as the first process of a namespace, so that a power cut is the same for both.
func (h *Host) pid1() (int, error) {
	group, err := h.group()
	if err != nil {
		return 0, err
	}
	pid, ok := initOf(filepath.Join(group, "host"))
	if ok {
		// Until then it is nspawn, still building the host's view of the world.
		comm, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
		name := strings.TrimSpace(string(comm))
		ok = err == nil && (name == "systemd" || name == "init" || h.isMachine() && strings.HasPrefix(name, "qemu"))
	}
	if !ok {
		return 0, fmt.Errorf("cannot find systemd on %s: it is off or only just starting", h.name)
	}
	return pid, nil
}

// BootID is the host's boot ID, read from outside: ssh need not be up, except on a
// machine.
func (h *Host) BootID() (string, error) {
	id, err := h.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("cannot read the boot id of %s: %w", h.name, err)
	}
	return strings.TrimSpace(string(id)), nil
}

// ReadFile reads a file as the host sees it while it is on, also in /run and /tmp,
// which are not under Root; of a machine, over ssh.
func (h *Host) ReadFile(path string) ([]byte, error) {
	if h.isMachine() {
		ctx, cancel := context.WithTimeout(context.Background(), readLimit)
		defer cancel()
		text, err := execx.Output(ctx, h.Runner(), "cat", path)
		return []byte(text), err
	}
	pid, err := h.pid1()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(fmt.Sprintf("/proc/%d/root%s", pid, path))
}

// make lays out the host's root file system.
func (h *Host) make(ctx context.Context) error {
	if h.isMachine() {
		return h.makeMachine(ctx)
	}
	layers := h.file()
	if h.diskMiB > 0 {
		layers = filepath.Join(runRoot, h.lab.name, h.name, "disk")
		if err := h.makeDisk(ctx, layers); err != nil {
			return err
		}
	}
	upper, work := filepath.Join(layers, "upper"), filepath.Join(layers, "work")
	if err := makeFolders(upper, work, h.Root()); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", h.lab.meta.Folder, upper, work)
	if err := unix.Mount("umm-lab", h.Root(), "overlay", 0, options); err != nil {
		return fmt.Errorf("cannot mount its root file system: %w", err)
	}
	return h.personalise()
}

// makeDisk puts what the host writes on a small file system.
func (h *Host) makeDisk(ctx context.Context, dir string) error {
	image := h.file("disk.img")
	if err := errors.Join(makeFolders(dir), os.WriteFile(image, nil, 0o600), os.Truncate(image, int64(h.diskMiB)<<20)); err != nil {
		return err
	}
	if err := command(ctx, "mkfs.ext4", "-q", "-F", "-m", "0", image); err != nil {
		return err
	}
	return command(ctx, "mount", "-o", "loop", image, dir)
}

// personalise writes what differs from host to host.
func (h *Host) personalise() error {
	hosts := "127.0.0.1 localhost\n"
	for _, other := range h.lab.hosts {
		hosts += other.addr.String() + " " + other.name + "\n"
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	for _, f := range []struct {
		path, text string
		mode       fs.FileMode
	}{
		{"etc/hostname", h.name + "\n", 0o644},
		{"etc/hosts", hosts, 0o644},
		{"etc/machine-id", hex.EncodeToString(id) + "\n", 0o444},
		{"etc/network/interfaces", fmt.Sprintf("auto lo\niface lo inet loopback\n\nauto host0\niface host0 inet static\n\taddress %s/%d\n",
			h.addr, network.Bits()), 0o644},
	} {
		if err := replaceFile(filepath.Join(h.Root(), f.path), []byte(f.text), f.mode); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(h.Root(), "root/.ssh"), 0o700); err != nil {
		return err
	}
	return errors.Join(
		copyFile(h.lab.file("key.pub"), filepath.Join(h.Root(), "root/.ssh/authorized_keys"), 0o600),
		copyFile(h.file("hostkey"), filepath.Join(h.Root(), "etc/ssh/ssh_host_ed25519_key"), 0o600),
		copyFile(h.file("hostkey.pub"), filepath.Join(h.Root(), "etc/ssh/ssh_host_ed25519_key.pub"), 0o644))
}

// replaceFile writes a file of exactly that mode.
func replaceFile(path string, text []byte, mode fs.FileMode) error {
	if err := os.WriteFile(path, text, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

func copyFile(from, to string, mode fs.FileMode) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return replaceFile(to, text, mode)
}
