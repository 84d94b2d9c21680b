package sshcheck

import (
	"slices"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/unitfile"
)

// profileDirs hold NetworkManager's keyfiles.
var profileDirs = []string{
	"/etc/NetworkManager/system-connections",
	"/run/NetworkManager/system-connections",
	"/usr/lib/NetworkManager/system-connections",
}

// readProfiles reads NetworkManager's keyfiles, in the order of their paths.
func readProfiles(f hostfs.FS) (profiles []Profile, unread []string) {
	for _, dir := range profileDirs {
		entries, _ := f.ReadDir(dir)
		var files []string
		for _, e := range entries {
			if !strings.HasPrefix(e.Name, ".") && !strings.HasSuffix(e.Name, "~") && !e.IsDir {
				files = append(files, dir+"/"+e.Name)
			}
		}
		slices.Sort(files)
		for _, file := range files {
			data, err := f.ReadFile(file)
			if err != nil {
				unread = append(unread, err.Error())
				continue
			}
			s, _ := unitfile.Parse(data)
			if p, ok := profile(file, s); ok {
				profiles = append(profiles, p)
			}
		}
	}
	return profiles, unread
}

func profile(file string, s unitfile.Sections) (Profile, bool) {
	p := Profile{
		Path:      file,
		Interface: s.Get("connection", "interface-name"),
		Type:      s.Get("connection", "type"),
		UUID:      s.Get("connection", "uuid"),
		Auto:      s.Get("connection", "autoconnect") != "false",
		External:  s.Get(".nmmeta", "external") == "true",
	}
	for _, section := range []string{"ethernet", "802-3-ethernet"} {
		if mac := s.Get(section, "mac-address"); mac != "" {
			p.MAC = strings.ToLower(mac)
		}
	}
	p.Addressing = nmAddressing(s)
	return p, p.Type != ""
}

// nmAddressing reads the section [ipv4] of a keyfile.
func nmAddressing(s unitfile.Sections) Addressing {
	a := Addressing{}
	switch s.Get("ipv4", "method") {
	case "manual", "shared", "disabled", "link-local":
		a.Known = true
	}
	for key, values := range s["ipv4"] {
		if !strings.HasPrefix(key, "address") || key == "address-data" {
			continue
		}
		for _, v := range values {
			for part := range strings.SplitSeq(v, ";") {
				part, _, _ = strings.Cut(part, ",") // 192.0.2.10/24,192.0.2.1
				a.add(part)
			}
		}
	}
	return a
}

// matches tells whether a profile is for a link; sure is false where it is for
// any link of its type.
func (p Profile) matches(l Link) (match, sure bool) {
	switch {
	case p.Interface != "":
		return p.Interface == l.Name, true
	case p.MAC != "":
		return p.MAC == l.MAC, true
	case p.Type == "ethernet" || p.Type == "802-3-ethernet":
		return l.Kind == Plain && !l.Wireless, false
	case p.Type == "wifi" || p.Type == "802-11-wireless":
		return l.Wireless, false
	default:
		return false, false
	}
}

// readIfcfg reads EL's ifcfg files. They are shell; only plain assignments count,
// as NetworkManager reads them too.
func readIfcfg(f hostfs.FS) (all map[string]Ifcfg, unread []string) {
	const dir = "/etc/sysconfig/network-scripts"
	all = map[string]Ifcfg{}
	entries, _ := f.ReadDir(dir)
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name, "ifcfg-")
		if !ok || name == "lo" || strings.HasSuffix(name, ".bak") || strings.HasSuffix(name, "~") ||
			strings.HasSuffix(name, ".rpmsave") || strings.HasSuffix(name, ".rpmnew") || strings.HasSuffix(name, ".orig") {
			continue
		}
		file := dir + "/" + e.Name
		data, err := f.ReadFile(file)
		if err != nil {
			unread = append(unread, err.Error())
			continue
		}
		vars := assignments(string(data))
		if vars["DEVICE"] != "" {
			name = vars["DEVICE"]
		}
		all[name] = Ifcfg{
			File:         file,
			UUID:         vars["UUID"],
			OnBoot:       !isNo(vars["ONBOOT"]),
			NMControlled: !isNo(vars["NM_CONTROLLED"]),
			Addressing:   ifcfgAddressing(vars),
		}
	}
	return all, unread
}

func ifcfgAddressing(vars map[string]string) Addressing {
	a := Addressing{Known: vars["BOOTPROTO"] != ""}
	switch strings.ToLower(vars["BOOTPROTO"]) {
	case "dhcp", "bootp", "ibft", "autoip", "shared":
		a.Dynamic = true
	}
	for key, value := range vars {
		if key == "IPADDR" || strings.HasPrefix(key, "IPADDR") && strings.Trim(key[len("IPADDR"):], "0123456789") == "" {
			a.add(value)
		}
	}
	return a
}

func isNo(value string) bool {
	switch strings.ToLower(value) {
	case "no", "n", "false", "f", "0":
		return true
	default:
		return false
	}
}

// assignments reads KEY=value lines, with quotes around the value taken off.
func assignments(text string) map[string]string {
	vars := map[string]string{}
	for l := range strings.Lines(text) {
		l = strings.TrimPrefix(strings.TrimSpace(l), "export ")
		key, value, ok := strings.Cut(l, "=")
		if !ok || strings.ContainsAny(key, " \t#") || key == "" {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		vars[key] = value
	}
	return vars
}
