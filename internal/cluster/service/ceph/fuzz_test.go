package ceph

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
)

func FuzzRead(f *testing.F) {
	for _, state := range []string{"healthy", "n2-down", "noout", "noout-group-n2"} {
		f.Add(printed(f, "n1", state))
	}
	healthy := printed(f, "n1", "healthy")
	f.Add(strings.Replace(strings.Replace(healthy, "# cluster 0\n", "/usr/bin/ceph-mds -f --id n1\n/usr/bin/radosgw -f\n# cluster 0\n", 1), "# end 0\n", "# mds n1 16\nno standby\n# end 0\n", 1))
	f.Fuzz(func(t *testing.T, text string) {
		v := read(service.Answers{"n1": said(text), "n2": keyless("n2")})
		for _, host := range hosts {
			for _, one := range append(v.Leave(host), v.Health([]string{host})...) {
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
