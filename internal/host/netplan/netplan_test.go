package netplan_test

import (
	"reflect"
	"testing"

	"umm/internal/host/hostfs"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/netplan"
)

const cloudInit = `# This file is generated from information provided by the datasource.  Changes
# to it will not persist across an instance reboot.
network:
    ethernets:
        ens3:
            dhcp4: true
            dhcp6: false
            match:
                macaddress: fa:16:3E:12:34:56
            set-name: ens3
    version: 2
`

const subiquity = `# This is the network config written by 'subiquity'
network:
  version: 2
  renderer: networkd
  ethernets:
    eno1: {}
    eno2:
      dhcp4: no
  bonds:
    bond0:
      interfaces: [eno1, eno2]
      parameters: {mode: 802.3ad, lacp-rate: fast}
  vlans:
    bond0.101:
      id: 101
      link: bond0
      addresses:
        - 192.0.2.10/24
        - "2001:db8::10/64"
      routes:
        - to: default
          via: 192.0.2.1
      nameservers:
        addresses: [192.0.2.53,
                    192.0.2.54]
        search: []
  bridges:
    br-mgmt:
      interfaces: [bond0.101]
      openvswitch: {}
`

const desktop = "# Let NetworkManager manage all devices on this system\nnetwork:\n  version: 2\n  renderer: NetworkManager\n"

func read(t *testing.T, tree hosttree.Tree) netplan.Config {
	return netplan.Read(hostfs.New(hosttree.Make(t, tree)))
}

func TestRead(t *testing.T) {
	c := read(t, hosttree.Tree{"etc/netplan/50-cloud-init.yaml": cloudInit})
	want := map[string]netplan.Device{"ens3": {Kind: "ethernets", MAC: "fa:16:3e:12:34:56", SetName: "ens3", DHCP: true}}
	if !reflect.DeepEqual(c.Devices, want) || len(c.Unclear) != 0 || c.Renderer != netplan.Networkd {
		t.Errorf("cloud-init's file: %+v", c)
	}
	c = read(t, hosttree.Tree{"etc/netplan/00-installer-config.yaml": subiquity})
	want = map[string]netplan.Device{
		"eno1": {Kind: "ethernets"}, "eno2": {Kind: "ethernets"}, "bond0": {Kind: "bonds"},
		"bond0.101": {Kind: "vlans", Addresses: []string{"192.0.2.10/24", "2001:db8::10/64"}}, "br-mgmt": {Kind: "bridges", OVS: true},
	}
	if !reflect.DeepEqual(c.Devices, want) || len(c.Unclear) != 0 {
		t.Errorf("an installer's file: %+v", c)
	}
}

func TestUses(t *testing.T) {
	for _, c := range []struct {
		name               string
		files              hosttree.Tree
		networkd, nm, murk bool
	}{
		{"no files", hosttree.Tree{}, false, false, false},
		{"cloud", hosttree.Tree{"etc/netplan/50-cloud-init.yaml": cloudInit}, true, false, false},
		{"desktop", hosttree.Tree{"lib/netplan/00-network-manager-all.yaml": desktop}, false, true, false},
		{"desktop and a device of its own", hosttree.Tree{
			"lib/netplan/00-network-manager-all.yaml": desktop,
			"etc/netplan/10-x.yaml":                   "network:\n  ethernets:\n    eth7:\n      renderer: networkd\n      dhcp4: true\n",
		}, true, false, false},
		{"a file hides another of the same name", hosttree.Tree{
			"lib/netplan/01.yaml": desktop, "etc/netplan/01.yaml": subiquity,
		}, true, false, false},
		{"a later file has the last word", hosttree.Tree{
			"etc/netplan/01.yaml": subiquity, "etc/netplan/99.yaml": desktop,
		}, false, true, false},
		{"section", hosttree.Tree{"etc/netplan/01.yaml": "network:\n  ethernets:\n    renderer: NetworkManager\n    eth0: {dhcp4: true}\n"}, false, true, false},
		{"a section's renderer is for its own file", hosttree.Tree{
			"etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0: {dhcp4: true}\n    renderer: NetworkManager\n",
			"etc/netplan/02.yaml": "network:\n  ethernets:\n    eth1: {dhcp4: true}\n",
		}, true, true, false},
		{"and not for another file's device of the same section", hosttree.Tree{
			"etc/netplan/01.yaml": "network:\n  ethernets:\n    renderer: NetworkManager\n",
			"etc/netplan/02.yaml": "network:\n  ethernets:\n    eth1: {dhcp4: true}\n",
		}, true, false, false},
		{"a tab", hosttree.Tree{"etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0:\n\t  dhcp4: true\n"}, true, false, true},
		{"a tab in a text", hosttree.Tree{"etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0:\n      a: |\n        \tb\n      dhcp4: true\t# c\n"}, true, false, false},
		{"one-line devices", hosttree.Tree{"etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0: {dhcp4: true, renderer: NetworkManager}\n    eth1: {match: {name: 'en*'}}\n"}, true, true, true},
		{"json", hosttree.Tree{"etc/netplan/01.yaml": `{"network": {"ethernets": {"eth0": {"dhcp4": true}}}}`}, true, false, true},
		{"anchors", hosttree.Tree{"etc/netplan/01.yaml": "network:\n  ethernets:\n    eth0: &base\n      dhcp4: true\n    eth1:\n      <<: *base\n"}, true, false, true},
		{"not yaml", hosttree.Tree{"etc/netplan/01.yaml": "garbage\n"}, true, false, true},
		{"other suffix", hosttree.Tree{"etc/netplan/01.yaml.bak": subiquity}, false, false, false},
	} {
		got := read(t, c.files)
		if got.Uses(netplan.Networkd) != c.networkd || got.Uses(netplan.NetworkManager) != c.nm || len(got.Unclear) > 0 != c.murk {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	c := read(t, hosttree.Tree{"etc/netplan/01.yaml": `network:
  ethernets:
    a:
      addresses: [192.0.2.1/24, '2001:db8::1/64']
      nameservers: {addresses: [192.0.2.53]}
    b:
      addresses:
      - 192.0.2.2/24:
          label: b:1
      - "2001:db8::2/64"
      routes:
      - to: default
    c: {addresses: [192.0.2.3/24]}
    d:
      dhcp4: yes
`})
	for name, want := range map[string]netplan.Device{
		"a": {Kind: "ethernets", Addresses: []string{"192.0.2.1/24", "2001:db8::1/64"}},
		"b": {Kind: "ethernets", Addresses: []string{"192.0.2.2/24", "2001:db8::2/64"}},
		"d": {Kind: "ethernets", DHCP: true},
	} {
		if got := c.Devices[name]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
	if len(c.Unclear) != 1 {
		t.Errorf("an address within braces was taken for clear: %+v", c)
	}
}

func TestMatch(t *testing.T) {
	c := read(t, hosttree.Tree{"etc/netplan/01.yaml": `---
network:
  ethernets:
    "lan":   # quoted
      match: {name: "en*", driver: [virtio_net]}
    wan:
      match:
        name: 'eth#1'
      wakeonlan: true
    text:
      description: |
        renderer: NetworkManager
`})
	if d := c.Devices["wan"]; d.Name != "eth#1" {
		t.Errorf("wan = %+v", d)
	}
	if d := c.Devices["text"]; d.Renderer != "" {
		t.Errorf("a block of text was taken for keys: %+v", d)
	}
	if _, ok := c.Devices["lan"]; !ok || len(c.Unclear) != 1 {
		t.Errorf("lan: %+v", c)
	}
}
