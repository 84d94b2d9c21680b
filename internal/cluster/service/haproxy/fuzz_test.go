package haproxy

import (
	"testing"

	"umm/internal/cluster/service"
)

func FuzzStat(f *testing.F) {
	for _, state := range []string{"healthy", "drain-mysql-n1", "n2-cut", "only-n1-non-primary"} {
		f.Add([]byte(captured(f, "n1", "admin", state)))
	}
	f.Add([]byte("# host a\n# socket /x operator\nName: HAProxy\nVersion: 1.4\n\n# pxname,svname,scur,status,weight\na,b,,UP,1\n\n"))
	base := answers(f, "healthy")
	f.Fuzz(func(t *testing.T, text []byte) {
		v := Service{}.Read(hosts, service.Answers{"n1": printed(string(text)), "n2": base["n2"]})
		for _, host := range hosts {
			v.Leave(host)
			for _, c := range v.Exit(host).Changes {
				if about, _ := drainOf(c); len(about.Servers) == 0 {
					t.Errorf("a change of nothing: %+v", c)
				}
				v.Settled(c, true)
				v.Settled(c, false)
			}
		}
		for _, one := range v.Health(nil) {
			if one.Name == "" || one.Reason == "" || one.State == "" {
				t.Errorf("not a whole verdict: %+v", one)
			}
		}
	})
}
