package sshcheck

import (
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"umm/internal/host/hostfs"
	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/unitfile"
)

func TestRoutes(t *testing.T) {
	tree := hosttree.Tree{}
	for _, name := range []string{"route", "ipv6_route"} {
		data, err := os.ReadFile("testdata/linux-6/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tree["proc/net/"+name] = string(data)
	}
	f := Facts{Routes: readRoutes(hostfs.New(hosttree.Make(t, tree)))}
	for addr, want := range map[string]string{
		"192.0.2.1": "host0", "198.51.100.7": "br0", "203.0.113.9": "v1", "8.8.8.8": "host0", "2001:db8:1::5": "br0", "2001:db8:2::5": "",
	} {
		if got, _ := f.routeTo(netip.MustParseAddr(addr), nil); got != want {
			t.Errorf("the route to %s is by %q, want %q", addr, got, want)
		}
	}
	if got, ok := f.defaultLink(nil); got != "host0" || !ok {
		t.Errorf("the default route is by %q", got)
	}
	f.Routes = []Route{{netip.MustParsePrefix("::/0"), "b", 1024}, {netip.MustParsePrefix("::/0"), "a", 100}}
	if got, _ := f.defaultLink(nil); got != "a" {
		t.Errorf("of two default routes %q was taken", got)
	}
}

func TestSession(t *testing.T) {
	none := environ(func(string) string { return "" })
	env := func(kv ...string) environ { return parseEnviron([]byte(strings.Join(kv, "\x00"))) }
	const conn = "SSH_CONNECTION=203.0.113.7 1 192.0.2.10 22"
	if s := findSession(env(conn), nil); s.Source != "SSH_CONNECTION" || s.Server.String() != "192.0.2.10" {
		t.Errorf("own environment: %+v", s)
	}
	if s := findSession(none, []environ{none, env(conn)}); s.Source == "" || s.Client.String() != "203.0.113.7" {
		t.Errorf("environment of a parent: %+v", s)
	}
	if s := findSession(none, []environ{env("SSH_CONNECTION=garbage")}); s != (Session{}) {
		t.Errorf("garbage: %+v", s)
	}
	for _, c := range []struct {
		name  string
		own   environ
		above []environ
		want  string
	}{
		{"sudo", env("SUDO_USER=alice", "USER=root"), nil, "alice"},
		{"su -", env("USER=root"), []environ{env("USER=root"), env("USER=bob", conn), none}, "bob"},
		{"sudo, then su -", env("USER=root"), []environ{env("SUDO_USER=carol", "USER=root")}, "carol"},
		{"console", env("LOGNAME=dan"), []environ{none}, "dan"},
		{"cron", none, nil, "root"},
	} {
		if got := operatorName(c.own, c.above); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAncestors(t *testing.T) {
	root := hosttree.Make(t, hosttree.Tree{
		"proc/30/environ": "A=1\x00", "proc/30/stat": "30 (odd ) name) S 20 30 30 0 -1",
		"proc/20/stat":    "20 (sudo) S 10 20", // may not be read
		"proc/10/environ": "A=3\x00B=x=y\x00", "proc/10/stat": "10 (sshd) S 1 10",
		"proc/1/environ": "A=init\x00", "proc/1/stat": "1 (systemd) S 0 1",
	})
	var got []string
	for _, env := range ancestors(hostfs.New(root), 30) {
		got = append(got, env("A")+env("B"))
	}
	if want := []string{"1", "3x=y"}; !reflect.DeepEqual(got, want) {
		t.Errorf("ancestors: %v, want %v", got, want)
	}
	loop := hosttree.Make(t, hosttree.Tree{"proc/5/stat": "5 (a) S 6", "proc/6/stat": "6 (b) S 5"})
	ancestors(hostfs.New(loop), 5) // comes to an end
	if env := ancestors(hostfs.New("/"), os.Getpid()); len(env) == 0 {
		t.Error("this process has no environment")
	}
}

func TestIfupdown(t *testing.T) {
	got, unread := readIfupdown(hostfs.New(hosttree.Make(t, hosttree.Tree{
		"etc/network/interfaces": "# c\nauto lo \\\n  eth0\nsource /etc/network/interfaces.d/*.cfg other\nsource-directory dir.d\nsource /etc/network/interfaces\n" +
			"allow-hotplug /en*=lan\niface lan inet dhcp\n  up echo auto eth9\nmapping eth*\niface\nauto",
		"etc/network/interfaces.d/a.cfg":  "auto br0\niface br0 inet static\n",
		"etc/network/interfaces.d/b.conf": "auto never\n",
		"etc/network/interfaces.d/c.cfg/": "",
		"etc/network/other":               "iface eth0 inet dhcp\n",
		"etc/network/dir.d/x":             "auto x\niface x inet dhcp\n",
		"etc/network/dir.d/x.dpkg-old":    "auto old\n",
	})))
	dhcp := Addressing{Known: true, Dynamic: true}
	want := map[string]Stanza{
		"lo": {Auto: true, File: "/etc/network/interfaces"}, "eth0": {Auto: true, Defined: true, File: "/etc/network/other", Addressing: dhcp},
		"br0": {Auto: true, Defined: true, File: "/etc/network/interfaces.d/a.cfg", Addressing: Addressing{Known: true}}, "x": {Auto: true, Defined: true, File: "/etc/network/dir.d/x", Addressing: dhcp},
		"/en*=lan": {Hotplug: true, File: "/etc/network/interfaces"}, "lan": {Defined: true, File: "/etc/network/interfaces", Addressing: dhcp},
	}
	if !reflect.DeepEqual(got, want) || len(unread) != 0 {
		t.Errorf("readIfupdown =\n%v, want\n%v; %v", got, want, unread)
	}
	n := Network{Ifupdown: got}
	if s, ok := n.ifupdownStanza("enp1s0"); !ok || !s.Hotplug || !s.Defined {
		t.Errorf("a pattern for enp1s0: %+v, %v", s, ok)
	}
	if _, ok := n.ifupdownStanza("wlan0"); ok {
		t.Error("wlan0 is not in the file")
	}
}

func TestNetworkFiles(t *testing.T) {
	files, _ := readNetworkd(hostfs.New(hosttree.Make(t, hosttree.Tree{
		"etc/systemd/network/10-a.network":     "[Match]\nName=en* !\nMACAddress=AA:BB:CC:00:00:01\n",
		"usr/lib/systemd/network/10-a.network": "[Match]\nName=hidden\n",
		"run/systemd/network/05-b.network":     "[Match]\nName=!eth0 eth1\n[Link]\nUnmanaged=yes\n",
		"usr/lib/systemd/network/99-c.network": "[Match]\nType=ether\nName=x\nName=\n",
		"etc/systemd/network/50-off.network":   "-> /dev/null",
		"etc/systemd/network/d.netdev":         "[NetDev]\n",
	})))
	none := Addressing{Known: true}
	want := []NetworkFile{
		{Path: "/run/systemd/network/05-b.network", Names: []string{"!eth0", "eth1"}, Unmanaged: true, Addressing: none},
		{Path: "/etc/systemd/network/10-a.network", Names: []string{"en*", "!"}, MACs: []string{"aa:bb:cc:00:00:01"}, Addressing: none},
		{Path: "/usr/lib/systemd/network/99-c.network", Other: []string{"Type"}, Addressing: none},
	}
	if !reflect.DeepEqual(files, want) {
		t.Fatalf("readNetworkd =\n%+v, want\n%+v", files, want)
	}
	for i, c := range []struct {
		file int
		link Link
		want bool
	}{
		{0, Link{Name: "eth0"}, false}, {0, Link{Name: "eth1"}, false}, {0, Link{Name: "br0"}, true},
		{1, Link{Name: "enp1", MAC: "aa:bb:cc:00:00:01"}, true}, {1, Link{Name: "enp1"}, false}, {1, Link{Name: "eth0", MAC: "aa:bb:cc:00:00:01"}, false},
		{2, Link{Name: "any"}, true},
	} {
		if got := files[c.file].matches(c.link); got != c.want {
			t.Errorf("%d: %s is for %+v: %v", i, files[c.file].Path, c.link, got)
		}
	}
}

func TestRunning(t *testing.T) {
	tree := hosttree.Tree{"run/network/ifstate.eth1": "eth1\n"}
	for path, name := range map[string]string{
		"run/systemd/netif/links/2": "systemd-252/link-configured", "run/systemd/netif/links/4": "systemd-252/link-unmanaged",
		"run/NetworkManager/devices/4": "networkmanager-1.42/device-managed", "run/network/ifstate": "ifupdown-0.8/ifstate",
	} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tree[path] = string(data)
	}
	got := readRunning(hostfs.New(hosttree.Make(t, tree)), map[string]Link{
		"host0": {Name: "host0", Index: 2}, "v1": {Name: "v1", Index: 4}, "eth1": {Name: "eth1", Index: 7}, "idle": {Name: "idle", Index: 8},
	})
	want := map[string]Running{
		"host0": {Networkd: "/usr/lib/systemd/network/80-container-host0.network", Ifupdown: "/run/network/ifstate"},
		"v1":    {NMState: "/run/NetworkManager/devices/4", NMUUID: "5f6c1c3e-3f9b-4f35-9d2c-2f4a5b1c7d10"},
		"eth1":  {Ifupdown: "/run/network/ifstate.eth1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("readRunning =\n%+v, want\n%+v", got, want)
	}
}

func TestMountUnit(t *testing.T) {
	for dir, want := range map[string]string{"/": "-.mount", "/home": "home.mount", "/srv/a-b c": `srv-a\x2db\x20c.mount`, "/.x": `\x2ex.mount`} {
		if got := unitfile.MountUnit(dir); got != want {
			t.Errorf("unitfile.MountUnit(%s) = %s, want %s", dir, got, want)
		}
		if back, ok := unitfile.MountPoint(unitfile.MountUnit(dir)); !ok || back != dir {
			t.Errorf("%s comes back as %s", dir, back)
		}
	}
}

// FuzzReaders feeds the same text to every reader: none may panic or hang.
func FuzzReaders(f *testing.F) {
	for _, name := range []string{"linux-6/route", "linux-6/ipv6_route", "openssh-9.2/sshd-T", "openvswitch-3.1/list-interface.json", "networkmanager-1.42/device-managed"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("auto lo \\\n eth0\nsource /a/*\n")
	f.Add("203.0.113.7 1 192.0.2.10 22")
	f.Fuzz(func(t *testing.T, in string) {
		for l := range strings.Lines(in) {
			words := strings.Fields(l)
			if r, ok := parseRoute4(words); ok && !r.Prefix.IsValid() {
				t.Fatalf("route %q: %+v", l, r)
			}
			if r, ok := parseRoute6(words); ok && !r.Prefix.IsValid() {
				t.Fatalf("route %q: %+v", l, r)
			}
		}
		for _, words := range interfacesLines(in) {
			if len(words) == 0 {
				t.Fatal("an empty line")
			}
		}
		if s, ok := parseConnection(in); ok && (!s.Client.IsValid() || !s.Server.IsValid()) {
			t.Fatalf("connection %q: %+v", in, s)
		}
		parentPID([]byte(in))
		parseEnviron([]byte(in))("A")
		parseSettings(in)
		parseInterfaces([]byte(in))
		assignments(in)
		kernelIPs(in)
		resourceAddresses(in)
		virtualAddresses(in)
		tokens(in)
		if index, err := routeAnswer([]byte(in)); err == nil && index < 0 {
			t.Fatal("an interface of that index cannot be")
		}
		listenAddr(in)
		if s, err := unitfile.Parse([]byte(in)); err == nil {
			n := networkFile("f", s)
			n.matches(Link{Name: "eth0"})
			if p, ok := profile("f", s); ok {
				p.matches(Link{Name: "eth0"})
			}
		}
		if dir := "/" + strings.Trim(in, "/"); !strings.Contains(dir, "//") && !strings.ContainsAny(dir, "\x00\n") {
			if back, ok := unitfile.MountPoint(unitfile.MountUnit(dir)); !ok || back != dir {
				t.Fatalf("%q comes back as %q", dir, back)
			}
		}
	})
}
