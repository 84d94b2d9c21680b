package sshcheck

import (
	"path"
	"slices"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/netplan"
	"umm/internal/host/unitfile"
)

func netplanMatches(id string, d netplan.Device, l Link) bool {
	if d.SetName != "" && d.SetName == l.Name {
		return true
	}
	if d.Name == "" && d.MAC == "" {
		return id == l.Name
	}
	if d.Name != "" {
		if ok, err := path.Match(d.Name, l.Name); err != nil || !ok {
			return false
		}
	}
	return d.MAC == "" || d.MAC == l.MAC
}

// Daemons are network managers that set up every interface but those that they are told
// to leave alone.
type Daemons struct {
	// DhcpcdOnly and DhcpcdNot are allowinterfaces and denyinterfaces of dhcpcd.conf(5).
	DhcpcdOnly, DhcpcdNot []string
	// ConnmanNot is NetworkInterfaceBlacklist of connman.conf(5).
	ConnmanNot []string
	// IwdSetsUp is EnableNetworkConfiguration of iwd.config(5).
	IwdSetsUp bool
}

func readDaemons(f hostfs.FS) Daemons {
	var d Daemons
	data, _ := f.ReadFile("/etc/dhcpcd.conf")
	for l := range strings.Lines(string(data)) {
		l, _, _ = strings.Cut(l, "#")
		words := strings.Fields(l)
		if len(words) == 0 {
			continue
		}
		if words[0] == "interface" || words[0] == "ssid" || words[0] == "profile" {
			break // the rest is for some
		}
		switch words[0] {
		case "allowinterfaces":
			d.DhcpcdOnly = append(d.DhcpcdOnly, words[1:]...)
		case "denyinterfaces":
			d.DhcpcdNot = append(d.DhcpcdNot, words[1:]...)
		}
	}
	ini := func(file string) unitfile.Sections {
		data, _ := f.ReadFile(file)
		s, _ := unitfile.Parse(data)
		return s
	}
	list := ini("/etc/connman/main.conf").Get("General", "NetworkInterfaceBlacklist")
	d.ConnmanNot = strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	d.IwdSetsUp = strings.EqualFold(ini("/etc/iwd/main.conf").Get("General", "EnableNetworkConfiguration"), "true")
	return d
}

// byDaemons lists those of them that set up a link; on tells whether a unit starts.
func (n Network) byDaemons(l Link, on func(unit string) bool) []claim {
	d := n.Daemons
	globs := func(patterns []string) bool { return unitfile.Match(patterns, l.Name) }
	var all []claim
	own := "dhcpcd@" + l.Name + ".service"
	switch {
	case l.Kind == Loopback:
		return nil
	case on(own):
		all = append(all, claim{manager: "dhcpcd", unit: own, why: own + " is enabled", sure: true})
	case on(dhcpcd) && !globs(d.DhcpcdNot) && (len(d.DhcpcdOnly) == 0 || globs(d.DhcpcdOnly)):
		all = append(all, claim{manager: "dhcpcd", unit: dhcpcd, why: dhcpcd + " is enabled", sure: true})
	}
	leftAlone := slices.ContainsFunc(d.ConnmanNot, func(prefix string) bool { return strings.HasPrefix(l.Name, prefix) })
	if on(connman) && l.Kind == Plain && !leftAlone {
		all = append(all, claim{manager: "ConnMan", unit: connman, why: connman + " is enabled", sure: true})
	}
	if on(iwd) && l.Wireless && d.IwdSetsUp {
		all = append(all, claim{manager: "iwd", unit: iwd, why: "/etc/iwd/main.conf", sure: true})
	}
	return all
}

// KernelIP is a kernel argument by which the kernel or the initramfs sets up the network.
type KernelIP struct {
	Arg    string
	Device string // empty: any
}

// byKernel is the argument that sets up a link, if any does.
func (n Network) byKernel(l Link) (KernelIP, bool) {
	for _, ip := range n.KernelIP {
		if ip.Device == l.Name || ip.Device == "" && l.Kind != Loopback {
			return ip, true
		}
	}
	return KernelIP{}, false
}

// kernelIPs reads the arguments ip= as the kernel and as dracut.cmdline(7) know them:
// ip=METHOD, ip=DEVICE:METHOD, ip=CLIENT:SERVER:GATEWAY:MASK:HOST:DEVICE:METHOD.
func kernelIPs(cmdline string) []KernelIP {
	var all []KernelIP
	for word := range strings.FieldsSeq(cmdline) {
		value, ok := strings.CutPrefix(word, "ip=")
		if !ok {
			continue
		}
		fields := ipFields(value)
		device, method := "", fields[0]
		switch {
		case len(fields) > 5:
			device, method = fields[5], fields[len(fields)-1]
			if len(fields) > 6 {
				method = fields[6]
			}
			if fields[0] != "" {
				method = "static"
			}
		case len(fields) > 1:
			if device, method = fields[0], fields[1]; method == "" {
				method = "dhcp"
			}
		}
		if method != "" && method != "off" && method != "none" {
			all = append(all, KernelIP{Arg: word, Device: device})
		}
	}
	return all
}

// ipFields splits at colons, but not within the brackets of an IPv6 address.
func ipFields(value string) []string {
	depth := 0
	var fields []string
	start := 0
	for i, c := range value {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ':' && depth == 0:
			fields = append(fields, value[start:i])
			start = i + 1
		}
	}
	return append(fields, value[start:])
}
