package jobfile

import (
	"path"
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

// assignment is the variable that a line gives a value, and that, without its quotes. No
// regular expression: they would make the program of the boot path a tenth larger.
func assignment(line string) (name, value string, found bool) {
	line = strings.TrimLeft(line, " \t")
	if rest, is := strings.CutPrefix(line, "export"); is && strings.TrimLeft(rest, " \t") != rest {
		line = strings.TrimLeft(rest, " \t")
	}
	name, rest, found := strings.Cut(line, "=")
	if !found || name == "" || nameLen(name) != len(name) {
		return "", "", false
	}
	for _, quote := range []string{`"`, "'"} {
		if quoted, is := strings.CutPrefix(rest, quote); is {
			if value, _, closed := strings.Cut(quoted, quote); closed {
				return name, value, true
			}
		}
	}
	if end := strings.IndexAny(rest, " \t\r\n;&|"); end >= 0 {
		rest = rest[:end]
	}
	return name, strings.Trim(rest, `"'`), true
}

// pidFiles are the words of a script that name a file with the ID of a process.
func pidFiles(text string) []string {
	const suffix = ".pid"
	var files []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\"';&|)", r) }) {
		at := strings.Index(word, "/var/run/")
		if at < 0 {
			at = strings.Index(word, "/run/")
		}
		end := strings.LastIndex(word, suffix)
		if at < 0 || end < at {
			continue
		}
		if end += len(suffix); nameLen(word[end:]) == 0 && !strings.ContainsAny(word[end:min(end+1, len(word))], "0123456789") {
			files = append(files, word[at:end])
		}
	}
	return files
}

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
	for line := range strings.Lines(text) {
		name, value, found := assignment(line)
		if !found {
			continue
		}
		value, complete := expand(value, values)
		if !complete {
			continue
		}
		values[name] = value
		switch {
		case !strings.HasPrefix(value, "/"):
		case strings.HasSuffix(value, ".pid") || strings.Contains(strings.ToLower(name), "pidfile"):
			add(&traces.PIDFiles, value)
		case t.isProgram(value):
			add(&traces.Programs, value)
		}
	}
	for _, word := range pidFiles(text) {
		if value, complete := expand(word, values); complete {
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
// variable, makes it incomplete.
func expand(text string, values map[string]string) (value string, complete bool) {
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
