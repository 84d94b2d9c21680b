// Package custom judges services of the operator's own by the commands of the
// configuration: a check that ends with status 0 when the service is whole on its
// host, and perhaps a drain and what undoes that. It is pure, and knows nothing of
// such a service but how its commands end.
package custom

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

const askCheck = "check"

// slack is what a command gets beside its own time: to be sent, and to be ended where
// it does not end by itself.
const slack = 15 * time.Second

// Service is one service of the operator's own. Timeout bounds each of the commands.
type Service struct {
	Label   string
	Check   []string
	Drain   []string
	Undrain []string
	Timeout time.Duration
}

// Name implements service.Service.
func (s Service) Name() string { return s.Label }

// bounded has the host itself end a command that takes too long, with a status that
// says so, and its children with it.
func (s Service) bounded(argv []string) service.Command {
	limit := fmt.Sprintf("%gs", s.Timeout.Seconds())
	return service.Command{Argv: append([]string{"timeout", "-k", "2s", limit}, argv...), Limit: s.Timeout + slack}
}

// Asks implements service.Service.
func (s Service) Asks(string, []string) []service.Ask {
	c := s.bounded(s.Check)
	return []service.Ask{{ID: askCheck, Argv: c.Argv, Limit: c.Limit}}
}

// Read implements service.Service.
func (s Service) Read(members []string, a service.Answers) service.View {
	return view{conf: s, members: members, answers: a}
}

type view struct {
	conf    Service
	members []string
	answers service.Answers
}

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	var vs []service.Verdict
	for _, host := range v.members {
		if !slices.Contains(out, host) {
			vs = append(vs, v.check(host))
		}
	}
	if len(vs) == 0 {
		vs = append(vs, v.verdict("", service.Unknown, "", "no host is left to check for "+v.conf.Label))
	}
	return vs
}

// The statuses with which timeout says that it could not let the command come to its
// end, or not run it at all. 137 is that it had to be killed.
const (
	tookTooLong = 124
	wasKilled   = 137
	cannotRun   = 126
	notThere    = 127
)

func (v view) check(host string) service.Verdict {
	got := v.answers.Get(host, askCheck)
	if got.Err != nil {
		return v.verdict(host, service.Unknown, host+": "+got.Err.Error(), fmt.Sprintf("%s cannot be checked on %s", v.conf.Label, host))
	}
	// Its command is not told: it may hold secrets, and what is seen is told to others.
	seen := fmt.Sprintf("the check of %s on %s: status %d", v.conf.Label, host, got.Result.Code)
	if text := words(got.Result.Stdout, got.Result.Stderr); text != "" {
		seen += ": " + text
	}
	switch got.Result.Code {
	case 0:
		return v.verdict(host, service.OK, seen, v.conf.Label+" is healthy on "+host)
	case tookTooLong, wasKilled:
		return v.verdict(host, service.Unknown, seen, fmt.Sprintf("the check of %s on %s took longer than %s", v.conf.Label, host, v.conf.Timeout))
	case cannotRun, notThere:
		return v.verdict(host, service.Unknown, seen, fmt.Sprintf("the check of %s cannot be run on %s", v.conf.Label, host))
	}
	// A check that failed may succeed the next time: nobody knows more of it.
	return v.verdict(host, service.Wait, seen, fmt.Sprintf("%s is not healthy on %s", v.conf.Label, host))
}

// most is how much of an output stands in the evidence.
const most = 200

// words are what a command printed, as one line.
func words(texts ...[]byte) string {
	var all []string
	for _, text := range texts {
		all = append(all, strings.FieldsFunc(strings.ToValidUTF8(string(text), "?"), func(r rune) bool { return r <= ' ' || r == 0x7f })...)
	}
	said := []rune(strings.Join(all, " "))
	if len(said) > most {
		return string(said[:most]) + "..."
	}
	return string(said)
}

// Leave implements service.View. Nothing is known of what the others need a host for:
// that is for check to tell there.
func (v view) Leave(string) []service.Verdict { return nil }

// Exit implements service.View.
func (v view) Exit(host string) service.Exit {
	if len(v.conf.Drain) == 0 || !slices.Contains(v.members, host) {
		return service.Exit{}
	}
	do := v.conf.bounded(v.conf.Drain)
	return service.Exit{Changes: []service.Change{{
		ID: v.conf.Label + "/" + host, Service: v.conf.Label, Target: host, On: []string{host},
		Title: "drain " + v.conf.Label + " on " + host,
		Do:    do, Undo: v.conf.bounded(v.conf.Undrain),
		Wait: service.Waiting{Limit: do.Limit, Until: service.UntilDone},
	}}}
}

// Settled implements service.View. A command that ended well has had its effect.
func (v view) Settled(c service.Change, done bool) service.Verdict {
	text := "the drain of " + v.conf.Label + " on " + c.Target + " ended well"
	if !done {
		text = "the drain of " + v.conf.Label + " on " + c.Target + " was undone"
	}
	said := v.verdict(c.Target, service.OK, "its command ended with status 0", text)
	said.Name, said.Risk = "settled", ""
	return said
}

func (v view) verdict(host string, state service.State, evidence, reason string) service.Verdict {
	said := service.Verdict{Service: v.conf.Label, Name: "check", Host: host, State: state, Reason: reason, Evidence: evidence}
	if state != service.OK {
		said.Risk = "check-" + v.conf.Label
	}
	return said
}
