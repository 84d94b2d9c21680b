//go:build e2e

package vm

import (
	"strings"

	"umm/internal/lab"
)

// entry is what GRUB's menu calls the way into maintenance mode.
const entry = "Unified maintenance mode (UMM)"

// story is what happens to one machine.
type story struct {
	name     string
	suite    string
	firmware string
	// long: only told when all stories are.
	long  bool
	steps []step
}

// step stands on what was before. It begins and ends in operational mode, and with a
// count of 0.
type step struct {
	name string
	do   func(m *machine)
}

// The first two are always told, and take five minutes side by side.
var stories = []story{
	{name: "bios", suite: "bookworm", firmware: lab.BIOS, steps: []step{
		menu, ownVar, onCommand, uncleanBoots, badFileSystem,
	}},
	{name: "uefi", suite: "bookworm", firmware: lab.UEFI, steps: []step{
		menu, otherKernel, readOnly, purge,
	}},
	{name: "bios-rest", suite: "bookworm", firmware: lab.BIOS, long: true, steps: []step{
		otherKernel, readOnly, reused, cuts, panics, crashes, purge,
	}},
	{name: "uefi-rest", suite: "bookworm", firmware: lab.UEFI, long: true, steps: []step{
		ownVar, onCommand, uncleanBoots, cuts, panics, crashes, badFileSystem,
	}},
	{name: "trixie", suite: "trixie", firmware: lab.BIOS, long: true, steps: everything},
	{name: "trixie-uefi", suite: "trixie", firmware: lab.UEFI, long: true, steps: everything},
	{name: "trial", suite: "bookworm", firmware: lab.BIOS, long: true, steps: []step{
		waitsStep, {"its initramfs is broken", brokenInitramfs}, {"it panics late", latePanic}, goodStep,
	}},
	{name: "trial-uefi", suite: "bookworm", firmware: lab.UEFI, long: true, steps: []step{
		waitsStep, {"it has no initramfs", missingInitramfs}, {"the power goes while it is tried", cutInTrial}, {"it is not healthy", unhealthy}, goodStep,
	}},
	{name: "bullseye", suite: "bullseye", firmware: lab.BIOS, long: true, steps: everything},
}

var everything = []step{menu, ownVar, onCommand, uncleanBoots, badFileSystem, otherKernel, readOnly, reused, purge}

var (
	waitsStep = step{"a newer kernel waits for its trial", waitsForTrial}
	goodStep  = step{"it is healthy", goodTrial}
)

var (
	menu          = step{"the menu has the entry once the package is installed", installed}
	ownVar        = step{"chosen in the menu, with a partition for /var", varOfItsOwn}
	onCommand     = step{"umm on COMMAND through a reboot", command}
	uncleanBoots  = step{"a power cut and a panic are two unclean boots", cutAndPanic}
	cuts          = step{"power cuts to the threshold", cutsToThreshold}
	panics        = step{"panics to the threshold", panicsToThreshold}
	reused        = step{"kexec with the arguments of a boot into maintenance mode", kexecOut}
	crashes       = step{"a crash in maintenance mode stays in it", crashInMM}
	badFileSystem = step{"a file system fails its check", failsItsCheck}
	otherKernel   = step{"a new kernel, and the old one removed", newKernel}
	readOnly      = step{"root mounted read-only", readOnlyRoot}
	purge         = step{"nothing is left in the menu once the package is purged", removed}
)

// grubEntry gives a menu entry of grub.cfg, from its title's line to its end.
func (m *machine) grubEntry(title string) string {
	m.t.Helper()
	_, text, _ := strings.Cut(m.ok("cat", "/boot/grub/grub.cfg"), "menuentry '"+title+"'")
	text, _, _ = strings.Cut(text, "\n}")
	return text
}

// kernelLine is the line by which a menu entry starts its kernel.
func (m *machine) kernelLine(title string) []string {
	m.t.Helper()
	for line := range strings.Lines(m.grubEntry(title)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "linux" {
			return words[1:]
		}
	}
	m.t.Fatalf("grub.cfg starts no kernel by %q:\n%s", title, m.ok("cat", "/boot/grub/grub.cfg"))
	return nil
}
