package matcher

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Matcher{
		`instance="{host}:9100"`:    {Label: "instance", Equal: true, Value: "n1.example:9100"},
		` node = {host} `:           {Label: "node", Equal: true, Value: "n1.example"},
		`team!="db \"a\\b\""`:       {Label: "team", Value: `db "a\b"`},
		Default:                     {Label: "instance", Equal: true, Regexp: true, Value: `(n1\.example|192\.0\.2\.1)(:[0-9]+)?`},
		`severity!~info|none`:       {Label: "severity", Regexp: true, Value: "info|none"},
		`instance=~"{host}:\\d{4}"`: {Label: "instance", Equal: true, Regexp: true, Value: `n1\.example:\d{4}`},
	} {
		m, err := Parse(text)
		if got := m.Of("n1.example", "192.0.2.1"); got != want || err != nil {
			t.Errorf("%s is %+v, want %+v (%v)", text, got, want, err)
		}
	}
	for text, why := range map[string]string{
		"": "is no matcher", "instance": "is no matcher", `a-b="c"`: "is no matcher", `a="b`: "is no matcher", `a="b" c="d"`: "is no matcher", `a==b`: "", `a=b c`: "is no matcher",
		`a="{hots}"`: "the places are {host} and {address}", `a=~"("`: "missing closing )", `a=~"{host"`: "",
	} {
		if _, err := Parse(text); why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: %v, want %q", text, err, why)
		}
	}
}

func TestNamesHost(t *testing.T) {
	for texts, want := range map[string]bool{
		Default: true, `team="db",node="{address}"`: true, `team="db"`: false, `instance!="{host}"`: false, "": false,
	} {
		var all []Matcher
		for _, text := range strings.Split(texts, ",") {
			if text != "" {
				m, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, m)
			}
		}
		if NamesHost(all) != want {
			t.Errorf("%s means one host: %v", texts, !want)
		}
	}
}
