package inventory_test

import (
	"strings"
	"testing"

	"umm/internal/cluster/inventory"
)

const (
	machine1 = "0123456789abcdef0123456789abcdef"
	machine2 = "fedcba9876543210fedcba9876543210"
	boot1    = "11111111-2222-3333-4444-555555555555"
	boot2    = "66666666-7777-8888-9999-000000000000"
)

func bare(id string) string { return strings.ReplaceAll(id, "-", "") }

func TestParseIdentity(t *testing.T) {
	id, err := inventory.ParseIdentity(machine1 + "\n" + boot1 + "\n")
	if err != nil || id != (inventory.Identity{Machine: machine1, Boot: bare(boot1)}) {
		t.Errorf("it is %+v (%v)", id, err)
	}
	if id, err := inventory.ParseIdentity(boot1 + "\n"); err != nil || id.Machine != "" {
		t.Errorf("without a machine ID it is %+v (%v)", id, err)
	}
	for _, text := range []string{"", machine1, "cat: no such file", machine1 + "\n" + boot1 + "\nrubbish", strings.ToUpper(boot2[:1]) + "x"} {
		if id, err := inventory.ParseIdentity(text); err == nil {
			t.Errorf("%q is %+v", text, id)
		}
	}
	if argv := inventory.IdentityCommand(); argv[0] != "cat" || len(argv) != 3 {
		t.Errorf("it is asked by %q", argv)
	}
}

func TestSame(t *testing.T) {
	id := func(machine, boot string) inventory.Identity { return inventory.Identity{Machine: machine, Boot: boot} }
	for _, c := range []struct {
		name string
		a, b inventory.Identity
		want bool
	}{
		{"one host", id(machine1, boot1), id(machine1, boot1), true},
		{"clones of one image", id(machine1, boot1), id(machine1, boot2), false},
		{"containers of one kernel", id(machine1, boot1), id(machine2, boot1), false},
		{"no machine ID", id("", boot1), id(machine2, boot1), true},
		{"no boot ID", id(machine1, ""), id(machine1, boot1), true},
		{"nothing is known", id("", ""), id("", ""), false},
	} {
		if got := c.a.Same(c.b); got != c.want || c.b.Same(c.a) != c.want {
			t.Errorf("%s: same is %v", c.name, got)
		}
	}
}

func TestApart(t *testing.T) {
	self := inventory.Identity{Machine: machine1, Boot: bare(boot1)}
	other := inventory.Identity{Machine: machine2, Boot: bare(boot2)}
	hosts := []string{"n1", "n2", "n3"}
	for _, c := range []struct {
		name  string
		taken []string
		seen  map[string]inventory.Identity
		want  string
	}{
		{"strangers", hosts, map[string]inventory.Identity{"n1": other}, ""},
		{"nobody answered", hosts, nil, ""},
		{"this host is a peer", []string{"n2"}, map[string]inventory.Identity{"n1": self, "n2": other}, ""},
		{"this host is to be taken", []string{"n2", "n1"}, map[string]inventory.Identity{"n1": self, "n2": other}, "n1 is the host that umm-cluster runs on"},
		{"two names of one", []string{"n3"}, map[string]inventory.Identity{"n1": other, "n3": other}, "hosts n1 and n3 are the same host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := inventory.Apart(self, hosts, c.taken, c.seen)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v, want %q", err, c.want)
			}
		})
	}
}
