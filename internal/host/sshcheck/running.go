package sshcheck

import (
	"strconv"
	"strings"

	"umm/internal/host/hostfs"
	"umm/internal/host/unitfile"
)

// readRunning reads what the network managers that run note about each link.
func readRunning(f hostfs.FS, links map[string]Link) map[string]Running {
	all := map[string]Running{}
	ifstate, _ := f.ReadFile("/run/network/ifstate")
	for name, l := range links {
		index := strconv.Itoa(l.Index)
		r := Running{
			Networkd: networkdFile(f, "/run/systemd/netif/links/"+index),
			Ifupdown: ifupdownState(f, string(ifstate), name),
		}
		file := "/run/NetworkManager/devices/" + index
		if r.NMUUID = nmConnection(f, file); r.NMUUID != "" {
			r.NMState = file
		}
		if r != (Running{}) {
			all[name] = r
		}
	}
	return all
}

// networkdFile reads a state file of systemd-networkd, KEY=value lines, and
// returns the .network file of a link that it configures, empty for others.
func networkdFile(f hostfs.FS, state string) string {
	data, _ := f.ReadFile(state)
	vars := assignments(string(data))
	switch vars["ADMIN_STATE"] {
	case "configured", "configuring":
		if file := vars["NETWORK_FILE"]; file != "" {
			return file
		}
		return state
	default:
		return ""
	}
}

// ifupdownState is where ifupdown notes that an interface is up: a file of its
// own, or a line in the one file of older versions.
func ifupdownState(f hostfs.FS, ifstate, name string) string {
	if own := "/run/network/ifstate." + name; line(f, own) != "" {
		return own
	}
	for l := range strings.Lines(ifstate) {
		if iface, _, _ := strings.Cut(strings.TrimSpace(l), "="); iface == name {
			return "/run/network/ifstate"
		}
	}
	return ""
}

// nmConnection reads a state file of NetworkManager and returns the UUID of the
// connection that is active on the device.
func nmConnection(f hostfs.FS, state string) string {
	data, _ := f.ReadFile(state)
	s, _ := unitfile.Parse(data)
	if s.Get("device", "managed") != "true" {
		return ""
	}
	return s.Get("device", "connection-uuid")
}
