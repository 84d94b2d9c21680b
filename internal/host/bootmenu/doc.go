// Package bootmenu maintains the boot menu's entry for maintenance mode: a copy of the
// host's default entry, with the kernel argument umm, a title and an ID of its own. It
// never changes another entry, or what the host boots by default.
//
// There are three kinds of hosts. Where update-grub makes grub.cfg (the Debian
// family) the entry is what a script in /etc/grub.d prints, whenever grub.cfg is
// made. Where grubby edits grub.cfg (EL7) the entry is made from the one that
// grubby keeps as the default, in the place where the script's output stands.
// Where GRUB reads a file an entry (EL8 and later, the Boot Loader Specification)
// it is one more file. entry.go, words.go, section.go, bls.go and version.go are
// pure; host.go and what it calls have the effects.
//
// What the argument means is decided elsewhere, when the host boots: with
// maintenance mode disabled it means nothing, and the entry boots the host as it
// always does. So disabling leaves the entry alone.
package bootmenu

const (
	// Title is what the boot menu shows.
	Title = "Unified maintenance mode (UMM)"
	// ID is what grub-reboot and grub-set-default call the entry; with the Boot
	// Loader Specification it is the name of the file.
	ID = "umm"
	// argument is the kernel argument that asks for maintenance mode.
	argument = "umm"
)
