package silence

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/matcher"
	"umm/internal/cluster/webapi"
)

// Alertmanager silences hosts by Alertmanager's API, version 2 (from Alertmanager 0.16 on).
type Alertmanager struct {
	// Place is how the configuration calls it.
	Place string
	// URL is where it is, "http://192.0.2.5:9093", perhaps with a user and a password; a
	// secret.
	URL      string
	Matchers []matcher.Matcher
	// Address is the address of a host.
	Address func(host string) string
	Client  *http.Client
}

// posted is a silence as it is sent, listed as it comes back.
type posted struct {
	ID        string          `json:"id,omitempty"`
	Matchers  []postedMatcher `json:"matchers"`
	StartsAt  time.Time       `json:"startsAt"`
	EndsAt    time.Time       `json:"endsAt"`
	CreatedBy string          `json:"createdBy"`
	Comment   string          `json:"comment"`
}

type postedMatcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	// IsEqual is not told by Alertmanager before 0.22, where it is always true.
	IsEqual *bool `json:"isEqual,omitempty"`
}

func (m postedMatcher) equals(other postedMatcher) bool {
	equal := func(m postedMatcher) bool { return m.IsEqual == nil || *m.IsEqual }
	return m.Name == other.Name && m.Value == other.Value && m.IsRegex == other.IsRegex && equal(m) == equal(other)
}

type listed struct {
	posted
	Status struct {
		State string `json:"state"`
	} `json:"status"`
}

// Name implements Target.
func (a Alertmanager) Name() string { return a.Place }

// Silence implements Target.
func (a Alertmanager) Silence(ctx context.Context, host, run, reason string, until time.Time) error {
	own, err := a.own(ctx, host, run)
	if err != nil {
		return err
	}
	s := posted{Matchers: a.matchersOf(host), StartsAt: time.Now().UTC(), CreatedBy: createdBy(run), Comment: said(host, run, reason)}
	if len(own) > 0 {
		// The same silence goes on, where nothing but its end differs.
		s = own[0].posted
	}
	s.EndsAt = until.UTC()
	_, err = a.do(ctx, http.MethodPost, "/api/v2/silences", s)
	return err
}

// End implements Target.
func (a Alertmanager) End(ctx context.Context, host, run string) error {
	own, err := a.own(ctx, host, run)
	if err != nil {
		return err
	}
	for _, s := range own {
		if _, err := a.do(ctx, http.MethodDelete, "/api/v2/silence/"+url.PathEscape(s.ID), nil); err != nil {
			return err
		}
	}
	return nil
}

func createdBy(run string) string { return "umm-cluster " + run }

func (a Alertmanager) matchersOf(host string) []postedMatcher {
	var all []postedMatcher
	for _, m := range a.Matchers {
		m = m.Of(host, a.Address(host))
		all = append(all, postedMatcher{Name: m.Label, Value: m.Value, IsRegex: m.Regexp, IsEqual: &m.Equal})
	}
	return all
}

// own are the silences in force of a run for a host.
func (a Alertmanager) own(ctx context.Context, host, run string) ([]listed, error) {
	data, err := a.do(ctx, http.MethodGet, "/api/v2/silences", nil)
	if err != nil {
		return nil, err
	}
	var all []listed
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("it lists its silences in another way than Alertmanager does: %w", err)
	}
	wanted := a.matchersOf(host)
	return slices.DeleteFunc(all, func(s listed) bool {
		return s.CreatedBy != createdBy(run) || s.Status.State == "expired" || !sameMatchers(s.Matchers, wanted)
	}), nil
}

// sameMatchers compares without their order, which Alertmanager changes.
func sameMatchers(a, b []postedMatcher) bool {
	if len(a) != len(b) {
		return false
	}
	for _, m := range a {
		if !slices.ContainsFunc(b, m.equals) {
			return false
		}
	}
	return true
}

func (a Alertmanager) do(ctx context.Context, method, path string, document any) ([]byte, error) {
	return webapi.Ask(ctx, a.Client, method, strings.TrimSuffix(a.URL, "/")+path, document, nil)
}
