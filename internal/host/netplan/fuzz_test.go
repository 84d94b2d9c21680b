package netplan

import (
	"strings"
	"testing"
)

func FuzzAdd(f *testing.F) {
	f.Add("network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true, match: {name: \"e*\"}}\n")
	f.Add("network:\n  bonds:\n    bond0:\n      interfaces: [a,\n   b]\n      renderer: NetworkManager # c\n")
	f.Add("network: {ethernets: {}\n}\n  a: [\n'x': |\n   text\n")
	f.Fuzz(func(t *testing.T, in string) {
		c := Config{Renderer: Networkd, Devices: map[string]Device{}, Files: []string{"a"}}
		c.add([]byte(in))
		for name, d := range c.Devices {
			if d.Kind == "" || strings.Contains(name, "\n") {
				t.Fatalf("device %q: %+v", name, d)
			}
		}
		c.Uses(Networkd)
	})
}
