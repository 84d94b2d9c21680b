package service_test

import (
	"fmt"
	"testing"
	"time"

	"umm/internal/cluster/service"
)

// Members that come up only together are all started before one is waited for, and
// each is waited for afterwards, for as long as it may take.
func TestSequence(t *testing.T) {
	start := func(host string) service.Change {
		return service.Change{ID: "db/start/" + host, Service: "db", Target: host, Title: "start the database on " + host, On: []string{host},
			Do: service.Command{Argv: []string{"start"}}, Wait: service.Waiting{Limit: time.Hour}}
	}
	s := service.Start{Groups: [][]service.Change{{start("n1")}, {start("n2"), start("n3")}}}
	var got []string
	for _, c := range s.Sequence() {
		got = append(got, fmt.Sprintf("%s (%s, %v, later %v, does %v)", c.Title, c.ID, c.Wait.Limit, c.Wait.Until == service.UntilLater, len(c.Do.Argv) > 0))
		if c.Wait.Until == service.UntilLimit {
			t.Errorf("%s: its outcome is not checked", c.Title)
		}
	}
	want := []string{
		"start the database on n1 (db/start/n1, 1h0m0s, later false, does true)",
		"start the database on n2 (db/start/n2, 2m0s, later true, does true)",
		"start the database on n3 (db/start/n3, 2m0s, later true, does true)",
		"wait for db on n2 (db/start/n2/seen, 1h0m0s, later false, does false)",
		"wait for db on n3 (db/start/n3/seen, 1h0m0s, later false, does false)",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if len(service.Start{}.Sequence()) > 0 {
		t.Error("nothing is to be started, and something is")
	}
}
