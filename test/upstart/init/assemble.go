package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"umm/test/upstart/machine"
)

// assemble makes the host that m describes the whole world of this process: its
// root, mounted read-only as the kernel does it, with the machine's /usr in it, under
// what the host has there of its own.
func assemble(m machine.Spec) error {
	const private = syscall.MS_REC | syscall.MS_PRIVATE
	if err := mount("", "/", "", private, ""); err != nil {
		return err
	}
	at := func(path string) string { return filepath.Join(m.Root, path) }
	beside := func(path string) string { return filepath.Join(m.Root, "..", path) }
	steps := []struct {
		what, where, kind string
		flags             uintptr
		data              string
	}{
		{m.Root, m.Root, "", syscall.MS_BIND, ""},
		{"overlay", at("usr"), "overlay", 0, fmt.Sprintf("lowerdir=/usr,upperdir=%s,workdir=%s", beside("usr"), beside("work"))},
		{m.Lab, at(machine.Folder), "", syscall.MS_BIND, ""},
		{"proc", at("proc"), "proc", 0, ""},
		{"sysfs", at("sys"), "sysfs", syscall.MS_RDONLY, ""},
		{filepath.Join(m.Lab, "cmdline"), at("proc/cmdline"), "", syscall.MS_BIND, ""},
		{filepath.Join(m.Lab, "boot_id"), at("proc/sys/kernel/random/boot_id"), "", syscall.MS_BIND, ""},
		{"tmpfs", at("run"), "tmpfs", 0, "mode=0755"},
		{"tmpfs", at("tmp"), "tmpfs", 0, "mode=1777"},
		{"tmpfs", at("dev"), "tmpfs", 0, "mode=0755"},
	}
	for _, s := range steps {
		if err := mount(s.what, s.where, s.kind, s.flags, s.data); err != nil {
			return err
		}
	}
	if err := devices(m, at); err != nil {
		return err
	}
	if !m.Writable {
		if err := mount("", m.Root, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			return err
		}
	}
	if err := syscall.Chroot(m.Root); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte("n1")); err != nil {
		return err
	}
	if err := loopback(); err != nil {
		return err
	}
	// The machine's network card, with its cable.
	for _, words := range []string{"link add eth0 type veth peer name cable", "link set cable up"} {
		if out, err := exec.Command("/bin/ip", strings.Fields(words)...).CombinedOutput(); err != nil {
			return fmt.Errorf("cannot make eth0: %w: %s", err, out)
		}
	}
	return nil
}

func mount(what, where, kind string, flags uintptr, data string) error {
	if err := syscall.Mount(what, where, kind, flags, data); err != nil {
		return fmt.Errorf("cannot mount %s on %s: %w", what, where, err)
	}
	return nil
}

// devices are those that everybody needs; the console is a file.
func devices(m machine.Spec, at func(string) string) error {
	if err := os.MkdirAll(at("dev/pts"), 0o755); err != nil {
		return err
	}
	if err := mount("devpts", at("dev/pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
		return err
	}
	if err := os.Symlink("pts/ptmx", at("dev/ptmx")); err != nil {
		return err
	}
	files := map[string]string{"console": filepath.Join(m.Lab, "console"), "kmsg": filepath.Join(m.Lab, "kmsg")}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		files[name] = "/dev/" + name
	}
	for name, from := range files {
		if err := os.WriteFile(at("dev/"+name), nil, 0o600); err != nil {
			return err
		}
		if err := mount(from, at("dev/"+name), "", syscall.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

// loopback brings lo up: ioctl SIOCSIFFLAGS, netdevice(7).
func loopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return fmt.Errorf("cannot bring lo up: %w", errno)
	}
	return nil
}
