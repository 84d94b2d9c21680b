package etcd

import (
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

func FuzzRead(f *testing.F) {
	for _, state := range []string{"healthy", "n2-stopped", "no-quorum", "nospace"} {
		f.Add(captured(f, "endpoint-status-local-"+state), captured(f, "member-list-"+state), captured(f, "alarm-list-"+state))
	}
	base := healthy(f)
	f.Fuzz(func(t *testing.T, status, members, alarms string) {
		a := service.Answers{"n2": base["n2"], "n3": base["n3"], "n1": {
			askStatus: servicetest.Printed(status), askMembers: servicetest.Printed(members), askAlarms: servicetest.Printed(alarms)}}
		v := read(a)
		for _, host := range hosts {
			for _, one := range append(v.Leave(host), v.Health([]string{host})...) {
				if one.Name == "" || one.Reason == "" || one.State == "" {
					t.Errorf("not a whole verdict: %+v", one)
				}
			}
			for _, c := range v.Exit(host).Changes {
				v.Settled(c, true)
			}
		}
	})
}
