package fanout_test

import (
	"errors"
	"slices"
	"testing"

	"umm/internal/cluster/fanout"
)

// All are at work at the same time, and what comes of it is in order.
func TestEach(t *testing.T) {
	hosts := []string{"n1", "n2", "n3"}
	first, last := make(chan bool), make(chan bool)
	got := fanout.Each(hosts, func(host string) string {
		switch host {
		case "n1":
			<-first
		case "n2":
			<-last
			close(first)
		case "n3":
			close(last)
		}
		return host + "!"
	})
	if !slices.Equal(got, []string{"n1!", "n2!", "n3!"}) {
		t.Errorf("%q", got)
	}
	if by := fanout.By(hosts, func(host string) int { return len(host) }); len(by) != 3 || by["n2"] != 2 {
		t.Errorf("%v", by)
	}
}

func TestFirstError(t *testing.T) {
	lost := errors.New("lost")
	if err := fanout.FirstError([]string{"n1", "n2"}, []error{nil, lost}); !errors.Is(err, lost) || err.Error() != "n2: lost" {
		t.Error(err)
	}
	if err := fanout.FirstError([]string{"n1"}, []error{nil}); err != nil {
		t.Error(err)
	}
}
