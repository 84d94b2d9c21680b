package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"umm/internal/cluster/inventory"
	"umm/internal/diag"
)

// branch is a key with the keys below it.
type branch struct {
	key
	below []*branch
}

// tree is the table as the file is nested.
func tree() *branch {
	root := &branch{key: key{kind: group}}
	for _, k := range keys() {
		at := root
		words := strings.Split(strings.ReplaceAll(k.name, "[]", ""), ".")
		for _, w := range words[:len(words)-1] {
			at = at.child(w)
		}
		at.below = append(at.below, &branch{key: k})
	}
	return root
}

// last is the last word of the way to the key.
func (b *branch) last() string { return b.name[strings.LastIndexByte(b.name, '.')+1:] }

func (b *branch) child(word string) *branch {
	for _, c := range b.below {
		if c.last() == word || c.formerly != "" && c.formerly == word {
			return c
		}
	}
	return nil
}

func (b *branch) words() []string {
	words := make([]string, len(b.below))
	for i, c := range b.below {
		words[i] = c.last()
	}
	return words
}

// codec lets viper read the file by our table: viper's own decoder forgets lines,
// folds the case of keys, and takes any key and any type.
type codec struct {
	file, home string
	// lines are where each key stands: by "gate.samples", "hosts[0].name".
	lines    map[string]int
	problems Problems
	// notes are what is understood all the same.
	notes Problems
}

// Encode implements viper.Encoder.
func (c *codec) Encode(map[string]any) ([]byte, error) {
	return nil, errors.New("umm-cluster.yaml is never written")
}

// Decode implements viper.Decoder. What is wrong is in problems.
func (c *codec) Decode(data []byte, into map[string]any) error {
	c.lines = map[string]int{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if !errors.Is(err, io.EOF) {
			c.syntax(err)
		}
		return nil
	}
	if err := decoder.Decode(&more); err == nil {
		c.problem(more.Line, "", "there is a second document; all stands in the first")
	} else if !errors.Is(err, io.EOF) {
		c.syntax(err)
	}
	if top := doc.Content[0]; !null(top) {
		maps.Copy(into, c.mapping(tree(), top, ""))
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

func (c *codec) syntax(err error) {
	said, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := yamlLine.FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits, by the expression
		said = said[len(m[0]):]
	}
	c.problem(line, "", "is not YAML: %s", said)
}

func (c *codec) problem(line int, at, format string, args ...any) {
	c.problems = append(c.problems, diag.Problem{File: c.file, Line: line, Key: at, Text: fmt.Sprintf(format, args...)})
}

func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// odd says what of YAML is used that has no place here.
func odd(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return "anchors and aliases are not understood here"
	case n.Style&yaml.TaggedStyle != 0:
		return "tags are not understood here"
	}
	return ""
}

// mapping reads what stands below at.
func (c *codec) mapping(b *branch, n *yaml.Node, at string) map[string]any {
	if why := odd(n); why != "" {
		c.problem(n.Line, at, "%s", why)
		return nil
	}
	if i := slices.IndexFunc(b.below, func(k *branch) bool { return k.alone }); i >= 0 && n.Kind == yaml.ScalarNode && !null(n) {
		name := &yaml.Node{Kind: yaml.ScalarNode, Line: n.Line, Value: b.below[i].last()}
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Content: []*yaml.Node{name, n}}
	}
	if n.Kind != yaml.MappingNode {
		c.problem(n.Line, at, "is not a group of keys; there is %s", strings.Join(b.words(), ", "))
		return nil
	}
	values := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		child, word := b.child(name.Value), name.Value
		if child != nil {
			word = child.last()
		}
		way := strings.TrimPrefix(at+"."+word, ".")
		switch {
		case name.Kind != yaml.ScalarNode || odd(name) != "":
			c.problem(name.Line, at, "holds something that is no key")
			continue
		case child == nil:
			c.problem(name.Line, way, "is not a key that umm-cluster knows%s", inventory.Suggestion(name.Value, b.words()))
			continue
		case c.lines[way] != 0:
			c.problem(name.Line, way, "is there already, in line %d", c.lines[way])
			continue
		}
		c.lines[way] = name.Line
		if word != name.Value {
			c.notes = append(c.notes, diag.Problem{File: c.file, Line: name.Line, Key: name.Value, Text: "is called " + word + " now"})
		}
		if v := c.value(child, value, way); v != nil {
			values[word] = v
		}
	}
	return values
}

// value reads the value of a key; nil where there is none.
func (c *codec) value(b *branch, n *yaml.Node, at string) any {
	if why := odd(n); why != "" {
		c.problem(n.Line, at, "%s", why)
		return nil
	}
	switch {
	case b.kind.group:
		if null(n) {
			return nil
		}
		// An empty map would hide the defaults from viper.
		if m := c.mapping(b, n, at); len(m) > 0 {
			return m
		}
	case b.kind.fields:
		if null(n) {
			return nil
		}
		return c.items(b, n, at)
	case b.kind.list:
		return c.list(b.kind, n, at)
	default:
		if v, ok := c.scalar(b.kind, n, at); ok {
			return v
		}
	}
	return nil
}

// items reads a list of mappings, and gives each what holds where it says nothing.
func (c *codec) items(b *branch, n *yaml.Node, at string) any {
	if n.Kind != yaml.SequenceNode {
		c.problem(n.Line, at, "is not a list: each item begins with a dash")
		return nil
	}
	items := []any{}
	for i, item := range n.Content {
		way := fmt.Sprintf("%s[%d]", at, i)
		c.lines[way] = item.Line
		values := c.mapping(b, item, way)
		if values == nil {
			continue
		}
		for _, f := range b.below {
			if _, there := values[f.last()]; there {
				continue
			}
			if f.need && c.lines[way+"."+f.last()] == 0 {
				c.problem(item.Line, way, "has no %s", f.last())
			}
			if f.usual != nil {
				values[f.last()] = f.usual
			}
		}
		items = append(items, values)
	}
	return items
}

func (c *codec) list(k kind, n *yaml.Node, at string) any {
	if n.Kind != yaml.SequenceNode {
		if k.twice {
			c.problem(n.Line, at, "is not %s", k.what)
		} else {
			c.problem(n.Line, at, "is not a list: write [%s]", shown(n))
		}
		return nil
	}
	values := []any{}
	for i, item := range n.Content {
		v, ok := c.scalar(k, item, at)
		switch {
		case !ok:
		case !k.twice && slices.Contains(values, v):
			c.problem(item.Line, at, "holds %s twice", shown(item))
		case k.twice && i == 0 && v == "":
			c.problem(item.Line, at, "has no program: its first word is empty")
		default:
			values = append(values, v)
		}
	}
	if k.twice && len(n.Content) == 0 {
		c.problem(n.Line, at, "is not %s", k.what)
	}
	return values
}

func (c *codec) scalar(k kind, n *yaml.Node, at string) (any, bool) {
	if why := odd(n); why != "" {
		c.problem(n.Line, at, "%s", why)
		return nil, false
	}
	if null(n) {
		c.problem(n.Line, at, "has no value; it is %s", k.what)
		return nil, false
	}
	if n.Kind == yaml.ScalarNode {
		if v, ok := k.scalar(n.Value, c.home); ok {
			return v, true
		}
	}
	if k.secret {
		c.problem(n.Line, at, "is not %s", k.what)
	} else {
		c.problem(n.Line, at, "is %s, not %s", shown(n), k.what)
	}
	return nil, false
}

// shown is a value as a message shows it.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	return brief(n.Value)
}

func brief(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	if plain(text) && !strings.ContainsAny(text, " \"") {
		return text
	}
	return strconv.Quote(text)
}
