package lab

import (
	"slices"
	"strings"
	"testing"
)

// supervise.sh reads the command line a word a line, and QEMU splits words at commas.
func TestMachineCommandLine(t *testing.T) {
	l := newLab("mine", meta{Hosts: []HostSpec{{Name: "n1", Machine: BIOS}, {Name: "n2", Machine: UEFI}}})
	bios, uefi := l.Host("n1").qemu(tcg), l.Host("n2").qemu(kvm)
	if err := checkWords("QEMU option", slices.Concat(bios, uefi)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"tcg,thread=multi", "tap,id=net,script=no,downscript=no,ifname=tap11",
		"virtio-net-pci,netdev=net,romfile=,mac=52:54:00:00:02:0b"} {
		if !slices.Contains(bios, want) {
			t.Errorf("no %s in %q", want, bios)
		}
	}
	if strings.Contains(strings.Join(bios, " "), "pflash") || !strings.Contains(strings.Join(uefi, " "), "pflash,unit=0,readonly=on") {
		t.Errorf("the firmware is mixed up: %q, %q", bios, uefi)
	}
	if len(bootSector) != 512 {
		t.Errorf("the boot sector has %d bytes", len(bootSector))
	}
}

// What is not there is refused rather than done to the machine that QEMU runs on.
func TestMachineIsNoContainer(t *testing.T) {
	h := newLab("mine", meta{Hosts: []HostSpec{{Name: "n1", Machine: BIOS}}}).Host("n1")
	if _, err := h.EnterArgv("true"); err == nil {
		t.Error("a machine was entered")
	}
	if err := h.SetNextKernelArgs("umm"); err == nil || !strings.Contains(err.Error(), "GRUB") {
		t.Errorf("kernel arguments from outside: %v", err)
	}
	c := newLab("mine", meta{Hosts: []HostSpec{{Name: "n1"}}}).Host("n1")
	if _, err := c.Serial(t.Context()); err == nil {
		t.Error("a container has a serial console")
	}
}

func TestDiskKey(t *testing.T) {
	plain, err := Image{}.normal()
	if err != nil {
		t.Fatal(err)
	}
	machine, err := Image{}.forMachines()
	if err != nil {
		t.Fatal(err)
	}
	if plain.key() == machine.key() || len(plain.Packages) > 0 {
		t.Error("machines start as containers do")
	}
	if again, err := machine.forMachines(); err != nil || again.disk() != machine.disk() {
		t.Errorf("twice for machines is another disk, %v", err)
	}
}
