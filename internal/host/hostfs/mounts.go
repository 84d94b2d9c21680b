package hostfs

import (
	"path"
	"strconv"
	"strings"
)

// Mount is a line of /proc/self/mountinfo.
type Mount struct {
	Point  string
	Type   string
	Source string
	// Options are those of the file system, not of the mount point.
	Options []string
}

// Option is the value of KEY=VALUE among the file system's options.
func (m Mount) Option(key string) string {
	for _, o := range m.Options {
		if value, ok := strings.CutPrefix(o, key+"="); ok {
			return value
		}
	}
	return ""
}

// Mounts are what is mounted, as this process sees it, in the order in which it was; none
// where that cannot be read.
func (f FS) Mounts() []Mount {
	data, _ := f.ReadFile("/proc/self/mountinfo")
	return ParseMounts(string(data))
}

// ParseMounts reads /proc/self/mountinfo, proc(5).
func ParseMounts(text string) []Mount {
	var all []Mount
	for l := range strings.Lines(text) {
		before, after, ok := strings.Cut(l, " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 6 || len(rest) < 1 {
			continue
		}
		m := Mount{Point: unescape(fields[4]), Type: rest[0]}
		if len(rest) > 1 {
			m.Source = unescape(rest[1])
		}
		if len(rest) > 2 {
			for o := range strings.SplitSeq(rest[2], ",") {
				m.Options = append(m.Options, unescape(o))
			}
		}
		all = append(all, m)
	}
	return all
}

// MountOf is what holds dir; ok is false where that is not known.
func MountOf(mounts []Mount, dir string) (m Mount, ok bool) {
	dir = path.Clean(dir)
	for _, one := range mounts {
		inside := one.Point == "/" || dir == one.Point || strings.HasPrefix(dir, one.Point+"/")
		// Of two on the same folder the later one covers the other.
		if inside && len(one.Point) >= len(m.Point) {
			m, ok = one, true
		}
	}
	return m, ok
}

// unescape turns \040 and its like back.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// ram are file systems that a reboot empties.
func ram(fsType string) bool { return fsType == "tmpfs" || fsType == "ramfs" || fsType == "rootfs" }

// Layered tells whether what is written to the mount goes to a folder somewhere else.
func (m Mount) Layered() bool {
	return m.Type == "overlay" || m.Type == "overlayfs" || m.Type == "aufs"
}

// Lasts tells whether what is written below dir is there after a reboot, by what is
// mounted: not where it goes to memory, as with an overlay over a root file system that
// is only read. why finishes the sentence "what is written below dir is lost, or may be:
// ..."; sure is false where an overlay's upper folder cannot be seen.
func Lasts(mounts []Mount, dir string) (lasts, sure bool, why string) {
	m, ok := MountOf(mounts, dir)
	switch {
	case !ok:
		return true, false, "the mounts are unknown"
	case ram(m.Type):
		return false, true, m.Point + " is in memory (" + m.Type + ")"
	case !m.Layered():
		return true, true, ""
	}
	upper := m.Option("upperdir")
	if m.Type == "aufs" { // br=/rw=rw:/ro=ro; the first branch is written to
		upper, _, _ = strings.Cut(m.Option("br"), "=")
	}
	below, ok := MountOf(mounts, upper)
	switch {
	case upper != "" && ok && ram(below.Type):
		return false, true, m.Point + " is an overlay that writes to memory (" + upper + " on " + below.Type + ")"
	case upper != "" && ok && below.Point != "/" && below.Point != m.Point:
		return true, true, ""
	default:
		return true, false, m.Point + " is an overlay, and umm cannot see where writes go"
	}
}
