package config

import (
	"cmp"
	"fmt"
	"strings"
)

// Doc is one key for the man page.
type Doc struct{ Name, Help string }

// Docs are all keys, as the man page has them.
func Docs() []Doc {
	var docs []Doc
	for _, k := range keys() {
		if k.help == "" {
			continue
		}
		help := k.help
		switch {
		case k.need:
			help += " It is needed."
		case k.kind.group:
		default:
			help += "\nDefault: " + k.standard() + "."
		}
		if w := k.kind.what; strings.HasPrefix(w, "a number") || strings.HasPrefix(w, "a time") || strings.HasPrefix(w, "0 or") {
			help += " It is " + w + "."
		} else if k.kind.scalar != nil && !k.kind.list && strings.Contains(w, " or ") && !strings.Contains(w, "path") {
			help += " It is " + w + "."
		}
		docs = append(docs, Doc{Name: k.name, Help: help})
	}
	return docs
}

// standard is what holds where nothing is written, in words.
func (k key) standard() string {
	switch v := seen(k.usual).(type) {
	case nil:
		return cmp.Or(k.usually, "none")
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// Example is the file that packages install: every key with its help and an example,
// all commented out. Prose begins with ##, what can be put in force with #.
func Example() string {
	var b strings.Builder
	prose(&b, "", Help+"\n\nTo use a line, remove the # before it and before those that it stands below.")
	for _, c := range tree().below {
		b.WriteString("\n")
		c.example(&b, "")
	}
	return b.String()
}

func prose(b *strings.Builder, indent, text string) {
	for _, line := range strings.Split(text, "\n") {
		fmt.Fprintln(b, strings.TrimRight("##"+indent+" "+line, " "))
	}
}

func (b *branch) example(out *strings.Builder, indent string) {
	if b.help != "" {
		help := b.help
		if !b.kind.group {
			help += " Default: " + b.standard() + "."
		}
		prose(out, indent, help)
	}
	switch {
	case b.kind.group:
		fmt.Fprintf(out, "#%s%s:\n", indent, b.last())
		for _, c := range b.below {
			c.example(out, indent+"  ")
		}
	case b.kind.fields:
		for _, c := range b.below {
			prose(out, indent, "  "+c.last()+": "+strings.ReplaceAll(c.help, "\n", "\n    ")+c.ending())
		}
		fmt.Fprintf(out, "#%s%s:\n", indent, b.last())
		for _, line := range strings.Split(strings.TrimPrefix(b.key.example, "\n"), "\n") {
			fmt.Fprintf(out, "#%s  %s\n", indent, line)
		}
	default:
		fmt.Fprintf(out, "#%s%s: %s\n", indent, b.last(), cmp.Or(b.key.example, fmt.Sprint(seen(b.usual))))
	}
}

// ending tells of a field what holds without it.
func (b *branch) ending() string {
	switch {
	case b.need:
		return " Needed."
	case b.usual != nil || b.usually != "":
		return " Default: " + b.standard() + "."
	}
	return ""
}
