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

var stories = []story{
	{name: "bios", suite: "bookworm", firmware: lab.BIOS, steps: everything},
	{name: "uefi", suite: "bookworm", firmware: lab.UEFI, steps: []step{
		{"installed", installed},
		{"chosen in the menu", chosen},
	}},
	{name: "bios-count", suite: "bookworm", firmware: lab.BIOS, long: true, steps: counting},
	{name: "uefi-count", suite: "bookworm", firmware: lab.UEFI, long: true, steps: counting},
	{name: "uefi-all", suite: "bookworm", firmware: lab.UEFI, long: true, steps: everything},
	{name: "trixie-all", suite: "trixie", firmware: lab.BIOS, long: true, steps: everything},
	{name: "bullseye-all", suite: "bullseye", firmware: lab.BIOS, long: true, steps: everything},
}

var counting = []step{
	{"power cuts to the threshold", cutsToThreshold},
	{"panics to the threshold", panicsToThreshold},
	{"a crash in maintenance mode stays in it", crashInMM},
}

var everything = []step{
	{"installed", installed},
	{"chosen in the menu, with a partition for /var", varOfItsOwn},
	{"umm on COMMAND through a reboot", command},
	{"a power cut and a panic are two unclean boots", cutAndPanic},
	{"a file system fails its check", failsItsCheck},
	{"a new kernel, and the old one removed", newKernel},
	{"root mounted read-only", readOnlyRoot},
	{"removed", removed},
}

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
