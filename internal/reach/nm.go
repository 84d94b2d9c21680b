package reach

import (
	"slices"
	"strings"

	"umm/internal/hostfs"
	"umm/internal/unitfile"
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
		entries, err := f.ReadDir(dir)
		if err != nil {
			continue
		}
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
	return p, p.Type != ""
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
		return l.Kind == Plain, false
	default:
		return false, false
	}
}

// readIfcfg reads EL's ifcfg files. They are shell; only plain assignments count,
// as NetworkManager reads them too.
func readIfcfg(f hostfs.FS) (all map[string]Ifcfg, unread []string) {
	const dir = "/etc/sysconfig/network-scripts"
	all = map[string]Ifcfg{}
	entries, err := f.ReadDir(dir)
	if err != nil {
		return all, nil
	}
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
		}
	}
	return all, unread
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
