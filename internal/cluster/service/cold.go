package service

import "time"

// Start is how a service comes up again of which no member runs, or only some. It
// is decided from what the members answer and never guessed; the verdicts that come
// with it say why. A change of it is no drain: it has no Undo, since a service that
// was started is left running. Settled of the service's View says when it has had
// its effect.
type Start struct {
	// More is what has to be asked before anything can be decided, by host. These
	// asks may take long and work on the data of a service that stands still, so
	// nothing else may start it meanwhile. Their answers are added to the first ones,
	// and then it is decided again.
	More map[string][]Ask
	// Groups, if there are any, are the decision, whatever the verdicts beside it say of
	// single members. They are made one after another. The changes of one group are all made, in
	// order, before any of them is waited for: such members come up only together.
	Groups [][]Change
}

// makePatience bounds the making of a change whose effect is waited for later.
const makePatience = 2 * time.Minute

// Sequence are all changes as they are made and waited for, one after another. Members
// that come up only together are all started before any of them is waited for, and
// then each is, for as long as it may take by itself.
func (s Start) Sequence() []Change {
	var all []Change
	for _, group := range s.Groups {
		if len(group) == 1 {
			all = append(all, group[0])
			continue
		}
		for _, c := range group {
			c.Wait = Waiting{Limit: makePatience, Until: UntilLater}
			all = append(all, c)
		}
		for _, c := range group {
			c.ID, c.Do = c.ID+"/seen", Command{}
			c.Title = "wait for " + c.Service + " on " + c.Target
			all = append(all, c)
		}
	}
	return all
}
