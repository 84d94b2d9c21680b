package bootmenu

import (
	"cmp"
	"fmt"
	"path"
	"strings"
)

const (
	// trialID is what GRUB calls the entry that starts a kernel on trial.
	trialID = "umm-trial"
	// tryVariable and keepVariable stand in GRUB's environment block: the kernel that is to be
	// started once, and the entry that is the default for as long as a kernel is kept.
	tryVariable, keepVariable = "umm_try", "umm_keep"
)

// trialArguments bring a kernel down that panics, and an initramfs that finds no root file system
// (panic= with initramfs-tools, the others with dracut); the first tells umm-boot.
var trialArguments = []string{"umm.trial", "panic=10", "rd.shell=0", "rd.emergency=reboot"}

// watchdogArgument lets systemd reset the host when it hangs itself (systemd 250 and later).
const watchdogArgument = "systemd.watchdog_sec=60"

// ofKernel finds the first ordinary entry of a kernel.
func ofKernel(all []entry, version string) (entry, bool) {
	for _, e := range all {
		linux := e.linux()
		if linux != nil && e.id != ID && e.id != trialID && !isForRecovery(linux) && isVersion(linux[1], version) {
			return e, true
		}
	}
	return entry{}, false
}

// isVersion tells whether a file is the kernel of a version.
func isVersion(linux, version string) bool {
	return version != "" && strings.HasSuffix(path.Base(linux), "-"+version)
}

// fullName is the entry as GRUB's default may name it, from the menu down.
func (e entry) fullName() string {
	full := ""
	for i, names := range e.path {
		if i > 0 {
			full += ">"
		}
		// The ID, or else the title, or the number.
		full += strings.ReplaceAll(cmp.Or(names[2], names[1], names[0]), ">", ">>")
	}
	return full
}

// byTrial is what a grub.cfg boots by default, when a kernel is kept.
func byTrial(block, byDefault string) string {
	if kept := environment(block, keepVariable); kept != "" {
		return kept
	}
	return byDefault
}

// trial is what stands in grub.cfg for as long as a kernel is kept: the kernel to try, once, and
// the kept one otherwise. Nothing of it has an effect where the variables are not set. What GRUB
// cannot write to, it does not try; and before the kernel is loaded, it is no longer tried.
// It is "" where no kernel is kept.
func trial(all []entry, block string, watchdog bool) string {
	if environment(block, keepVariable) == "" {
		return ""
	}
	version := environment(block, tryVariable)
	e, found := ofKernel(all, version)
	start := ""
	if found {
		start = fmt.Sprintf(`  if [ "${umm_try}" = %[1]s ]; then
%[2]s  fi
`, quote(version), e.trial(version, watchdog))
	}
	set := ""
	if found {
		set = fmt.Sprintf(`    if [ "${umm_try}" = %[1]s ]; then
      if save_env umm_try; then
        set default=%[2]s
      fi
    fi
`, quote(version), trialID)
	}
	return `if [ "${umm_keep}" ]; then
` + start + `  if [ "${boot_once}" != "true" ]; then
    set default="${umm_keep}"
` + set + `  fi
fi
`
}

// trial is the entry once more, to be tried.
func (e entry) trial(version string, watchdog bool) string {
	arguments := strings.Join(trialArguments, " ")
	if watchdog {
		arguments += " " + watchdogArgument
	}
	var b strings.Builder
	fmt.Fprintf(&b, "menuentry %s %s--id %s {\n\tset umm_try=\n\tsave_env umm_try\n", quote("Linux "+version+" (on trial)"), e.optionWords(), trialID)
	for _, line := range e.body {
		if _, drop := command(line, "savedefault", "recordfail"); drop {
			continue
		}
		if _, is := command(line, linuxCommands...); is {
			line = strings.TrimRight(line, " \t") + " " + arguments
		}
		b.WriteString(line + "\n")
	}
	// The menu would wait for somebody.
	b.WriteString("\tif [ \"$?\" != 0 ]; then\n\t  reboot\n\tfi\n}\n")
	return b.String()
}

// quote makes one word of a text, as GRUB's scripts do it.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
