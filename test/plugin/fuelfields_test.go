package plugin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"umm/internal/host/config/policy"
)

var fieldRules = []rule{
	{"metadata has the group general, and a label, a whole weight, nothing that 8.0 does not know", func(p fuelPlugin, _ string) []string {
		for name := range p.group {
			if !slices.Contains([]string{"group", "label", "weight", "toggleable", "enabled", "restrictions"}, name) {
				return []string{name}
			}
		}
		_, weighs := p.group["weight"].(int)
		return unless(p.group["group"] == "general" && p.group["label"] != "" && weighs, fmt.Sprint(p.group))
	}},
	eachField("the type is one that 8.0 knows: checkbox, text, password, select, radio", func(f field, _ string) bool {
		return slices.Contains([]string{"checkbox", "text", "password", "select", "radio"}, f.Type)
	}),
	eachField("there are a label, a description that is a sentence, and a whole weight", func(f field, _ string) bool {
		_, weighs := f.Weight.(int)
		return f.Label != "" && strings.Contains(f.Description, " ") && weighs
	}),
	eachField("the value is a text, or a bool in a checkbox: numbers are refused", func(f field, _ string) bool {
		_, truth := f.Value.(bool)
		_, text := f.Value.(string)
		return f.Type == "checkbox" && truth || f.Type != "checkbox" && text
	}),
	eachField("a text has a regex from its beginning to its end, with an error, and its own value fits", func(f field, _ string) bool {
		if f.Type != "text" {
			return f.Regex == nil
		}
		if f.Regex == nil || f.Regex.Error == "" || !strings.HasPrefix(f.Regex.Source, "^") || !strings.HasSuffix(f.Regex.Source, "$") {
			return false
		}
		re, err := regexp.Compile(f.Regex.Source)
		return err == nil && re.MatchString(fmt.Sprint(f.Value))
	}),
	eachField("a regex has no group but ( ), and nothing that Python and JavaScript read differently", func(f field, _ string) bool {
		return f.Regex == nil || !strings.Contains(f.Regex.Source, "(?") && !strings.Contains(f.Regex.Source, `\`)
	}),
	eachField("a choice has values with data and a label, and its value is one of them", func(f field, _ string) bool {
		if f.Type != "radio" && f.Type != "select" {
			return f.Values == nil
		}
		found := false
		for _, v := range f.Values {
			found = found || v["data"] == f.Value
			if v["data"] == "" || v["label"] == "" {
				return false
			}
		}
		return found
	}),
	eachField("no field has both a regex and restrictions: the UI of 8.0 saves a bad value then, and Nailgun 8.0 refuses every change from there on", func(f field, _ string) bool {
		return f.Regex == nil || f.Restricted == nil
	}),
	eachField("a choice that does not apply without maintenance mode is greyed out then", func(f field, _ string) bool {
		if f.Type != "radio" && f.Type != "select" {
			return f.Restricted == nil
		}
		return len(f.Restricted) == 1 && f.Restricted[0].Condition == "settings:umm.maintenance.value == false" && f.Restricted[0].Action == "disable"
	}),
	eachField("no checkbox is greyed out: 9.2 refuses to save it while it is ticked", func(f field, _ string) bool {
		return f.Type != "checkbox" || f.Restricted == nil
	}),
	{"a condition names settings:PLUGIN.FIELD.value of a field that is there", func(p fuelPlugin, _ string) []string {
		var bad []string
		for name, f := range p.fields {
			for _, r := range f.Restricted {
				m := regexp.MustCompile(`^settings:umm\.(\w+)\.value == (true|false)$`).FindStringSubmatch(r.Condition)
				bad = append(bad, unless(m != nil && p.fields[m[1]].Type == "checkbox", name+": "+r.Condition)...)
			}
		}
		return bad
	}},
}

func eachField(words string, kept func(field, string) bool) rule {
	return rule{words, func(p fuelPlugin, _ string) []string {
		var bad []string
		for name, f := range p.fields {
			bad = append(bad, unless(kept(f, name), name)...)
		}
		return bad
	}}
}

// What the settings can be is what umm understands.
func TestFuelSettingsAreThoseOfTheConfiguration(t *testing.T) {
	p, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	usual := policy.Default()
	for name, want := range map[string]string{
		"maintenance": "true", "reboot_count": fmt.Sprint(usual.RebootCount), "counter_reset_time": fmt.Sprint(int(usual.HealthyAfter.Minutes())),
		"keep_units": "", "catch_emergency": map[bool]string{true: "yes", false: "no"}[usual.CatchEmergency],
	} {
		if got := fmt.Sprint(p.fields[name].Value); got != want {
			t.Errorf("%s is %s to begin with, and umm's default is %s", name, got, want)
		}
	}
	if len(p.fields) != 5 {
		t.Errorf("there are %d fields", len(p.fields))
	}
	key := map[string]string{"reboot_count": policy.KeyRebootCount, "counter_reset_time": policy.KeyHealthyAfter, "keep_units": policy.KeyKeepUnits}
	for name, values := range map[string]map[string]bool{
		"reboot_count":       {"1": true, "2": true, "999": true, "0": false, "": false, "1000": false, "02": false, "-1": false, "2 ": false, "two": false, "1.5": false},
		"counter_reset_time": {"1": true, "10": true, "9999": true, "0": false, "": false, "10000": false, "10m": false},
		"keep_units": {"": true, "a": true, "zabbix-agent.service": true, "lldpd.service getty@tty1.service": true, "ceph-*": true, "a  b": false, " a": false, "a ": false,
			"-a": false, ".a": false, "a/b": false, "a\"": false, "a;b": false, "$x": false, "a'b": false, "a\nb": false, "a\\b": false},
	} {
		source := p.fields[name].Regex
		for value, want := range values {
			if got := regexp.MustCompile(source.Source).MatchString(value); got != want {
				t.Errorf("%s may be %q: %v, want %v", name, value, got, want)
			}
			if _, problems := policy.Parse("umm.conf", []byte(key[name]+"=\""+value+"\"\n")); want && len(problems) > 0 {
				t.Errorf("%s may be %q, of which umm says %v", name, value, problems)
			}
		}
	}
}
