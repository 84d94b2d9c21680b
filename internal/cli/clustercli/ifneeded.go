package clustercli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"umm/internal/api"
	"umm/internal/sanitize"
)

// neededWords bounds what one host can say of it, in bytes.
const neededWords = 500

const ifNeededHelp = "take only hosts that have to be rebooted (umm status says which)"

// errNoneNeeded says that --if-needed leaves no host to take.
var errNoneNeeded = errors.New("no host has to be rebooted")

// onlyNeeded leaves of the hosts to take, where --if-needed says so, those that have to be
// rebooted. It is an error where that cannot be told of one: the operator names the hosts then.
func (s *site) onlyNeeded(ctx context.Context) error {
	if !s.ifNeeded {
		return nil
	}
	answers := make([]string, len(s.taken))
	var all sync.WaitGroup
	for i, host := range s.taken {
		all.Go(func() {
			st, err := s.cluster.Node.Status(ctx, host)
			answers[i] = needed(st, err)
		})
	}
	all.Wait()
	var taken, unknown []string
	for i, host := range s.taken {
		switch answers[i] {
		case api.RebootNeeded:
			taken = append(taken, host)
		case api.RebootNotNeeded:
		default:
			unknown = append(unknown, host+": "+answers[i])
		}
	}
	switch {
	case len(unknown) > 0:
		slices.Sort(unknown)
		return &Error{Code: Gated, Err: fmt.Errorf("cannot tell whether every host has to be rebooted: %s", strings.Join(unknown, "; ")),
			Hint: "without --if-needed, --hosts names the hosts to take"}
	case len(taken) == 0:
		return errNoneNeeded
	}
	s.taken = taken
	return nil
}

// needed is yes, no, or a phrase on why that is not known.
func needed(st api.Status, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case st.Reboot == nil:
		return "its version of umm, " + st.Umm + ", does not look"
	case st.Reboot.Needed == api.RebootNeeded, st.Reboot.Needed == api.RebootNotNeeded:
		return st.Reboot.Needed
	}
	if len(st.Reboot.Unknown) == 0 {
		return "it does not say why"
	}
	return sanitize.Phrase(strings.Join(st.Reboot.Unknown, ", "), neededWords)
}
