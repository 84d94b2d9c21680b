package run_test

import (
	"strings"
	"testing"

	"umm/internal/cluster/run"
)

func TestElsewhere(t *testing.T) {
	three := func(net string, keys ...string) map[string]run.Machine {
		all := map[string]run.Machine{}
		for i, name := range []string{"n1", "n2", "n3"} {
			m := run.Machine{Address: net + name}
			if len(keys) > 0 {
				m.Keys = []string{keys[0] + name}
			}
			if i < len(keys) {
				m.Keys = []string{keys[i] + name}
			}
			all[name] = m
		}
		return all
	}
	for name, c := range map[string]struct {
		run, here map[string]run.Machine
		want      string
	}{
		"the same":                      {three("a", "k"), three("a", "k"), ""},
		"a run of before":               {nil, three("a"), ""},
		"no keys recorded, one place":   {three("a"), three("a", "k"), ""},
		"it moved":                      {three("a", "k"), three("b", "k"), ""},
		"one host installed anew":       {three("a", "k", "k", "k"), three("a", "x", "k", "k"), ""},
		"another cluster":               {three("a", "k"), three("b", "x"), "its n1 is at an1, and the one here at bn1"},
		"another, without keys":         {three("a"), three("b"), "its n1 is at an1"},
		"another at the same addresses": {three("a", "k"), three("a", "x"), "with other ssh keys"},
		"other names":                   {three("a", "k"), map[string]run.Machine{"m1": {Address: "am1"}}, "it has host n1"},
		"a host was added":              {three("a", "k"), func() map[string]run.Machine { m := three("a", "k"); m["n4"] = run.Machine{}; return m }(), ""},
	} {
		got := run.Request{Machines: c.run}.Elsewhere(run.Cluster{Machines: c.here})
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What the services call their clusters tells two apart that ssh cannot.
func TestElsewhereByIDs(t *testing.T) {
	ids := func(pairs ...string) map[string][]string {
		all := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = append(all[pairs[i]], pairs[i+1])
		}
		return all
	}
	machines := map[string]run.Machine{"n1": {Address: "a", Keys: []string{"k"}}}
	for name, c := range map[string]struct {
		run, here map[string][]string
		want      string
	}{
		"the same":                      {ids("galera", "x"), ids("galera", "x"), ""},
		"another":                       {ids("galera", "x"), ids("galera", "y"), "its galera is the cluster x, and the one here y"},
		"nothing is said now":           {ids("galera", "x"), nil, ""},
		"nothing was said then":         {nil, ids("galera", "y"), ""},
		"another service":               {ids("galera", "x"), ids("ceph", "y"), ""},
		"one service was made anew":     {ids("galera", "x", "ceph", "c"), ids("galera", "y", "ceph", "c"), ""},
		"a host has not joined again":   {ids("galera", "x"), ids("galera", "old", "galera", "x"), ""},
		"all services are of elsewhere": {ids("galera", "x", "ceph", "c"), ids("galera", "y", "ceph", "d"), "its ceph is the cluster c"},
	} {
		for _, m := range []map[string]run.Machine{nil, machines} {
			got := run.Request{Machines: m, IDs: c.run}.Elsewhere(run.Cluster{Machines: m, IDs: c.here})
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	}
	other := map[string]run.Machine{"n1": {Address: "b", Keys: []string{"j"}}}
	if got := (run.Request{Machines: machines, IDs: ids("galera", "x")}).Elsewhere(run.Cluster{Machines: other, IDs: ids("galera", "x")}); got == "" {
		t.Error("other machines are the same cluster by what they say")
	}
}

func TestMeet(t *testing.T) {
	m := func(address string, keys ...string) map[string]run.Machine {
		return map[string]run.Machine{"n1": {Address: address, Keys: keys}, "n2": {Address: "2" + address}}
	}
	for name, c := range map[string]struct {
		a, b map[string]run.Machine
		want bool
	}{
		"one machine":                {m("a", "k"), m("a", "k"), true},
		"by another name":            {m("a", "k"), map[string]run.Machine{"x": {Address: "a", Keys: []string{"j", "k"}}}, true},
		"at another address":         {m("a", "k"), m("b", "k"), true},
		"others at the same address": {map[string]run.Machine{"n1": {Address: "a", Keys: []string{"k"}}}, map[string]run.Machine{"n1": {Address: "a", Keys: []string{"j"}}}, false},
		"no key is recorded":         {m("a"), m("a", "k"), true},
		"others":                     {m("a", "k"), m("b", "j"), false},
		"none":                       {m("a", "k"), nil, false},
	} {
		if got := run.ShareMachine(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if got := run.ShareMachine(c.b, c.a); got != c.want {
			t.Errorf("%s, the other way: %v", name, got)
		}
	}
}
