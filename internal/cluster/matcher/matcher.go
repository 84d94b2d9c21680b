// Package matcher reads conditions on the labels of alerts, as Prometheus's Alertmanager has
// them, with places for a host. It is pure.
package matcher

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Default is that of a host whose targets are named by its name or its address, as
// Prometheus does by default: "n1:9100".
const Default = `instance=~"({host}|{address})(:[0-9]+)?"`

// Matcher is one condition on an alert's labels, with places for the host's name and address.
type Matcher struct {
	Label string
	// Equal: the value has to match, else it must not. Regexp: the value is a regular
	// expression for all of the label.
	Equal, Regexp bool
	Value         string
}

var matcherPattern = regexp.MustCompile(`^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s]*))\s*$`)

// Parse reads a condition as amtool takes it: LABEL=VALUE, LABEL!=VALUE, LABEL=~VALUE,
// LABEL!~VALUE, with or without quotes around the value. In it {host} and {address} stand for
// those of the host.
func Parse(text string) (Matcher, error) {
	p := matcherPattern.FindStringSubmatch(text)
	if p == nil {
		return Matcher{}, fmt.Errorf(`%q is no matcher: write LABEL="VALUE", LABEL!="VALUE", LABEL=~"REGEXP" or LABEL!~"REGEXP"`, text)
	}
	m := Matcher{Label: p[1], Equal: p[2][0] == '=', Regexp: strings.HasSuffix(p[2], "~"), Value: p[3] + p[4]}
	if strings.Contains(text, `"`) {
		m.Value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m.Value)
	}
	if rest := strings.NewReplacer("{host}", "", "{address}", "").Replace(m.Value); !m.Regexp && strings.ContainsAny(rest, "{}") {
		return Matcher{}, fmt.Errorf("%q: the places are {host} and {address}", text)
	}
	if m.Regexp {
		if _, err := regexp.Compile(m.Of("n1", "192.0.2.1").Value); err != nil {
			return Matcher{}, fmt.Errorf("%q: %w", text, err)
		}
	}
	return m, nil
}

// Matches tells whether an alert's labels are so. A label that is not there is empty.
func (m Matcher) Matches(labels map[string]string) bool {
	value := labels[m.Label]
	if !m.Regexp {
		return (value == m.Value) == m.Equal
	}
	re, err := regexp.Compile("^(?:" + m.Value + ")$")
	return err == nil && re.MatchString(value) == m.Equal
}

// Of is the matcher of one host. A name in a regular expression means itself.
func (m Matcher) Of(host, address string) Matcher {
	if m.Regexp {
		host, address = regexp.QuoteMeta(host), regexp.QuoteMeta(address)
	}
	m.Value = strings.NewReplacer("{host}", host, "{address}", address).Replace(m.Value)
	return m
}

// namesHost tells whether a matcher is of one host alone: without one all alerts would be quiet.
func (m Matcher) namesHost() bool {
	return m.Equal && (strings.Contains(m.Value, "{host}") || strings.Contains(m.Value, "{address}"))
}

// NamesHost tells whether the matchers together mean one host.
func NamesHost(matchers []Matcher) bool {
	return slices.ContainsFunc(matchers, Matcher.namesHost)
}
