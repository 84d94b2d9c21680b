package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
)

// The firmware of machines: what HostSpec.Machine may be.
const (
	BIOS = "bios"
	UEFI = "uefi"
)

const (
	machineMemory = "512" // MiB
	// commandFile is the setting that supervise.sh starts a machine by.
	commandFile = "machine"
	uefiCode    = "/usr/share/OVMF/OVMF_CODE_4M.fd"
	uefiVars    = "/usr/share/OVMF/OVMF_VARS_4M.fd"

	kvm = "kvm"
	tcg = "tcg,thread=multi"
	// probeLimit is far more than a boot sector needs where KVM works.
	probeLimit = 4 * time.Second
)

// machineNeeds are what machines stand on beside containers' needs.
var machineNeeds = append([]need{
	{"qemu-system-x86_64", "qemu-system-x86"},
	{uefiCode, "ovmf"},
	{"sfdisk", "fdisk"},
	{"mkfs.vfat", "dosfstools"},
	{"mcopy", "mtools"},
}, needs...)

// makeMachine gives a machine its disk, its place in the network, and the command line
// that supervise.sh starts it by.
func (h *Host) makeMachine(ctx context.Context) error {
	if err := h.copyDisk(ctx, h.lab.meta.Disk); err != nil {
		return err
	}
	if h.firmware == UEFI {
		if err := copyFile(uefiVars, h.file("vars"), 0o600); err != nil {
			return err
		}
	}
	for _, line := range []string{
		"ip tuntap add dev " + h.tap() + " mode tap",
		"ip link set " + h.tap() + " master " + bridge + " up",
	} {
		if err := command(ctx, h.lab.InNet(strings.Fields(line)...)...); err != nil {
			return err
		}
	}
	accel, err := accelerator(ctx)
	if err != nil {
		return err
	}
	return h.set("QEMU option", commandFile, h.qemu(accel))
}

func (h *Host) isMachine() bool { return h.firmware != "" }

// tap is the machine's end of its network cable.
func (h *Host) tap() string { return fmt.Sprintf("tap%d", h.addr.As4()[3]) }

// serial is the socket of the machine's first serial port.
func (h *Host) serial() string { return h.file("serial") }

// qemu is the command line that runs the machine. A reboot is the machine's own affair; the
// program ends when it powers off.
func (h *Host) qemu(accel string) []string {
	// What a guest has written is in this machine's cache, and safe from a power cut,
	// with or without flushes; what it has not is lost.
	const cache = ",format=raw,cache=unsafe"
	argv := []string{"qemu-system-x86_64", "-name", h.machine(), "-nodefaults", "-no-user-config", "-display", "none",
		"-machine", "pc", "-accel", accel, "-cpu", "qemu64", "-smp", "1", "-m", machineMemory,
		"-chardev", "socket,id=serial,server=on,wait=off,path=" + h.serial() + ",logfile=" + h.Console() + ",logappend=on",
		"-serial", "chardev:serial",
		"-drive", "if=none,id=disk,file=" + h.file("disk") + cache,
		"-device", "virtio-blk-pci,drive=disk",
		"-netdev", "tap,id=net,script=no,downscript=no,ifname=" + h.tap(),
		"-device", fmt.Sprintf("virtio-net-pci,netdev=net,romfile=,mac=52:54:00:00:02:%02x", h.addr.As4()[3]),
		"-device", "virtio-rng-pci"}
	if h.firmware == UEFI {
		argv = append(argv,
			"-drive", "if=pflash,unit=0,readonly=on,format=raw,file="+uefiCode,
			"-drive", "if=pflash,unit=1,file="+h.file("vars")+cache)
	}
	return argv
}

// bootSector counts 16 million down and then switches the machine off with status 33.
var bootSector = slices.Concat([]byte{
	0x66, 0xb9, 0x00, 0x00, 0x00, 0x01, // mov $0x1000000,%ecx
	0x66, 0x49, // dec %ecx
	0x75, 0xfc, // jnz to the dec
	0xba, 0x01, 0x05, // mov $0x501,%dx
	0xb0, 0x10, // mov $16,%al
	0xee, // out %al,(%dx)
	0xf4, // hlt
}, make([]byte, 510-17), []byte{0x55, 0xaa})

// accelerator tells what machines run by: KVM where it runs a boot sector in an instant.
// That there is /dev/kvm does not say so. Inside some virtual machines it cannot run the
// code of firmware and boot loaders, or does a thousand times slower than emulation.
func accelerator(ctx context.Context) (string, error) {
	sector, err := os.CreateTemp("", "umm-lab-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(sector.Name()) }()
	defer sector.Close()
	if _, err := sector.Write(bootSector); err != nil {
		return "", err
	}
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Limit: probeLimit, Argv: []string{
		"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc", "-accel", kvm,
		"-drive", "format=raw,snapshot=on,file=" + sector.Name(), "-device", "isa-debug-exit,iobase=0x501,iosize=1"}})
	if ctx.Err() != nil {
		return "", err
	}
	if err == nil && res.Code == 16<<1|1 {
		return kvm, nil
	}
	return tcg, nil
}

// Serial connects to a machine's serial console: what is written there is typed, to GRUB
// or to a login. Only one connection is served at a time. Who holds it has to
// read from it, or the machine waits. The console's file goes on beside it, but QEMU (7.2)
// writes a character there twice when the reader is slow; what is read here is exact.
func (h *Host) Serial(ctx context.Context) (net.Conn, error) {
	if !h.isMachine() {
		return nil, fmt.Errorf("cannot type on the console of %s: it is a container, whose console only shows", h.name)
	}
	var conn net.Conn
	err := poll(ctx, startLimit, tick, "type on the console of "+h.name, func(ctx context.Context) (bool, error) {
		var err error
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", h.serial())
		if err != nil && h.On() {
			return false, nil // QEMU has not come to it yet
		}
		return err == nil, err
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}
