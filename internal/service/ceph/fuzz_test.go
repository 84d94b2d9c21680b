package ceph

import (
	"testing"

	"umm/internal/service"
)

func FuzzRead(f *testing.F) {
	for _, state := range []string{"healthy", "n2-down", "noout", "noout-group-n2"} {
		f.Add(printed(f, "n1", state))
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := read(service.Answers{"n1": said(text), "n2": keyless("n2")})
		for _, host := range hosts {
			for _, one := range append(v.Leave(host), v.Whole([]string{host})...) {
				if one.Name == "" || one.Reason == "" || one.State == "" {
					t.Errorf("not a whole verdict: %+v", one)
				}
			}
			for _, c := range v.Exit(host).Changes {
				v.Settled(c, true)
				v.Settled(c, false)
			}
		}
	})
}
