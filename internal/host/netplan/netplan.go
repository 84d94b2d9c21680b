// Package netplan reads from netplan's files the one thing that matters for
// reaching a host: which network manager netplan hands each interface to. It
// understands the block style that netplan's files are written in, not YAML as a
// whole, and says so where it meets more than that. Standard library only: the
// boot path uses it.
package netplan

import (
	"cmp"

	"umm/internal/host/hostfs"
)

// Renderers as netplan calls them.
const (
	Networkd       = "networkd"
	NetworkManager = "NetworkManager"
)

// dirs hold netplan's files; of two files of the same name the one in the first
// folder counts, and all files are read in the order of their names.
var dirs = []string{"/run/netplan", "/etc/netplan", "/lib/netplan", "/usr/lib/netplan"}

// kinds are the sections that define interfaces.
var kinds = []string{
	"ethernets", "wifis", "modems", "bridges", "bonds", "vlans", "tunnels", "vrfs",
	"dummy-devices", "virtual-ethernets", "nm-devices",
}

// Config is what all netplan files of a host say together.
type Config struct {
	// Files that were read, in order.
	Files []string
	// Renderer is the one for interfaces that don't name their own; never empty.
	Renderer string
	// Devices by their netplan name, which is the interface's name unless the
	// device has a match.
	Devices map[string]Device
	// Unclear names files that hold more than this package understands.
	Unclear []string
}

// Device is one interface definition.
type Device struct {
	Kind     string // section: ethernets, bridges, ...
	Renderer string // its own, or its section's in the same file; or empty
	Name     string // match: name, a glob; empty if not given
	MAC      string // match: macaddress, lower case; empty if not given
	SetName  string // set-name; empty if not given
	OVS      bool   // belongs to Open vSwitch
	// Addresses are those that it is given, as written.
	Addresses []string
	// DHCP: it asks for an address by DHCP for IPv4.
	DHCP bool
}

// Read reads all netplan files of a host. No files make an empty Config.
func Read(f hostfs.FS) Config {
	c := Config{Renderer: Networkd, Devices: map[string]Device{}}
	for _, file := range f.Layered(dirs, ".yaml") {
		c.Files = append(c.Files, file)
		data, err := f.ReadFile(file)
		if err != nil || !c.add(data) {
			c.Unclear = append(c.Unclear, file)
		}
	}
	return c
}

// Uses tells whether anything is handed to a renderer. Where a file is unclear,
// or none defines an interface, only the renderer for all counts.
func (c Config) Uses(renderer string) bool {
	if len(c.Files) == 0 {
		return false
	}
	if c.Renderer == renderer && (len(c.Devices) == 0 || len(c.Unclear) > 0) {
		return true
	}
	for _, d := range c.Devices {
		if c.RendererOf(d) == renderer {
			return true
		}
	}
	return false
}

// RendererOf is what brings a device up.
func (c Config) RendererOf(d Device) string { return cmp.Or(d.Renderer, c.Renderer) }
