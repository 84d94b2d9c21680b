package reach

import (
	"path"
	"slices"
	"strings"

	"umm/internal/hostfs"
)

// maxIncludes bounds how many files /etc/network/interfaces may lead to.
const maxIncludes = 512

// ifupdown gathers the stanzas of /etc/network/interfaces and of what it
// includes.
type ifupdown struct {
	fs      hostfs.FS
	stanzas map[string]Stanza
	seen    map[string]bool
	unread  []string
}

func readIfupdown(f hostfs.FS) (map[string]Stanza, []string) {
	u := ifupdown{fs: f, stanzas: map[string]Stanza{}, seen: map[string]bool{}}
	if f.Exists("/etc/network/interfaces") {
		u.file("/etc/network/interfaces")
	}
	return u.stanzas, u.unread
}

func (u *ifupdown) file(name string) {
	if u.seen[name] || len(u.seen) >= maxIncludes {
		return
	}
	u.seen[name] = true
	data, err := u.fs.ReadFile(name)
	if err != nil {
		u.unread = append(u.unread, err.Error())
		return
	}
	for _, words := range interfacesLines(string(data)) {
		args := words[1:]
		switch words[0] {
		case "auto", "allow-auto":
			u.mark(args, name, func(s *Stanza) { s.Auto = true })
		case "allow-hotplug":
			u.mark(args, name, func(s *Stanza) { s.Hotplug = true })
		case "iface":
			u.mark(args[:min(1, len(args))], name, func(s *Stanza) { s.Defined = true })
		case "source":
			for _, pattern := range args {
				u.include(name, pattern, func(string) bool { return true })
			}
		case "source-directory", "source-dir":
			for _, dir := range args {
				u.include(name, dir+"/*", plainName)
			}
		}
	}
}

func (u *ifupdown) mark(names []string, file string, set func(*Stanza)) {
	for _, n := range names {
		s := u.stanzas[n]
		set(&s)
		if s.File == "" || s.Defined {
			s.File = file
		}
		u.stanzas[n] = s
	}
}

// include reads the files that a pattern stands for; it may be relative to the
// folder of the file that names it.
func (u *ifupdown) include(from, pattern string, want func(base string) bool) {
	if !path.IsAbs(pattern) {
		pattern = path.Join(path.Dir(from), pattern)
	}
	for _, name := range glob(u.fs, pattern) {
		if want(path.Base(name)) {
			if info, err := u.fs.Stat(name); err == nil && info.Mode().IsRegular() {
				u.file(name)
			}
		}
	}
}

// plainName is what source-directory reads: no dots, so no leftovers of packages.
func plainName(base string) bool {
	return strings.IndexFunc(base, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
}

// interfacesLines splits the file into the words of each line, continued lines
// joined, comments and empty lines left out.
func interfacesLines(text string) [][]string {
	var all [][]string
	var words []string
	more := false
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\r\n")
		if !more && strings.HasPrefix(strings.TrimSpace(l), "#") {
			continue
		}
		l, more = strings.CutSuffix(l, `\`)
		words = append(words, strings.Fields(l)...)
		if !more && len(words) > 0 {
			all = append(all, words)
			words = nil
		}
	}
	if len(words) > 0 {
		all = append(all, words)
	}
	return all
}

// glob is filepath.Glob inside a root: each part of the pattern may hold wildcards.
func glob(f hostfs.FS, pattern string) []string {
	found := []string{""}
	for part := range strings.SplitSeq(strings.Trim(path.Clean(pattern), "/"), "/") {
		if !strings.ContainsAny(part, "*?[") {
			for i := range found {
				found[i] += "/" + part
			}
			continue
		}
		var next []string
		for _, dir := range found {
			entries, err := f.ReadDir(dir + "/")
			if err != nil {
				continue
			}
			for _, e := range entries {
				hidden := strings.HasPrefix(e.Name, ".") && !strings.HasPrefix(part, ".")
				if ok, err := path.Match(part, e.Name); err == nil && ok && !hidden {
					next = append(next, dir+"/"+e.Name)
				}
			}
		}
		slices.Sort(next)
		found = next
	}
	return found
}

// ifupdownStanza is what ifupdown knows about an interface, by its name or by a
// pattern: "auto /eth*" or "allow-hotplug /en*=lan".
func (n Network) ifupdownStanza(link string) (Stanza, bool) {
	s, found := n.Ifupdown[link]
	for pattern, more := range n.Ifupdown {
		glob, logical, _ := strings.Cut(pattern, "=")
		if !strings.HasPrefix(glob, "/") {
			if glob != link || pattern == link {
				continue
			}
		} else if ok, err := path.Match(strings.TrimPrefix(glob, "/"), link); err != nil || !ok {
			continue
		}
		found = true
		s.Auto = s.Auto || more.Auto
		s.Hotplug = s.Hotplug || more.Hotplug
		s.Defined = s.Defined || more.Defined || logical != "" && n.Ifupdown[logical].Defined
		if s.File == "" {
			s.File = more.File
		}
	}
	return s, found
}
