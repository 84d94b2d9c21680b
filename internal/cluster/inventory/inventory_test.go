package inventory_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/inventory"
)

var configured = []inventory.Host{
	{Name: "n1", Address: "192.0.2.11", Roles: []string{"controller", "mon"}, Zone: "a"},
	{Name: "n2", Address: "192.0.2.12", Roles: []string{"controller"}, Zone: "b"},
	{Name: "n3", Address: "192.0.2.13", Roles: []string{"mon"}, Zone: "b"},
	{Name: "compute-1", Roles: []string{"compute"}},
}

func TestChooseOfConfiguredHosts(t *testing.T) {
	for _, c := range []struct {
		name string
		s    inventory.Selection
		want string
	}{
		{"nothing is all", inventory.Selection{}, "n1 n2 n3 compute-1"},
		{"names, in the order of the inventory", inventory.Selection{Hosts: []string{"n3", "n1", "n3"}}, "n3 n1"},
		{"a role", inventory.Selection{Roles: []string{"controller"}}, "n1 n2"},
		{"any of two roles", inventory.Selection{Roles: []string{"controller", "compute"}}, "n1 n2 compute-1"},
		{"a zone", inventory.Selection{Zones: []string{"b"}}, "n2 n3"},
		{"a role in a zone", inventory.Selection{Roles: []string{"mon"}, Zones: []string{"b"}}, "n3"},
		{"all three", inventory.Selection{Hosts: []string{"n1", "n2"}, Roles: []string{"controller"}, Zones: []string{"a", "b"}}, "n1 n2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inv, chosen, err := inventory.Choose(configured, c.s)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(c.want)
			got := inventory.Names(chosen)
			slices.Sort(want)
			sorted := slices.Sorted(slices.Values(got))
			if !slices.Equal(sorted, want) || !slices.IsSortedFunc(got, func(a, b string) int {
				return slices.Index(inv.Names(), a) - slices.Index(inv.Names(), b)
			}) {
				t.Errorf("it chose %v, want %s", got, c.want)
			}
			if len(inv.Hosts()) != len(configured) {
				t.Errorf("the cluster is %v: it is all configured hosts, whatever is chosen", inv.Names())
			}
		})
	}
}

func TestChooseRefuses(t *testing.T) {
	for _, c := range []struct {
		hosts []inventory.Host
		s     inventory.Selection
		want  string
	}{
		{configured, inventory.Selection{Hosts: []string{"m1"}}, "there is no host m1: did you mean n1?"},
		{configured, inventory.Selection{Hosts: []string{"N2"}}, "there is no host N2: did you mean n2?"},
		{configured, inventory.Selection{Hosts: []string{"n1", "compute1"}}, "there is no host compute1: did you mean compute-1?"},
		{configured, inventory.Selection{Hosts: []string{"192.0.2.12"}}, "there is no host 192.0.2.12: it is the address of n2; name the host"},
		{configured, inventory.Selection{Hosts: []string{"elsewhere"}}, "there is no host elsewhere: choose from n1, n2, n3, compute-1"},
		{configured, inventory.Selection{Roles: []string{"contorller"}}, "no host has the role contorller: did you mean controller?"},
		{configured, inventory.Selection{Zones: []string{"zurich"}}, "no host has the zone zurich: choose from a, b"},
		{configured, inventory.Selection{Hosts: []string{"n1"}, Zones: []string{"b"}}, "no host matches the selection: one of n1, in the zone b"},
		{configured, inventory.Selection{Roles: []string{"compute"}, Zones: []string{"b"}}, "no host matches the selection: with the role compute, in the zone b"},
		{nil, inventory.Selection{Roles: []string{"controller"}}, "there is no role controller: no hosts are configured"},
		{nil, inventory.Selection{Hosts: []string{"n1"}, Zones: []string{"a"}}, "there is no zone a: no hosts are configured"},
		{nil, inventory.Selection{Hosts: []string{"n1", "root@n1"}}, "host n1 is listed twice"},
		{nil, inventory.Selection{Hosts: []string{""}}, `invalid host "": it is empty`},
		{append(slices.Clone(configured), inventory.Host{Name: "N1"}), inventory.Selection{}, "host N1 is listed twice"},
		{append(slices.Clone(configured), inventory.Host{Name: "n4", Address: "192.0.2.11", Port: 22}), inventory.Selection{}, "hosts n1 and n4 are the same: both are at 192.0.2.11"},
		{append(slices.Clone(configured), inventory.Host{Name: "n4", Address: "Compute-1"}), inventory.Selection{}, "hosts compute-1 and n4 are the same: both are at compute-1"},
	} {
		if _, chosen, err := inventory.Choose(c.hosts, c.s); err == nil || err.Error() != c.want {
			t.Errorf("%+v gives %v and %v, want %q", c.s, chosen, err, c.want)
		}
	}
	if _, _, err := inventory.Choose(nil, inventory.Selection{}); !errors.Is(err, inventory.ErrNoHosts) {
		t.Errorf("without hosts it says %v", err)
	}
}

func TestOneAddressWithTwoPortsIsTwoHosts(t *testing.T) {
	if _, err := inventory.New([]inventory.Host{{Name: "a", Address: "gate", Port: 2201}, {Name: "b", Address: "gate", Port: 2202}}); err != nil {
		t.Error(err)
	}
}

func TestChooseOfTheCommandLineAlone(t *testing.T) {
	inv, chosen, err := inventory.Choose(nil, inventory.Selection{Hosts: []string{"root@n2:2222", "n1"}})
	want := []inventory.Host{{Name: "n2", User: "root", Port: 2222}, {Name: "n1"}}
	if err != nil || !reflect.DeepEqual(chosen, want) || !reflect.DeepEqual(inv.Hosts(), want) {
		t.Errorf("the cluster is %v, %v is chosen (%v)", inv.Hosts(), chosen, err)
	}
}

func TestHost(t *testing.T) {
	inv, err := inventory.New(configured)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := inv.Host("n2"); err != nil || h.Destination() != "192.0.2.12" {
		t.Errorf("n2 is %+v (%v)", h, err)
	}
	if h, err := inv.Host("compute-1"); err != nil || h.Destination() != "compute-1" {
		t.Errorf("compute-1 is %+v (%v)", h, err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]inventory.Host{
		"n1":                   {Name: "n1"},
		"root@n1":              {Name: "n1", User: "root"},
		"n1.example.org:2222":  {Name: "n1.example.org", Port: 2222},
		"a.b@n1:22":            {Name: "n1", User: "a.b", Port: 22},
		"me@realm@n1":          {Name: "n1", User: "me@realm"},
		"192.0.2.1:65535":      {Name: "192.0.2.1", Port: 65535},
		"2001:db8::1":          {Name: "2001:db8::1"},
		"root@2001:db8::1":     {Name: "2001:db8::1", User: "root"},
		"root@[2001:db8::1]":   {Name: "2001:db8::1", User: "root"},
		"[2001:db8::1]:2222":   {Name: "2001:db8::1", Port: 2222},
		"root@[fe80::1%e0]:22": {Name: "fe80::1%e0", User: "root", Port: 22},
	} {
		if got, err := inventory.Parse(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v (%v), want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":             "it is empty",
		"@n1":          "no user before the @",
		"root@":        "it is empty",
		"n1:":          "no port after the colon",
		"n1:0":         `the port is "0"`,
		"n1:65536":     `the port is "65536"`,
		"n1:ssh":       `the port is "ssh"`,
		"n1:+22":       `the port is "+22"`,
		"[n1]:22":      "write [IPv6]:port",
		"[::1]22":      "write [IPv6]:port",
		"[::1]:":       "no port after the colon",
		"[::1":         "write [IPv6]:port",
		"-oProxy=x":    `cannot begin with "-"`,
		"root@-x":      `cannot begin with "-"`,
		"-l@n1":        `a user name cannot begin with "-"`,
		"..":           `cannot begin with "."`,
		"a b":          `cannot contain ' '`,
		"a/b":          `cannot contain '/'`,
		"a$(b)":        `cannot contain '$'`,
		"r$t@n1":       `a user name cannot contain '$'`,
		"n1\n":         `cannot contain '\n'`,
		"ssh://n1":     `the port is "//n1"`,
		"caf\u00e9":    `cannot contain 'é'`,
		"n1,n2":        `cannot contain ','`,
		"*.example":    `cannot contain '*'`,
		"root\x00@n1":  `cannot contain '\x00'`,
		"2001:db8::/3": `cannot contain '/'`,
	} {
		if got, err := inventory.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %+v (%v), want %q", text, got, err, want)
		}
	}
	if _, err := inventory.Parse(strings.Repeat("a", 256)); err == nil {
		t.Error("a name of 256 characters is one")
	}
}

// Whatever is typed: a host that is understood is what it would be typed as again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"n1", "root@n1:22", "[::1]:22", "a@[::1%e]", "::", "a@b@c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := inventory.Parse(text)
		if err != nil {
			return
		}
		if inventory.BadName(h.Name) != "" || inventory.BadUser(h.User) != "" || h.Port < 0 || h.Port > 65535 || h.Destination() != h.Name {
			t.Errorf("%q is %+v", text, h)
		}
		if again, err := inventory.Parse(h.Name); strings.Count(h.Name, ":") != 1 && (err != nil || again.Name != h.Name) {
			t.Errorf("%q is %+v, and its name %+v (%v)", text, h, again, err)
		}
	})
}

func TestHint(t *testing.T) {
	many := strings.Fields("a1 a2 a3 a4 a5 a6 a7 a8 a9 b1")
	for _, c := range []struct {
		word  string
		words []string
		want  string
	}{
		{"n1", nil, ""},
		{"controler", []string{"compute", "controller"}, ": did you mean controller?"},
		{"ab", []string{"ba"}, ": did you mean ba?"},
		{"x", []string{"compute"}, ": choose from compute"},
		{"elsewhere", many, ": choose from a1, a2, a3, a4, a5, a6, a7, a8 and 2 more"},
	} {
		if got := inventory.Suggestion(c.word, c.words); got != c.want {
			t.Errorf("for %s of %v it says %q, want %q", c.word, c.words, got, c.want)
		}
	}
}
