package netplan

import (
	"slices"
	"strings"
)

// maxFlow bounds a value in brackets, in bytes.
const maxFlow = 4096

// add takes in one file and tells whether all of it was understood.
func (c *Config) add(data []byte) bool {
	clear := true
	own := file{Config: c, sections: map[string]string{}, seen: map[string]bool{}}
	defer own.close()
	var at place
	skip := -1 // column of a key whose block of text is passed over
	open := "" // a flow value that goes on over several lines
	for line := range strings.Lines(string(data)) {
		text := strings.TrimRight(stripComment(line), " \t\r\n")
		body := strings.TrimLeft(text, " ")
		indent := len(text) - len(body)
		if skip < 0 && open == "" && strings.HasPrefix(body, "\t") {
			return false // YAML knows no tabs there: netplan reads none of the file
		}
		if open != "" {
			if open += " " + body; len(open) > maxFlow {
				return false
			}
			if balanced(open) {
				clear = own.flow(at.keys, open) && clear
				open = ""
			}
			continue
		}
		if body == "" || body == "---" || body == "..." || skip >= 0 && indent > skip {
			continue
		}
		skip = -1
		if body[0] == '-' { // an item of a list: addresses, routes, members
			at.leave(indent + 1)
			own.item(at.keys, unquote(strings.TrimSpace(body[1:])))
			continue
		}
		at.leave(indent)
		key, value, ok := cutKey(body)
		if !ok {
			clear = false
			continue
		}
		at.enter(key, indent)
		switch {
		case value == "":
			own.define(at.keys)
		case strings.ContainsRune("|>", rune(value[0])):
			skip = indent
		case strings.ContainsRune("*&!", rune(value[0])):
			own.define(at.keys)
			clear = false
		case strings.ContainsRune("{[", rune(value[0])) && !balanced(value):
			open = value
		case value[0] == '{' || value[0] == '[':
			clear = own.flow(at.keys, value) && clear
		default:
			own.set(at.keys, unquote(value))
		}
	}
	return clear && open == ""
}

// file is one file on its way into a Config.
type file struct {
	*Config
	sections map[string]string // the renderers that whole sections name
	seen     map[string]bool   // devices that it defines
}

// close gives the file's devices the renderer of their section: it is for what stands
// beside it, not for other files.
func (c *file) close() {
	for name := range c.seen {
		if d := c.Devices[name]; d.Renderer == "" {
			d.Renderer = c.sections[d.Kind]
			c.Devices[name] = d
		}
	}
}

// item takes in one item of a list.
func (c *file) item(path []string, value string) {
	if len(path) != 4 || path[0] != "network" || path[3] != "addresses" {
		return
	}
	if d, ok := c.Devices[path[2]]; ok && path[1] == d.Kind {
		address, _, _ := strings.Cut(value, ":") // 192.0.2.1/24: {label: a}
		if strings.Count(value, ":") > 1 {
			address = strings.TrimSuffix(value, ":")
		}
		d.Addresses = append(d.Addresses, strings.Trim(address, `"' `))
		c.Devices[path[2]] = d
	}
}

// place is where a line stands: the keys above it and their columns.
type place struct {
	keys    []string
	columns []int
}

func (p *place) leave(column int) {
	for n := len(p.columns); n > 0 && p.columns[n-1] >= column; n-- {
		p.keys, p.columns = p.keys[:n-1], p.columns[:n-1]
	}
}

func (p *place) enter(key string, column int) {
	p.keys, p.columns = append(p.keys, key), append(p.columns, column)
}

// flow takes in a {key: value} written on one line. It understands one level of
// it, and tells whether something was left that could matter.
func (c *file) flow(at []string, value string) bool {
	c.define(at)
	if value[0] == '[' {
		for part := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
			if part = strings.TrimSpace(part); part != "" {
				c.item(at, unquote(part))
			}
		}
	}
	if value[0] != '{' || len(at) > 4 || len(at) == 4 && at[3] != "match" && at[3] != "openvswitch" {
		return true // nothing is read from here
	}
	if len(at) < 3 {
		return strings.TrimSpace(strings.Trim(value, "{}")) == ""
	}
	inner := strings.TrimSuffix(value[1:], "}")
	if strings.ContainsAny(inner, "{}[]") {
		return false
	}
	for part := range strings.SplitSeq(inner, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, v, ok := cutKey(part)
		if !ok {
			return false
		}
		c.set(append(slices.Clone(at), key), unquote(v))
	}
	return true
}

// balanced tells whether every bracket of a flow value is closed.
func balanced(s string) bool {
	return strings.Count(s, "{")+strings.Count(s, "[") <= strings.Count(s, "}")+strings.Count(s, "]")
}

// define notes that a device is there.
func (c *file) define(path []string) {
	if len(path) < 3 || path[0] != "network" || !slices.Contains(kinds, path[1]) || path[2] == "renderer" {
		return
	}
	d := c.Devices[path[2]]
	d.Kind = path[1]
	c.seen[path[2]] = true
	if len(path) > 3 && path[3] == "openvswitch" {
		d.OVS = true
	}
	c.Devices[path[2]] = d
}

// set takes in one scalar.
func (c *file) set(path []string, value string) {
	if path[0] != "network" {
		return
	}
	switch {
	case len(path) == 2 && path[1] == "renderer":
		c.Renderer = value
		return
	case len(path) == 3 && path[2] == "renderer":
		c.sections[path[1]] = value
		return
	}
	c.define(path)
	if len(path) < 4 {
		return
	}
	d, ok := c.Devices[path[2]]
	if !ok || path[1] != d.Kind {
		return
	}
	switch strings.Join(path[3:], "/") {
	case "renderer":
		d.Renderer = value
	case "match/name":
		d.Name = value
	case "match/macaddress":
		d.MAC = strings.ToLower(value)
	case "set-name":
		d.SetName = value
	case "openvswitch":
		d.OVS = true
	case "dhcp4":
		switch strings.ToLower(value) {
		case "yes", "true", "on", "y", "1":
			d.DHCP = true
		}
	}
	c.Devices[path[2]] = d
}

// cutKey splits "key: value".
func cutKey(body string) (key, value string, ok bool) {
	if body[0] == '"' || body[0] == '\'' {
		end := strings.IndexByte(body[1:], body[0])
		if end < 0 {
			return "", "", false
		}
		rest := strings.TrimLeft(body[end+2:], " ")
		if !strings.HasPrefix(rest, ":") {
			return "", "", false
		}
		return body[1 : end+1], strings.TrimSpace(rest[1:]), true
	}
	if before, found := strings.CutSuffix(body, ":"); found && !strings.Contains(before, ": ") {
		return strings.TrimSpace(before), "", before != ""
	}
	key, value, ok = strings.Cut(body, ": ")
	return strings.TrimSpace(key), strings.TrimSpace(value), ok && key != "" && body[0] != '{'
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// stripComment cuts a comment off a line: a # at its start or after a blank,
// outside of quotes.
func stripComment(line string) string {
	var quote byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			if i == 0 || line[i-1] == ' ' || line[i-1] == ':' || line[i-1] == '[' || line[i-1] == ',' || line[i-1] == '{' {
				quote = c
			}
		case c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return line[:i]
		}
	}
	return line
}
