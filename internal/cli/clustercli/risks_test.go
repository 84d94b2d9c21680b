package clustercli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What the hosts would refuse is found before anything is asked of them, and so is a risk
// that there is none of.
func TestWhatHostsWouldRefuseIsFoundFirst(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "umm-cluster.yaml")
	if err := os.WriteFile(conf, []byte("hosts:\n- name: n1\nchecks:\n- name: shop\n  check: [\"true\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"roll", "--reason", strings.Repeat("x", 2001)}, "--reason has 2001 bytes"},
		{[]string{"roll", "--reason", "\xff"}, "UTF-8"},
		{[]string{"roll", "--", "echo", strings.Repeat("x", 17<<10)}, "16384 fit"},
		{[]string{"on", "n1", "--", "echo", "\xff"}, "UTF-8"},
		{[]string{"roll", "--", ""}, "COMMAND is empty"},
		{[]string{"plan", "--", "\xff"}, "UTF-8"},
		{[]string{"roll", "--accept-risk=typo", "--reason=x"}, `invalid --accept-risk "typo": use alerts-firing, alerts-unknown, ceph-daemon-down, `},
		{[]string{"roll", "--accept-risk=service-stop", "--reason=x"}, `invalid --accept-risk "service-stop"`},
		{[]string{"roll", "--accept-risk=check-", "--reason=x"}, `invalid --accept-risk "check-"`},
		{[]string{"roll", "--accept-risk=check-other", "--reason=x"}, "the configuration has no such check"},
		{[]string{"up", "--accept-risk=full-resync", "--reason=x"}, `invalid --accept-risk "full-resync": use missing-member`},
		{[]string{"unlock", "--accept-risk=break-look", "--reason=x"}, "use break-lock"},
	} {
		x := try(t)
		if code := x.cluster(append([]string{"--config", conf}, c.args...)...); code != int(Usage) || !strings.Contains(x.stderr.String(), c.want) {
			t.Errorf("umm-cluster %.80q ended with %d and said %.200s, want %q", c.args, code, x.stderr, c.want)
		}
	}
}

// Every risk that a service names can be accepted, and stands in the manual.
func TestRisksOfServicesAreKnown(t *testing.T) {
	names := append(risksInSource(t, "../../cluster/service"), risksInSource(t, "../../cluster/alerts")...)
	if len(names) < 20 {
		t.Fatalf("the services name %q", names)
	}
	known := riskFlags{known: slices.Concat(risksOfRun, risksOfUp)}
	page := risksHelp()
	for _, name := range names {
		if strings.HasSuffix(name, "-") {
			name += "NAME"
		}
		if !known.knows(name) || !strings.Contains(page, "  "+name+" ") {
			t.Errorf("%s is named by a service, and stands in no list", name)
		}
	}
	for _, k := range known.known {
		if name := strings.TrimSuffix(k.name, "NAME"); !slices.Contains(names, name) {
			t.Errorf("%s is named by no service", name)
		}
	}
}

// risksInSource are the values of constants named risk..., what is assigned to a field Risk,
// and what RabbitMQ's say is given for it.
func risksInSource(t *testing.T, root string) []string {
	t.Helper()
	found := map[string]bool{}
	add := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && regexp.MustCompile(`^[a-z-]+$`).MatchString(text) {
					found[text] = true
				}
			}
			return true
		})
	}
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if strings.HasPrefix(strings.ToLower(name.Name), "risk") && i < len(n.Values) {
						add(n.Values[i])
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Risk" && i < len(n.Rhs) {
						add(n.Rhs[i])
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Risk" {
					add(n.Value)
				}
			case *ast.CallExpr:
				if of, ok := n.Fun.(*ast.Ident); ok && of.Name == "say" && len(n.Args) == 5 {
					add(n.Args[1])
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
