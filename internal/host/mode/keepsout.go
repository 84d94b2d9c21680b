package mode

import (
	"slices"
	"strings"
)

// Marks are files that announce a boot with a job of its own.
type Marks struct {
	// Initrd: this is still the initial RAM disk (/etc/initrd-release).
	Initrd bool
	// SystemUpdate: an offline update is due (/system-update, /etc/system-update).
	SystemUpdate bool
	// Relabel: SELinux labels are to be rewritten (/.autorelabel).
	Relabel bool
	// CrashKernel: this is kdump's capture kernel (/proc/vmcore).
	CrashKernel bool
}

// KeepsOut says why umm keeps out of a boot, from the kernel arguments and the
// marks; empty when it does not. Somebody, or some program, asked for another
// kind of boot explicitly: counting it or turning it into MM would be wrong.
// The words are those of systemd(1), "Kernel command line", and of Ubuntu's and
// SELinux's boot scripts.
func KeepsOut(args []string, m Marks) string {
	switch {
	case m.Initrd:
		return "this is the initial RAM disk"
	case m.CrashKernel:
		return "this is a kdump capture kernel"
	case m.SystemUpdate:
		return "an offline system update is due"
	case m.Relabel:
		return "an SELinux relabel is due"
	}
	for _, arg := range args {
		switch arg {
		case "single", "s", "S", "1", "2", "3", "4", "5", "-s",
			"rescue", "emergency", "-b", "recovery", "autorelabel", "autorelabel=1":
			return "the kernel argument " + arg
		}
		if unit, ok := strings.CutPrefix(arg, "systemd.unit="); ok && !ordinary(unit) {
			return "the kernel argument " + arg
		}
	}
	return ""
}

// ordinary tells whether a target is what hosts boot into anyway. Named as a standing
// argument it asks for no other kind of boot: such boots are counted, and may be
// maintenance mode.
func ordinary(unit string) bool {
	switch unit {
	case "default.target", "multi-user.target", "graphical.target":
		return true
	default:
		return false
	}
}

// BootUnit is the target that the kernel arguments name in the place of
// default.target, empty where they name none. Of several the last counts.
func BootUnit(args []string) string {
	named := ""
	for _, arg := range args {
		if unit, ok := strings.CutPrefix(arg, "systemd.unit="); ok {
			named = unit
		}
	}
	if named == "default.target" || !ordinary(named) {
		return ""
	}
	return named
}

// Asked tells whether the kernel arguments hold the word umm.
func Asked(args []string) bool { return slices.Contains(args, "umm") }

// TrialArgument is what the boot loader gives to a kernel on trial. The kernel takes a word with
// a dot for a parameter of a module, and init never sees it.
const TrialArgument = "umm.trial"

// TrialAsked tells whether the kernel arguments say that this boot is a kernel's trial.
func TrialAsked(args []string) bool { return slices.Contains(args, TrialArgument) }

// KernelArgs splits a kernel command line as the kernel and systemd do: at
// blanks, except within double quotes, which are dropped.
func KernelArgs(line string) []string {
	var args []string
	var arg strings.Builder
	quoted, begun := false, false
	for _, c := range line {
		switch {
		case c == '"':
			quoted, begun = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			if begun {
				args = append(args, arg.String())
				arg.Reset()
				begun = false
			}
		default:
			arg.WriteRune(c)
			begun = true
		}
	}
	if begun {
		args = append(args, arg.String())
	}
	return args
}
