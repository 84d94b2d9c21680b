package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"umm/internal/host/mode"
)

// Facts reads what the host says about this boot. It runs nothing and needs no
// rights, because a boot-time generator calls it too. What cannot be read is
// left empty.
func (n *Node) Facts() mode.Facts {
	args := n.kernelArgs()
	var kernel string
	if !n.InContainer() {
		kernel = n.runningKernel()
	}
	return mode.Facts{
		BootID: strings.ReplaceAll(strings.TrimSpace(n.read("proc/sys/kernel/random/boot_id")), "-", ""),
		Asked:  mode.Asked(args),
		Kexec:  n.byKexec(),
		Kernel: kernel,
		Trial:  kernel != "" && mode.TrialAsked(args) && !n.byKexec(),
		KeepsOut: mode.KeepsOut(args, mode.Marks{
			Initrd:       n.exists("etc/initrd-release"),
			SystemUpdate: n.exists("system-update") || n.exists("etc/system-update"),
			Relabel:      n.exists(".autorelabel"),
			CrashKernel:  n.exists("proc/vmcore"),
		}),
		Noted: n.RunState.Noted(),
	}
}

// BootUnit is the target that the kernel arguments name as the one to boot, where it is
// an ordinary one; empty where the host's default is booted.
func (n *Node) BootUnit() string { return mode.BootUnit(n.kernelArgs()) }

// BootsTrial tells whether the boot loader has begun a kernel's trial.
func (n *Node) BootsTrial() bool { return mode.TrialAsked(n.kernelArgs()) }

// runningKernel is the kernel's release, as uname -r prints it.
func (n *Node) runningKernel() string { return strings.TrimSpace(n.read("proc/sys/kernel/osrelease")) }

// kernelArgs are the kernel's arguments; in a container, where those are the
// outer host's, the arguments of PID 1, as systemd itself does it.
func (n *Node) kernelArgs() []string {
	if !n.InContainer() {
		return mode.KernelArgs(n.read("proc/cmdline"))
	}
	args := strings.Split(strings.TrimRight(n.read("proc/1/cmdline"), "\x00"), "\x00")
	return args[min(1, len(args)):]
}

const bootloaderType = "proc/sys/kernel/bootloader_type"

// kernelTellsOfKexec tells whether a kernel always knows that kexec started it: on x86.
func (n *Node) kernelTellsOfKexec() bool { return n.exists(bootloaderType) }

// byKexec tells whether another kernel started this one, as far as the kernel knows. On
// x86 the kind of boot loader that it was told of has 13 in its upper four bits
// (Documentation/arch/x86/boot.rst, type_of_loader; sysctl kernel.bootloader_type). On
// others kexec_file_load puts a property into the device tree (drivers/of/kexec.c, from
// Linux 5.13 on), which EFI and ACPI have no part in: it is in the blob that the kernel
// was handed, also where it is not unpacked to /proc/device-tree.
func (n *Node) byKexec() bool {
	if n.InContainer() {
		return false
	}
	loader, err := strconv.Atoi(strings.TrimSpace(n.read(bootloaderType)))
	return err == nil && loader>>4 == 0xd || strings.Contains(n.read("sys/firmware/fdt"), "linux,booted-from-kexec\x00")
}

// InContainer tells whether the kernel is an outer host's.
func (n *Node) InContainer() bool {
	if n.exists("run/systemd/container") {
		return true
	}
	env := n.read("proc/1/environ")
	return strings.HasPrefix(env, "container=") || bytes.Contains([]byte(env), []byte("\x00container="))
}

func (n *Node) read(path string) string {
	read := n.ReadFile
	if read == nil {
		read = os.ReadFile
	}
	data, err := read(filepath.Join(n.Root, path))
	if err != nil {
		return ""
	}
	return string(data)
}

// exists does not follow links: /system-update dangles on purpose at times.
func (n *Node) exists(path string) bool {
	_, err := os.Lstat(filepath.Join(n.Root, path))
	return err == nil
}

// DecideNext says what the next boot would be if maintenance mode were asked for
// now: the very decision that the generator will make then.
func (n *Node) DecideNext() (mode.Decision, mode.Record) {
	s := n.current()
	rec := mode.Request(s.record, s.facts, mode.Session{Trigger: mode.Trigger{Kind: mode.ByOperator}}, n.Now())
	next := s.facts
	next.BootID, next.Noted, next.KeepsOut = "the next boot", nil, ""
	// Whether MM is disabled is the configuration's own check.
	s.policy.Enabled = true
	return mode.Decide(rec, next, s.policy), rec
}
