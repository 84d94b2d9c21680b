package sshcheck

import (
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
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
	iface := "" // whose lines follow
	for _, words := range interfacesLines(string(data)) {
		args := words[1:]
		if !u.keyword(words[0]) {
			u.option(iface, words)
			continue
		}
		iface = ""
		switch words[0] {
		case "auto", "allow-auto":
			u.mark(args, name, func(s *Stanza) { s.Auto = true })
		case "allow-hotplug":
			u.mark(args, name, func(s *Stanza) { s.Hotplug = true })
		case "iface":
			if len(args) > 0 {
				iface = args[0]
				u.mark(args[:1], name, func(s *Stanza) { s.define(args[1:]) })
			}
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

// keyword tells whether a line begins something of its own, by interfaces(5).
func (u *ifupdown) keyword(word string) bool {
	switch word {
	case "auto", "iface", "mapping", "source", "source-directory", "source-dir", "no-auto-down", "no-scripts", "rename", "template", "vlan", "bridge", "bond":
		return true
	default:
		return strings.HasPrefix(word, "allow-")
	}
}

// define takes in the family and the method of an iface line.
func (s *Stanza) define(words []string) {
	first := !s.Defined
	s.Defined = true
	a := Addressing{Known: true}
	switch method := words[min(1, len(words)):]; {
	case len(words) != 2: // inherits, or what ifupdown would not read
		a.Known = false
	case method[0] == "static" || method[0] == "manual" || method[0] == "loopback":
	case words[0] == "inet6":
	default:
		a.Dynamic = true
	}
	if !first {
		a = a.join(s.Addressing)
	}
	s.Addressing = a
}

// option takes in a line of an iface stanza: its address, or a command that may give one.
func (u *ifupdown) option(iface string, words []string) {
	s, ok := u.stanzas[iface]
	if !ok || iface == "" {
		return
	}
	switch words[0] {
	case "address":
		for _, w := range words[1:] {
			s.add(w)
		}
	case "up", "post-up", "pre-up":
		for _, w := range tokens(strings.Join(words[1:], " ")) {
			s.add(w)
			if path.IsAbs(w) && path.Base(w) != "ip" && path.Base(w) != "ifconfig" {
				s.Known = false // a script may give anything
			}
		}
	}
	u.stanzas[iface] = s
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
			entries, _ := f.ReadDir(dir + "/")
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
		if strings.HasPrefix(pattern, link+":") && more.Auto && more.Defined { // auto eth0:1
			s.Addressing = s.join(more.Addressing)
			continue
		}
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
		s.Addressing = Addressing{} // by whichever mapping
		if s.File == "" {
			s.File = more.File
		}
	}
	return s, found
}
