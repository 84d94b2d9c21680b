package bootmenu

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// errNoKernel says that no entry boots a Linux that can enter maintenance mode.
var errNoKernel = errors.New("no entry boots Linux")

// entry is a menuentry of a grub.cfg.
type entry struct {
	title, id string
	// options are the header's other words, as written: classes, users.
	options []string
	// body is what stands between the braces, without the header's indentation.
	body []string
	// path holds for each level of submenus by what the default may name it: its
	// number, its title, its ID.
	path [][]string
}

// level is the menu, or a submenu that is open while lines are read.
type level struct {
	indent string
	names  []string
	count  int
}

// entries are the menu entries of a grub.cfg, or of the part that one script of
// /etc/grub.d prints, in their order.
func entries(cfg string) ([]entry, error) {
	var all []entry
	open := []level{{}}
	lines := strings.Split(cfg, "\n")
	for i := 0; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " \t")
		indent := lines[i][:len(lines[i])-len(text)]
		in := &open[len(open)-1]
		switch {
		case text == "}" && len(open) > 1 && in.indent == indent:
			open = open[:len(open)-1]
		case strings.HasPrefix(text, "submenu "):
			h := header(text)
			sub := level{indent: indent, names: []string{strconv.Itoa(in.count), h.title, h.id}}
			in.count++
			open = append(open, sub)
		case strings.HasPrefix(text, "menuentry "):
			e := header(text)
			for _, l := range open[1:] {
				e.path = append(e.path, l.names)
			}
			e.path = append(e.path, []string{strconv.Itoa(in.count), e.title, e.id})
			in.count++
			if strings.HasSuffix(text, "{") {
				end := slices.Index(lines[i+1:], indent+"}")
				if end < 0 {
					return nil, fmt.Errorf("cannot find the end of the menu entry %q", e.title)
				}
				for _, line := range lines[i+1 : i+1+end] {
					e.body = append(e.body, strings.TrimPrefix(line, indent))
				}
				i += end + 1
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// header reads the line that begins an entry or a submenu.
func header(line string) entry {
	all := words(strings.TrimSuffix(strings.TrimRight(line, " \t"), "{"))
	var e entry
	if len(all) > 1 {
		e.title = unquote(all[1])
	}
	for i := 2; i < len(all); i++ {
		switch word := all[i]; {
		case word == "$menuentry_id_option" || word == "${menuentry_id_option}" || word == "--id":
			if i++; i < len(all) {
				e.id = unquote(all[i])
			}
		case strings.HasPrefix(word, "--id="):
			e.id = unquote(strings.TrimPrefix(word, "--id="))
		case word == "--hotkey":
			i++ // the key is another entry's
		case strings.HasPrefix(word, "--hotkey="):
		default:
			e.options = append(e.options, word)
		}
	}
	return e
}

// command tells whether a line of an entry is one of those commands, and returns
// its words.
func command(line string, wanted ...string) ([]string, bool) {
	fields := strings.Fields(line)
	return fields, len(fields) > 0 && slices.Contains(wanted, fields[0])
}

// linuxCommands load a kernel: on BIOS, EL7's of BIOS, and that of EFI.
var linuxCommands = []string{"linux", "linux16", "linuxefi"}

// linux are the words of the line that loads the kernel.
func (e entry) linux() []string {
	for _, line := range e.body {
		if fields, is := command(line, linuxCommands...); is && len(fields) > 1 {
			return fields
		}
	}
	return nil
}

// loads is what an entry boots: its kernel with the arguments, and its initrds.
func (e entry) loads() string {
	var all []string
	for _, line := range e.body {
		fields, is := command(line, append([]string{"initrd", "initrd16", "initrdefi"}, linuxCommands...)...)
		if !is || len(fields) < 2 {
			continue
		}
		slices.Sort(fields[2:]) // grubby appends behind umm's argument
		all = append(all, strings.Join(fields[1:], " "))
	}
	return strings.Join(all, "\n")
}

// choose picks the entry that maintenance mode is made from: what the host boots
// by default, or else the first one. Those for recovery are left out, since umm
// keeps out of such a boot, and so is the kernel of the version without.
func choose(all []entry, byDefault, without string) (entry, error) {
	var usable []entry
	for _, e := range all {
		linux := e.linux()
		switch {
		case linux == nil || e.id == ID || e.id == trialID:
		case isForRecovery(linux):
		case without != "" && strings.HasSuffix(linux[1], "-"+without):
		default:
			usable = append(usable, e)
		}
	}
	if len(usable) == 0 {
		return entry{}, errNoKernel
	}
	names := splitPath(byDefault)
	for _, e := range usable {
		if e.isNamed(names) {
			return e, nil
		}
	}
	return usable[0], nil
}

// isForRecovery tells whether umm keeps out of what a line boots.
func isForRecovery(linux []string) bool {
	return hasWord(linux[2:], "single", "recovery", "rescue", "emergency")
}

// isNamed tells whether those names, from the menu down, lead to the entry.
func (e entry) isNamed(names []string) bool {
	if len(names) != len(e.path) {
		return false
	}
	for i, name := range names {
		if name == "" || !slices.Contains(e.path[i], name) {
			return false
		}
	}
	return true
}

// splitPath splits what GRUB takes for an entry at each >; >> is one in a name.
func splitPath(path string) []string {
	const mark = "\x00"
	parts := strings.Split(strings.ReplaceAll(path, ">>", mark), ">")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], mark, ">")
	}
	return parts
}

// optionWords are the header's other words, with a blank behind them.
func (e entry) optionWords() string {
	if len(e.options) == 0 {
		return ""
	}
	return strings.Join(e.options, " ") + " "
}

// maintenance is the entry once more, for maintenance mode. It writes nothing to
// GRUB's environment: not that it is the default from now on, and not, as on
// Ubuntu, that the boot has failed until the host says otherwise.
func (e entry) maintenance() string {
	var b strings.Builder
	fmt.Fprintf(&b, "menuentry '%s' %s--id '%s' {\n", Title, e.optionWords(), ID)
	for _, line := range e.body {
		if _, drop := command(line, "savedefault", "recordfail"); drop {
			continue
		}
		if fields, is := command(line, linuxCommands...); is && !hasWord(fields, argument) {
			line = strings.TrimRight(line, " \t") + " " + argument
		}
		b.WriteString(line + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}
