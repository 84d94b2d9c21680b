package sshcheck

import (
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/unitfile"
)

// networkDirs hold .network files; of two of the same name the one in the earlier
// folder counts.
var networkDirs = []string{
	"/etc/systemd/network",
	"/run/systemd/network",
	"/usr/local/lib/systemd/network",
	"/lib/systemd/network",
	"/usr/lib/systemd/network",
}

// readNetworkd reads the matches of systemd-networkd's .network files, in the
// order in which it tries them.
func readNetworkd(f hostfs.FS) (files []NetworkFile, unread []string) {
	for _, path := range f.Layered(networkDirs, ".network") {
		if link, err := f.Readlink(path); err == nil && link == "/dev/null" {
			continue
		}
		data, err := f.ReadFile(path)
		if err != nil {
			unread = append(unread, err.Error())
			continue
		}
		if s, _ := unitfile.Parse(data); len(s) > 0 {
			n := networkFile(path, s)
			if dropins(f, path) {
				n.Known = false
			}
			files = append(files, n)
		}
	}
	return files, unread
}

// dropins tells whether more stands beside a file.
func dropins(f hostfs.FS, file string) bool {
	return slices.ContainsFunc(networkDirs, func(dir string) bool { return f.Exists(dir + "/" + path.Base(file) + ".d") })
}

func networkFile(file string, s unitfile.Sections) NetworkFile {
	n := NetworkFile{Path: file}
	for key := range s["Match"] {
		words := s.List("Match", key)
		switch {
		case len(words) == 0:
		case key == "Name":
			n.Names = words
		case key == "MACAddress", key == "PermanentMACAddress":
			n.MACs = append(n.MACs, strings.Fields(strings.ToLower(strings.Join(words, " ")))...)
		default:
			n.Other = append(n.Other, key)
		}
	}
	slices.Sort(n.Other)
	switch strings.ToLower(s.Get("Link", "Unmanaged")) {
	case "yes", "true", "1", "on", "y", "t":
		n.Unmanaged = true
	}
	dhcp := strings.ToLower(s.Get("Network", "DHCP"))
	n.Addressing = Addressing{Known: true, Dynamic: dhcp != "" && !isNo(dhcp) && dhcp != "ipv6"}
	for _, a := range slices.Concat(s.List("Network", "Address"), s["Address"]["Address"]) {
		n.add(a)
	}
	return n
}

// matches tells whether a file is for a link, as far as its name and address say;
// Other has what they don't.
func (n NetworkFile) matches(l Link) bool {
	if len(n.Names) == 0 && len(n.MACs) == 0 && len(n.Other) == 0 {
		return l.Kind != Loopback
	}
	if len(n.MACs) > 0 && !slices.Contains(n.MACs, l.MAC) {
		return false
	}
	if len(n.Names) == 0 {
		return true
	}
	globs, inverted := n.Names, false
	if first, ok := strings.CutPrefix(globs[0], "!"); ok {
		globs, inverted = append([]string{first}, globs[1:]...), true
	}
	return unitfile.Match(globs, l.Name) != inverted
}
