package lock

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"umm/internal/sanitize"
)

// CIB keeps the claim in Pacemaker's configuration, which the hosts replicate in one
// order: of two that make it at once, one is refused.
//
// Pacemaker also changes its configuration without quorum, and when the parts of a
// cluster meet again the one with more changes wins. So quorum is asked for before
// and after each change, and a claim that vanished so is noticed by its owner.
type CIB struct{ hosts hosts }

// NewCIB asks the hosts that run Pacemaker, in this order.
func NewCIB(all []Host) *CIB { return &CIB{hosts: hosts{all: all}} }

// Name implements Engine.
func (*CIB) Name() string { return "the Pacemaker CIB" }

// The entry: a set of properties that Pacemaker does not know, which it keeps.
const (
	cibID   = "umm-lock"
	cibEach = `//cluster_property_set[@id="` + cibID + `"]`
	cibPath = cibEach + `[nvpair[@name="umm-run" and @value="%s"]]`
)

// Take implements Engine.
func (e *CIB) Take(ctx context.Context, c Claim) error {
	taken := ""
	err := e.hosts.each(func(h Host) (bool, error) {
		if quorate, err := quorum(ctx, h); err != nil || !quorate {
			return false, cmp.Or(err, errNoQuorum)
		}
		res, err := h.do(ctx, cibEntry(c), nil, "cibadmin", "-C", "-o", "crm_config", "-p")
		if err != nil {
			// Perhaps it was done all the same: the next host tells.
			return false, err
		}
		// The exit status for what exists already differs between versions: the claim
		// itself says whose it is.
		answer, err := cibAnswer(ctx, h)
		switch {
		case err != nil:
			return false, err
		case !answer.Quorate:
			return true, fmt.Errorf("%s lost quorum in the meantime; whether the claim was made shows when quorum is back", h.Name)
		case answer.Claim == nil:
			return false, failed([]string{"cibadmin", "-C"}, res)
		case answer.Claim.Run != c.Run:
			return true, &HeldError{Claim: *answer.Claim, Where: e.Name()}
		}
		taken = h.Name
		return true, nil
	})
	if err != nil {
		return err
	}
	return agreed(ctx, func() error { return e.confirmed(ctx, c, taken) })
}

// confirmed asks the other hosts: one that is just joining has a configuration of
// its own for a moment.
func (e *CIB) confirmed(ctx context.Context, c Claim, but string) error {
	for _, h := range e.hosts.all {
		if h.Name == but {
			continue
		}
		answer, err := cibAnswer(ctx, h)
		switch {
		case err != nil || !answer.Quorate:
		case answer.Claim == nil:
			return fmt.Errorf("%s does not have the claim that %s has", h.Name, but)
		case answer.Claim.Run != c.Run:
			return &HeldError{Claim: *answer.Claim, Where: e.Name()}
		}
	}
	return nil
}

// Read implements Engine. Of hosts that differ the one that has the run's claim is
// believed: a host that is just joining does not know it yet.
func (e *CIB) Read(ctx context.Context, run string) (Answer, error) {
	var best Answer
	answers := 0
	err := e.hosts.each(func(h Host) (bool, error) {
		answer, err := cibAnswer(ctx, h)
		if err != nil {
			return false, err
		}
		answers++
		ours := answer.Quorate && answer.Claim != nil && (run == "" || answer.Claim.Run == run)
		if ours || answers == 1 || answer.Quorate && (!best.Quorate || best.Claim == nil) {
			best = answer
		}
		return ours, nil
	})
	if answers > 0 {
		return best, nil
	}
	return Answer{}, err
}

// Drop implements Engine.
func (e *CIB) Drop(ctx context.Context, run string) error {
	path := cibEach // what is no name must not get into a query
	if CheckRun(run) == nil {
		path = fmt.Sprintf(cibPath, run)
	}
	return e.hosts.each(func(h Host) (bool, error) {
		answer, err := cibAnswer(ctx, h)
		switch {
		case err != nil || !answer.Quorate:
			return false, cmp.Or(err, errNoQuorum)
		case answer.Claim == nil:
			return true, nil
		case answer.Claim.Run != run:
			return true, &HeldError{Claim: *answer.Claim, Where: e.Name()}
		}
		res, err := h.do(ctx, "", nil, "cibadmin", "-D", "--xpath", path)
		if err != nil {
			return false, err
		}
		// It ends with 0 whether there was something to delete or not.
		if answer, err = cibAnswer(ctx, h); err != nil || !answer.Quorate {
			return false, cmp.Or(err, errNoQuorum)
		}
		if answer.Claim != nil && answer.Claim.Run == run {
			return false, failed([]string{"cibadmin", "-D"}, res)
		}
		return true, nil
	})
}

// cibAnswer asks for the claim, and then whether there is a quorum behind the answer.
func cibAnswer(ctx context.Context, h Host) (Answer, error) {
	out, err := h.output(ctx, "", nil, "cibadmin", "-Q", "-o", "crm_config")
	if err != nil {
		return Answer{}, err
	}
	claim, err := parseCIB(out)
	if err != nil {
		return Answer{}, err
	}
	quorate, err := quorum(ctx, h)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Claim: claim, Quorate: quorate}, nil
}

func quorum(ctx context.Context, h Host) (bool, error) {
	argv := []string{"crm_node", "-q"}
	res, err := h.do(ctx, "", nil, argv...)
	if err != nil {
		return false, err
	}
	return parseQuorum(string(res.Stdout), failed(argv, res))
}

// parseQuorum reads crm_node -q: 1 or 0, with an exit status that says the same in
// some versions.
func parseQuorum(out string, otherwise error) (bool, error) {
	switch strings.TrimSpace(out) {
	case "1":
		return true, nil
	case "0":
		return false, nil
	}
	return false, otherwise
}

// crmConfig is what matters of cibadmin -Q -o crm_config.
type crmConfig struct {
	XMLName xml.Name `xml:"crm_config"`
	Sets    []struct {
		ID    string  `xml:"id,attr"`
		Pairs []pairs `xml:"nvpair"`
	} `xml:"cluster_property_set"`
}

type pairs struct {
	ID    string `xml:"id,attr"`
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

func parseCIB(out []byte) (*Claim, error) {
	var config crmConfig
	if err := xml.Unmarshal(out, &config); err != nil {
		return nil, fmt.Errorf("cannot understand cibadmin: %w", err)
	}
	for _, set := range config.Sets {
		if set.ID != cibID {
			continue
		}
		words := map[string]string{}
		for _, p := range set.Pairs {
			words[strings.TrimPrefix(p.Name, "umm-")] = p.Value
		}
		if words["run"] == "" {
			return nil, errors.New("the entry " + cibID + " names no run")
		}
		return claimOf(func(name string) string { return words[name] }), nil
	}
	return nil, nil
}

// cibEntry is the claim as Pacemaker keeps it.
func cibEntry(c Claim) string {
	var b bytes.Buffer
	b.WriteString(`<cluster_property_set id="` + cibID + `">`)
	for _, name := range claimWords {
		fmt.Fprintf(&b, `<nvpair id="%s-%s" name="umm-%s" value="`, cibID, name, name)
		// Into a buffer it cannot fail.
		_ = xml.EscapeText(&b, []byte(sanitize.Line(c.word(name))))
		b.WriteString(`"/>`)
	}
	b.WriteString(`</cluster_property_set>`)
	return b.String()
}
