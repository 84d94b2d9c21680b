package bootmenu

import (
	"errors"
	"slices"
	"strings"
)

// blsSuffix ends the name of umm's file behind the machine ID that the files of
// kernels begin with. GRUB shows the files in the reverse order of their names, as
// rpm orders versions, so this one is the last, behind that of the rescue kernel
// (-0-rescue.conf): the numbers of the others stay, and the first one is a kernel.
const (
	blsVersion = "0-maintenance"
	blsSuffix  = "-" + blsVersion + ".conf"
)

var errNoBLSKernel = errors.New("no file in /boot/loader/entries is for an installed kernel")

// blsFile is a file of the Boot Loader Specification.
type blsFile struct {
	name    string // as in the folder
	content string
}

// key splits a line.
func (blsFile) key(line string) (key, value string) {
	line = strings.TrimSpace(line)
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return line, ""
	}
	return line[:end], strings.TrimSpace(line[end:])
}

// value is that of the first line with the key, as GRUB takes it.
func (f blsFile) value(key string) string {
	for line := range strings.Lines(f.content) {
		if k, v := f.key(line); k == key {
			return v
		}
	}
	return ""
}

// parts are the machine ID that the name begins with, and its dash, and the version
// behind it; nothing where the name has another form.
func (f blsFile) parts() (machine, version string) {
	const size = 32
	if len(f.name) <= size+1 || f.name[size] != '-' || strings.Trim(f.name[:size], "0123456789abcdef") != "" {
		return "", ""
	}
	return f.name[:size+1], strings.TrimSuffix(f.name[size+1:], ".conf")
}

// isOf tells whether it is of that kernel: by its line, or by its name, behind which
// systemd-boot counts tries (+3-0).
func (f blsFile) isOf(version string) bool {
	name, _, _ := strings.Cut(strings.TrimSuffix(f.name, ".conf"), "+")
	return f.value("version") == version || strings.HasSuffix(name, "-"+version)
}

// isOurs tells whether umm wrote it.
func (f blsFile) isOurs() bool {
	return strings.HasSuffix(f.name, blsSuffix) && f.value("title") == Title
}

// chooseBLS picks the file that maintenance mode is made from: that of the saved
// entry, or else of the newest kernel. there tells whether the file of a kernel,
// as a line "linux" names it, is; the kernel of the version without is not.
func chooseBLS(files []blsFile, saved, without string, there func(linux string) bool) (blsFile, error) {
	var usable []blsFile
	for _, f := range files {
		_, version := f.parts()
		linux := f.value("linux")
		if version != "" && !f.isOurs() && linux != "" && there(linux) && (without == "" || version != without) {
			usable = append(usable, f)
		}
	}
	if len(usable) == 0 {
		return blsFile{}, errNoBLSKernel
	}
	isRescue := func(f blsFile) bool { _, v := f.parts(); return strings.HasPrefix(v, "0-rescue") }
	best := slices.MaxFunc(usable, func(a, b blsFile) int {
		_, va := a.parts()
		_, vb := b.parts()
		return compareVersions(va, vb)
	})
	for _, f := range usable {
		if saved != "" && !isRescue(f) && (strings.TrimSuffix(f.name, ".conf") == saved || f.value("title") == saved) {
			best = f
		}
	}
	return best, nil
}

// loads is what an entry boots: its kernel, its initrd, and the arguments.
func (f blsFile) loads() string {
	options := strings.Fields(f.value("options"))
	slices.Sort(options) // grubby appends behind umm's argument
	return f.value("linux") + " " + f.value("initrd") + " " + strings.Join(options, " ")
}

// maintenance is the file once more, for maintenance mode.
func (f blsFile) maintenance() blsFile {
	machine, _ := f.parts()
	var b strings.Builder
	asked := false
	ask := func(options string) {
		if !hasWord(strings.Fields(options), argument) {
			options = strings.TrimSpace(options + " " + argument)
		}
		b.WriteString("options " + options + "\n")
		asked = true
	}
	b.WriteString("title " + Title + "\nversion " + blsVersion + "\n")
	for line := range strings.Lines(f.content) {
		switch key, value := f.key(line); key {
		// The name of the file is the ID; the rest would make it equal to another.
		case "title", "version", "id", "sort-key", "grub_hotkey", "":
		case "options":
			if asked {
				b.WriteString("options " + value + "\n")
			} else {
				ask(value)
			}
		default:
			b.WriteString(strings.TrimSpace(line) + "\n")
		}
	}
	if !asked {
		ask("")
	}
	return blsFile{name: machine + blsVersion + ".conf", content: b.String()}
}

// withoutArgument is the file without umm's argument.
func (f blsFile) withoutArgument() blsFile {
	var b strings.Builder
	for line := range strings.Lines(f.content) {
		key, value := f.key(line)
		if fields := strings.Fields(value); key == "options" && hasWord(fields, argument) {
			fields = slices.DeleteFunc(fields, func(word string) bool { return word == argument })
			line = "options " + strings.Join(fields, " ") + "\n"
		}
		b.WriteString(line)
	}
	return blsFile{name: f.name, content: b.String()}
}
