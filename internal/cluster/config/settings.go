package config

import (
	"fmt"
	"strings"
	"time"
)

// Setting is one value that is in force.
type Setting struct {
	// Key is the way to it, "hosts[0].name".
	Key string `json:"key"`
	// Value is a text, a number, or a list of texts; times are texts, what must not
	// be seen is hidden, and where nothing is said it is nil.
	Value any `json:"value"`
	// Usually says what holds where there is no value.
	Usually string `json:"usually,omitempty"`
	// From is "default", "FILE:LINE", the variable of the environment, or the flag as it was
	// typed.
	From string `json:"from"`
}

// Text is the value for people.
func (s Setting) Text() string {
	switch v := s.Value.(type) {
	case nil:
		if s.Usually != "" {
			return "(" + s.Usually + ")"
		}
		return "(none)"
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// Settings are all values in force, in the order of the table. Of the items of
// lists only what was written is there.
func (c Config) Settings() []Setting { return c.settings }

// settings goes through the table. get is what is in force for a key, from where a
// value is from.
func settings(table []key, get func(string) any, from func(string) string) []Setting {
	var all []Setting
	for _, k := range table {
		switch value := get(k.name); {
		case strings.Contains(k.name, "[]") || k.kind.group:
		case k.kind.fields:
			items, _ := value.([]any)
			if len(items) == 0 {
				all = append(all, Setting{Key: k.name, Usually: k.usually, From: from(k.name)})
			}
			for i, item := range items {
				all = append(all, itemSettings(table, k.name, i, item, from)...)
			}
		default:
			all = append(all, Setting{Key: k.name, Value: seen(value), Usually: k.usually, From: from(k.name)})
		}
	}
	return all
}

func itemSettings(table []key, list string, i int, item any, from func(string) string) []Setting {
	values, _ := item.(map[string]any)
	var all []Setting
	for _, k := range table {
		field, ok := strings.CutPrefix(k.name, list+"[].")
		if !ok {
			continue
		}
		if v, there := values[field]; there {
			at := fmt.Sprintf("%s[%d].%s", list, i, field)
			all = append(all, Setting{Key: at, Value: seen(v), From: from(at)})
		}
	}
	return all
}

// seen is a value as it is shown.
func seen(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return Time(v)
	case Secret:
		return v.String()
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = fmt.Sprint(w)
		}
		return words
	}
	return v
}
