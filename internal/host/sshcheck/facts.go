package sshcheck

import (
	"net/netip"

	"umm/internal/host/hostfs"
	"umm/internal/host/netplan"
)

// Facts is what Judge goes by: plain values, read by Gather.
type Facts struct {
	Session   Session
	Links     map[string]Link // by name
	Addresses []Address
	Routes    []Route
	Units     map[string]Unit // those that could matter
	// Answers is the interface by which the kernel would answer the operator, from the
	// address that he came to; empty where it was not asked.
	Answers string
	VIPs    []VIP
	// Firewalls are the units that load packet filters, or may.
	Firewalls []string
	commands
	// Sockets are what the sockets of ssh servers listen on, by unit; one of OpenSSH's is
	// left out where its addresses are made of sshd's own configuration.
	Sockets  map[string][]string
	Network  Network
	Configs  []ConfigTest
	Mounts   []hostfs.Mount
	Watchdog []string // what watchdog(8) looks at
	// MountPoints are the file systems that hold the folders asked about.
	MountPoints map[string]MountPoint
	SSHD        SSHD
	Login       Login
	Console     Console
	// Upstart runs the host: units are jobs and init scripts there, by jobfile.NameOf.
	Upstart bool
}

// Unit is what the configuration on disk says about a unit.
type Unit struct {
	Exists  bool
	Enabled bool
	Masked  bool
}

// Session is the ssh connection that the operator came in by; the zero value if
// there is none.
type Session struct {
	Server netip.Addr // this host's end
	Client netip.Addr
	Source string // where it was read
}

// Link is a network interface.
type Link struct {
	Name  string
	Index int
	Kind  Kind
	Lower []string // the interfaces that it stands on
	MAC   string   // lower case
	// Wireless: it is a radio's.
	Wireless bool
}

// Kind is what an interface is made of.
type Kind string

// Kinds. A link of any other make is Plain.
const (
	Plain     Kind = ""
	Loopback  Kind = "loopback"
	Bridge    Kind = "bridge"
	Bond      Kind = "bond"
	VLAN      Kind = "vlan"
	Team      Kind = "team"
	OVS       Kind = "openvswitch"
	WireGuard Kind = "wireguard"
	Tunnel    Kind = "tun"
)

// Address is an address of this host, with the length of its prefix.
type Address struct {
	Link   string
	Prefix netip.Prefix
}

// Route is a line of the main routing table.
type Route struct {
	Prefix netip.Prefix
	Link   string
	Metric uint32
}

// Network is how interfaces are configured, by every manager that could do it.
type Network struct {
	Netplan     netplan.Config
	NetplanRuns bool               // its generator is installed
	Ifupdown    map[string]Stanza  // by interface or pattern
	Networkd    []NetworkFile      // in the order in which they are tried
	Profiles    []Profile          // NetworkManager's keyfiles
	Ifcfg       map[string]Ifcfg   // /etc/sysconfig/network-scripts, by interface
	Running     map[string]Running // what manages each interface now
	KernelIP    []KernelIP
	Daemons     Daemons
	Unread      []string // configuration that could not be read, and why
}

// Stanza is what /etc/network/interfaces says about an interface.
type Stanza struct {
	Auto    bool // brought up by networking.service
	Hotplug bool // brought up by udev
	Defined bool // there is an iface line
	File    string
	Addressing
}

// NetworkFile is the match of one .network file of systemd-networkd.
type NetworkFile struct {
	Path      string
	Names     []string // globs, a leading ! turns one round; empty matches all
	MACs      []string // lower case; empty matches all
	Other     []string // further conditions, which are not looked at
	Unmanaged bool
	Addressing
}

// Profile is a connection profile of NetworkManager.
type Profile struct {
	Path      string
	Interface string // empty: any of its type
	Type      string
	MAC       string // lower case; empty: any
	UUID      string
	Auto      bool
	External  bool // NetworkManager only watches what somebody else set up
	Addressing
}

// Ifcfg is an ifcfg file of EL.
type Ifcfg struct {
	File         string
	UUID         string // empty if not given
	OnBoot       bool
	NMControlled bool
	Addressing
}

// Running is what a network manager that runs says about an interface. Empty
// strings: nothing.
type Running struct {
	Networkd string // the .network file that systemd-networkd configured it by
	Ifupdown string // the file in which ifupdown notes that it is up
	NMState  string // the file in which NetworkManager notes the connection
	NMUUID   string // the connection
}

// SSHD is what the ssh server says about its own configuration.
type SSHD struct {
	Asked    bool   // it was run as root
	Read     bool   // Settings are those of its file alone
	TestCode int    // exit status of sshd -t
	TestText string // what it complained about
	// Settings are those of sshd -T, keys in lower case; nil if not known.
	Settings map[string][]string
	Problem  string // why it could not be asked
}

// Login is what else decides whether somebody gets in.
type Login struct {
	Nologin  bool     // /etc/nologin exists
	Users    []string // local users with a login shell, root left out
	Operator Operator
	Sources  []string // of the line passwd in /etc/nsswitch.conf
}

// Operator is the person at work.
type Operator struct {
	Name  string
	Local bool // in /etc/passwd
	Home  string
	UID   string
	Keys  []KeyFile // where sshd looks for keys
}

// Console is the terminals that kernel messages go to.
type Console struct {
	Active    []string
	Container bool
}
