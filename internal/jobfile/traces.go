package jobfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// answersStatus looks for a branch "status)" in the script, as service(8) does.
func answersStatus(text string) bool {
	for l := range strings.Lines(text) {
		for rest, found := l, true; found; {
			var before string
			before, rest, found = strings.Cut(rest, "status")
			if !found || before != "" && nameLen(before[len(before)-1:]) == 1 {
				continue
			}
			if tail := strings.TrimLeft(rest, " \t\""); strings.HasPrefix(tail, ")") || strings.HasPrefix(tail, "|") && strings.Contains(tail, ")") {
				return true
			}
		}
	}
	return false
}

// Traces are what tells that the service of an init script runs where the script itself
// cannot: the files that hold the IDs of its processes, and its programs, as far as the
// script, or its file in /etc/default, names them.
type Traces struct{ PIDFiles, Programs []string }

const (
	assignments = `(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=("[^"\n]*"|'[^'\n]*'|[^\s;&|]*)`
	pidFiles    = `/(?:var/)?run/[^\s"';&|)]*\.pid\b`
)

// Traces reads them; what a variable of the script is said to be by either file is one of
// them.
func (t *Tree) Traces(script string) Traces {
	var text string
	for _, file := range []string{path.Join(scriptDir, script), path.Join("/etc/default", strings.TrimSuffix(script, ".sh"))} {
		if data, err := t.fs.ReadFile(file); err == nil {
			text += string(data) + "\n"
		}
	}
	var traces Traces
	values := map[string]string{"0": path.Join(scriptDir, script)}
	add := func(list *[]string, value string) {
		if !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	for _, m := range regexp.MustCompile(assignments).FindAllStringSubmatch(text, -1) {
		value, whole := expand(strings.Trim(m[2], `"'`), values)
		if !whole {
			continue
		}
		values[m[1]] = value
		switch {
		case !strings.HasPrefix(value, "/"):
		case strings.HasSuffix(value, ".pid") || strings.Contains(strings.ToLower(m[1]), "pidfile"):
			add(&traces.PIDFiles, value)
		case t.isProgram(value):
			add(&traces.Programs, value)
		}
	}
	for _, word := range regexp.MustCompile(pidFiles).FindAllString(text, -1) {
		if value, whole := expand(word, values); whole {
			add(&traces.PIDFiles, value)
		}
	}
	return traces
}

func (t *Tree) isProgram(file string) bool {
	info, err := t.fs.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// expand puts values in the place of variables. What is not known, or is more than a
// variable, makes it no whole.
func expand(text string, values map[string]string) (value string, whole bool) {
	var b strings.Builder
	for strings.Contains(text, "$") {
		literal, key, rest := nextVariable(text)
		known, ok := values[key]
		if !ok {
			return "", false
		}
		b.WriteString(literal + known)
		text = rest
	}
	b.WriteString(text)
	return b.String(), !strings.ContainsAny(b.String(), "`*?")
}
