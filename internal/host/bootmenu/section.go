package bootmenu

import "strings"

// Script is the script of /etc/grub.d: behind all others, so that the numbers of
// their entries stay as they are.
const Script = "99_umm"

// kernelScripts print the entries of installed kernels; the second one does where
// the root file system is ZFS on Ubuntu.
var kernelScripts = []string{"10_linux", "10_linux_zfs"}

// grub-mkconfig puts these lines around what a script prints.
func marks(script string) (begin, end string) {
	return "### BEGIN /etc/grub.d/" + script + " ###\n", "### END /etc/grub.d/" + script + " ###\n"
}

// section is what a script has printed into a grub.cfg, and where it stands.
func section(cfg, script string) (text string, from, to int, there bool) {
	begin, end := marks(script)
	from = strings.Index(cfg, begin)
	if from < 0 {
		return "", 0, 0, false
	}
	size := strings.Index(cfg[from:], end)
	if size < 0 {
		return "", 0, 0, false
	}
	return cfg[from+len(begin) : from+size], from, from + size + len(end), true
}

// splice puts an entry into the place of umm's script in a grub.cfg, or takes it
// away where the entry is empty.
func splice(cfg, entry string) string {
	begin, end := marks(Script)
	_, from, to, there := section(cfg, Script)
	switch {
	case !there && entry == "":
		return cfg
	case !there:
		if cfg != "" && !strings.HasSuffix(cfg, "\n") {
			cfg += "\n"
		}
		return cfg + "\n" + begin + entry + end
	case entry == "":
		before := cfg[:from]
		if strings.HasSuffix(before, "\n\n") { // the blank line goes with it
			before = before[:len(before)-1]
		}
		return before + cfg[to:]
	}
	return cfg[:from] + begin + entry + end + cfg[to:]
}

// defaultOf is what a grub.cfg boots by default, as far as it says so itself: the
// name of an entry, or what its environment block has as saved_entry.
func defaultOf(cfg, block string) string {
	found := ""
	for line := range strings.Lines(cfg) {
		value, is := strings.CutPrefix(strings.TrimSpace(line), "set default=")
		if is && !strings.Contains(value, "next_entry") {
			found = unquote(value)
		}
		if strings.HasPrefix(line, "### END ") && found != "" {
			break // the first script, 00_header, sets it
		}
	}
	if found == "${saved_entry}" || found == "$saved_entry" {
		return environment(block, "saved_entry")
	}
	return found
}

// environment is the value of a variable in GRUB's environment block.
func environment(block, name string) string {
	for line := range strings.Lines(block) {
		if value, is := strings.CutPrefix(line, name+"="); is {
			return strings.TrimRight(value, "\n")
		}
	}
	return ""
}
