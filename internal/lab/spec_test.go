package lab

import (
	"strings"
	"testing"
)

func TestSpecComplete(t *testing.T) {
	s, err := Spec{Name: "a", N: 3}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Hosts) != 3 || s.Hosts[0].Name != "n1" || s.Hosts[2].Name != "n3" {
		t.Errorf("hosts are %v", s.Hosts)
	}
	if s.Image.Suite != defaultSuite || s.Log == nil {
		t.Errorf("left out: suite %q, log %v", s.Image.Suite, s.Log)
	}
	if got := address(0).String() + " " + address(maxHosts-1).String() + " " + bridgeAddress().String(); got != "192.0.2.11 192.0.2.210 192.0.2.1" {
		t.Errorf("addresses are %s", got)
	}
}

func TestSpecMachine(t *testing.T) {
	s, err := Spec{Name: "a", N: 2, Machine: BIOS}.complete()
	if err != nil || s.Hosts[0].Machine != BIOS || s.Hosts[1].Machine != BIOS {
		t.Errorf("hosts are %v, %v", s.Hosts, err)
	}
}

func TestSpecRefused(t *testing.T) {
	named := func(h HostSpec) Spec { return Spec{Name: "a", Hosts: []HostSpec{h}} }
	for want, s := range map[string]Spec{
		"name of a lab":               {Name: ""},
		`"A"`:                         {Name: "A"},
		`"a-"`:                        {Name: "a-"},
		`"../x"`:                      {Name: "../x"},
		`"1a"`:                        {Name: "1a"},
		"at most 24":                  {Name: strings.Repeat("a", 25)},
		"so many hosts":               {Name: "a", N: 201},
		"1 to 200":                    {Name: "a", N: -1},
		"name of a host":              named(HostSpec{Name: "a.b"}),
		"two hosts named x":           {Name: "a", Hosts: []HostSpec{{Name: "x"}, {Name: "x"}}},
		"disk of 1 MiB":               named(HostSpec{Name: "x", RootSizeMiB: 1}),
		"bios and uefi are known":     named(HostSpec{Name: "x", Machine: "coreboot"}),
		"are for containers":          named(HostSpec{Name: "x", Machine: UEFI, KernelArgs: []string{"umm"}}),
		"kernel argument":             named(HostSpec{Name: "x", KernelArgs: []string{"a b"}}),
		"systemd-nspawn option":       named(HostSpec{Name: "x", NspawnArgs: []string{""}}),
		"name of a Debian release":    {Name: "a", Image: Image{Suite: "Sid;"}},
		"not the name of a package":   {Name: "a", Image: Image{Packages: []string{"a,b"}}},
		`install "--simulate"`:        {Name: "a", Image: Image{Packages: []string{"--simulate"}}},
		`cannot install "x/unstable"`: {Name: "a", Image: Image{Packages: []string{"x/unstable"}}},
	} {
		if _, err := s.complete(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error with %q", s, err, want)
		}
	}
}

func TestImageKey(t *testing.T) {
	key := func(i Image) string {
		t.Helper()
		i, err := i.normal()
		if err != nil {
			t.Fatal(err)
		}
		return i.key()
	}
	same := key(Image{Suite: "sid", Packages: []string{"b1", "a1", "b1"}})
	if same != key(Image{Suite: "sid", Packages: []string{"a1", "b1"}}) {
		t.Error("the order of the packages makes another image")
	}
	if !strings.HasPrefix(same, "sid-") {
		t.Errorf("key %s does not begin with its suite", same)
	}
	seen := map[string]bool{same: true}
	for _, i := range []Image{{}, {Suite: "sid"}, {Suite: "sid", Packages: []string{"a1"}}, {Suite: "trixie"}} {
		if k := key(i); seen[k] {
			t.Errorf("%+v has the key of another image", i)
		} else {
			seen[k] = true
		}
	}
	if key(Image{}) != key(Image{Suite: defaultSuite}) {
		t.Error("the default suite has a key of its own")
	}
}
