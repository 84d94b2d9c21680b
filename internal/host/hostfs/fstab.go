package hostfs

import (
	"path"
	"slices"
	"strings"
)

// FstabLine is a line of /etc/fstab that mounts something, fstab(5).
type FstabLine struct {
	Source, Point, Type string
	Options             []string
}

// Has tells whether one of these options is set.
func (l FstabLine) Has(options ...string) bool {
	return slices.ContainsFunc(l.Options, func(o string) bool { return slices.Contains(options, o) })
}

// Fstab reads /etc/fstab, without swap. The result is empty if the file cannot be read.
func (f FS) Fstab() []FstabLine {
	data, _ := f.ReadFile("/etc/fstab")
	var all []FstabLine
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0][0] == '#' || words[1][0] != '/' {
			continue
		}
		l := FstabLine{Source: unescape(words[0]), Point: path.Clean(unescape(words[1])), Type: words[2]}
		if len(words) > 3 {
			l.Options = strings.Split(words[3], ",")
		}
		all = append(all, l)
	}
	return all
}
