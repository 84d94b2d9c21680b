package run_test

import (
	"strings"
	"testing"

	"umm/internal/run"
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
		"other names":                   {three("a", "k"), map[string]run.Machine{"m1": {Address: "am1"}}, "it has the host n1"},
		"a host was added":              {three("a", "k"), func() map[string]run.Machine { m := three("a", "k"); m["n4"] = run.Machine{}; return m }(), ""},
	} {
		got := run.Request{Machines: c.run}.Elsewhere(c.here)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
