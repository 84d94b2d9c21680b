package unitfile

import (
	"path"
	"strconv"
	"strings"
)

// maxName is the longest unit name that systemd takes.
const maxName = 255

// Kind is what a unit is, by its name: "service", "socket", ... It is empty for
// a name that is not a unit's.
func Kind(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 {
		return ""
	}
	switch kind := name[i+1:]; kind {
	case "service", "socket", "target", "timer", "path", "mount", "automount", "swap", "device", "slice", "scope":
		return kind
	default:
		return ""
	}
}

// ValidName tells whether name could be a unit's: a known suffix and no
// characters but those that systemd allows. Such a name is also a safe file name.
func ValidName(name string) bool {
	return Kind(name) != "" && len(name) <= maxName && name[0] != '@' && strings.IndexFunc(name, foreign) < 0
}

func foreign(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	default:
		return !strings.ContainsRune(`:-_.\@`, r)
	}
}

// FullName completes a name as systemctl does: "ssh" means ssh.service.
func FullName(name string) string {
	if Kind(name) == "" {
		return name + ".service"
	}
	return name
}

// Template splits getty@tty1.service into getty@.service and tty1. ok is false
// for a unit that is not an instance.
func Template(name string) (template, instance string, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	at := strings.IndexByte(name, '@')
	if at <= 0 || dot <= at+1 {
		return "", "", false
	}
	return name[:at+1] + name[dot:], name[at+1 : dot], true
}

// instantiate is the inverse of Template.
func instantiate(template, instance string) string {
	return strings.Replace(template, "@.", "@"+instance+".", 1)
}

// Match tells whether name is one of patterns, or matches one as a shell glob. A
// malformed pattern matches nothing but itself.
func Match(patterns []string, name string) bool {
	for _, p := range patterns {
		if p == name {
			return true
		}
		if ok, err := path.Match(p, name); err == nil && ok {
			return true
		}
	}
	return false
}

// MountPoint is the folder that a mount or automount unit stands for: "/home"
// for home.mount. ok is false for other units.
func MountPoint(name string) (dir string, ok bool) {
	kind := Kind(name)
	if kind != "mount" && kind != "automount" {
		return "", false
	}
	escaped := strings.TrimSuffix(name, "."+kind)
	if escaped == "-" {
		return "/", true
	}
	var b strings.Builder
	b.WriteByte('/')
	for i := 0; i < len(escaped); i++ {
		switch c := escaped[i]; {
		case c == '-':
			b.WriteByte('/')
		case c == '\\':
			if i+3 >= len(escaped) || escaped[i+1] != 'x' {
				return "", false
			}
			c, err := strconv.ParseUint(escaped[i+2:i+4], 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(c))
			i += 3
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
