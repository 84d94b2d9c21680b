package essential

import (
	"strings"

	"umm/internal/host/unitfile"
)

// lookup finds the line of the list that fits a unit: an exact name before a
// glob, the unit's own name before its aliases.
type lookup struct {
	tree  *unitfile.Tree
	exact map[string]int // index into List
	globs []glob
}

// glob is a pattern of the list that is not a plain name.
type glob struct {
	index   int    // into List
	literal string // what stands before the first special character
	pattern []string
}

func (g glob) match(name string) bool {
	return strings.HasPrefix(name, g.literal) && unitfile.Match(g.pattern, name)
}

const special = `*?[`

func isGlob(pattern string) bool { return strings.ContainsAny(pattern, special) }

func newLookup(t *unitfile.Tree) lookup {
	l := lookup{tree: t, exact: make(map[string]int, len(List))}
	for i, e := range List {
		if n := strings.IndexAny(e.Pattern, special); n >= 0 {
			l.globs = append(l.globs, glob{index: i, literal: e.Pattern[:n], pattern: []string{e.Pattern}})
		} else {
			l.exact[e.Pattern] = i
		}
	}
	return l
}

func (l lookup) find(name string) (Entry, bool) {
	if e, ok := l.findName(name); ok {
		return e, true
	}
	for _, alias := range l.tree.Aliases(name) {
		if e, ok := l.findName(alias); ok {
			return e, true
		}
	}
	return Entry{}, false
}

func (l lookup) findName(name string) (Entry, bool) {
	if i, ok := l.exact[name]; ok {
		return List[i], true
	}
	for _, g := range l.globs {
		if g.match(name) {
			return List[g.index], true
		}
	}
	return Entry{}, false
}
