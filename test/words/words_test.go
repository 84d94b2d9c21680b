// Package words holds the glossary: the words that it does not use stand in no text that
// people read, and name nothing.
package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root     = "../.."
	glossary = "docs/glossary.md"
)

// names are words that say nothing of what a package, a file or a type holds, or are used
// for too many things.
var names = regexp.MustCompile(`(?i)^(sight|stay|word|whole|near|glance|goon|over|say|usual|kept|volatile|wire|reach|output|lease)$`)

// interfaceName is a field of the log of runs, which scripts may read.
const interfaceName = `"predicate"`

// exempt are files whose words are not ours to choose: what was published, and the glossary.
var exempt = []string{glossary, "CHANGELOG.md"}

// unused is what the glossary's last table has in its last column.
func unused(t *testing.T) []*regexp.Regexp {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, glossary))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(data), "\n## Words that are not used\n")
	var all []*regexp.Regexp
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && !strings.HasPrefix(cells[1], "--") && strings.TrimSpace(cells[3]) != "not" {
			all = append(all, regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(strings.TrimSpace(cells[3]))+`(s|ed|ing)?\b`))
		}
	}
	if !found || len(all) < 5 {
		t.Fatalf("%s has %d words that are not used", glossary, len(all))
	}
	return all
}

// files are those of the repository with one of the endings, by their names below its root.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "build", "dist", "testdata", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		name, err := filepath.Rel(root, path)
		if slices.Contains(endings, filepath.Ext(path)) && !slices.Contains(exempt, name) {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDocuments(t *testing.T) {
	words := unused(t)
	for _, file := range files(t, ".md", ".8", ".5", ".yaml", ".service", ".target", ".timer", ".conf") {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			for _, w := range words {
				if found := w.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: %s", file, n, found, strings.TrimSpace(line))
				}
			}
		}
	}
}

// Strings and comments of the programs.
func TestProgramTexts(t *testing.T) {
	words := unused(t)
	for _, file := range programs(t) {
		set, parsed := parse(t, file)
		check := func(at token.Pos, text string) {
			for _, w := range words {
				if found := w.FindString(text); found != "" && text != interfaceName {
					t.Errorf("%s:%d: %q: %s", file, set.Position(at).Line, found, strings.Join(strings.Fields(text), " "))
				}
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				check(text.Pos(), text.Value)
			}
			return true
		})
		for _, c := range parsed.Comments {
			check(c.Pos(), c.Text())
		}
	}
}

func TestNames(t *testing.T) {
	for _, file := range programs(t) {
		base := strings.TrimSuffix(filepath.Base(file), ".go")
		if names.MatchString(base) && !strings.HasPrefix(file, "internal/cli/nodecli/") { // a command a file: umm output
			t.Errorf("%s: the name says nothing of what is in it", file)
		}
		set, parsed := parse(t, file)
		if names.MatchString(parsed.Name.Name) {
			t.Errorf("%s: package %s", file, parsed.Name.Name)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && names.MatchString(s.Name.Name) {
				t.Errorf("%s:%d: type %s", file, set.Position(s.Pos()).Line, s.Name.Name)
			}
			return true
		})
	}
}

// programs are the source files that are linked into a program.
func programs(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(files(t, ".go"), func(file string) bool {
		return strings.HasSuffix(file, "_test.go") || !strings.HasPrefix(file, "internal/") && !strings.HasPrefix(file, "cmd/")
	})
}

func parse(t *testing.T, file string) (*token.FileSet, *ast.File) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, filepath.Join(root, file), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return set, parsed
}
