package rollout

import (
	"fmt"
	"strings"
	"testing"

	"umm/internal/cluster/service"
)

func TestCollapse(t *testing.T) {
	var vs []service.Verdict
	for i := range 30 {
		host := fmt.Sprintf("n%d", i)
		vs = append(vs, service.Verdict{Service: "host", Name: "operational", Host: host, State: service.OK, Reason: host + " is operational"})
		if i < 3 {
			vs = append(vs, service.Verdict{Service: "db", Name: "synced", Host: host, State: service.OK})
		}
	}
	vs = append(vs,
		service.Verdict{Service: "host", Name: "operational", Host: "n30", State: service.Stop},
		service.Verdict{Service: "db", Name: "quorum", State: service.OK})
	var got []string
	for _, v := range Collapse(vs) {
		got = append(got, strings.Join([]string{v.Service, v.Name, v.Host, string(v.State), v.Reason}, " "))
	}
	want := []string{
		"host operational  ok n0 is operational; same for 29 others",
		"db synced n0 ok ", "db synced n1 ok ", "db synced n2 ok ",
		"host operational n30 stop ", "db quorum  ok ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("it is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if few := vs[:20]; len(Collapse(few)) != len(few) {
		t.Error("few verdicts are kept each by itself")
	}
}
