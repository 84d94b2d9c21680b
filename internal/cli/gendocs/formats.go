package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// documented are the packages whose types are stored or printed as JSON.
var documented = []string{"internal/api", "internal/host/mode", "internal/cluster/run", "internal/cluster/service", "internal/cluster/lock"}

// generated is a place in docs/formats.md that is made from the source: the tables of a type,
// and of those that it is made of and that stand nowhere before it.
var generated = regexp.MustCompile(`(?s)(<!-- type ([a-z]+\.[A-Z]\w*) -->\n).*?(<!-- end -->)`)

// formats updates the tables of the file from the comments of the types below root.
func formats(root, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s := source{types: map[string]*ast.TypeSpec{}, docs: map[string]string{}, values: map[string][]string{}, told: map[string]bool{}}
	for _, dir := range documented {
		if err := s.read(filepath.Join(root, dir), path.Base(dir)); err != nil {
			return err
		}
	}
	out := generated.ReplaceAllStringFunc(string(text), func(place string) string {
		m := generated.FindStringSubmatch(place)
		if s.types[m[2]] == nil {
			err = fmt.Errorf("%s: there is no type %s", file, m[2])
		}
		return m[1] + s.tables(m[2]) + m[3]
	})
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(out), 0o644)
}

// source is what the packages declare, by "package.Type".
type source struct {
	types map[string]*ast.TypeSpec
	docs  map[string]string
	// values are the constants of a type.
	values map[string][]string
	told   map[string]bool
}

func (s source) read(dir, name string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, decl := range parsed.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					s.types[name+"."+spec.Name.Name] = spec
					s.docs[name+"."+spec.Name.Name] = sentence(spec.Name.Name, d.Doc.Text())
				case *ast.ValueSpec:
					s.value(name, spec)
				}
			}
		}
	}
	return nil
}

// value keeps a constant that is declared with a type and a text.
func (s source) value(pkg string, spec *ast.ValueSpec) {
	kind, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	text, ok := spec.Values[0].(*ast.BasicLit)
	if ok && text.Kind == token.STRING && text.Value != `""` {
		kind := pkg + "." + kind.Name
		s.values[kind] = append(s.values[kind], "`"+strings.Trim(text.Value, `"`)+"`")
	}
}

// tables are the table of a type, and those of the types that it is made of.
func (s source) tables(name string) string {
	t := s.types[name]
	if t == nil || s.told[name] {
		return ""
	}
	fields, ok := t.Type.(*ast.StructType)
	if !ok {
		return ""
	}
	s.told[name] = true
	var b, more strings.Builder
	fmt.Fprintf(&b, "\n**%s**: %s\n\n| field | type | |\n|---|---|---|\n", t.Name.Name, s.docs[name])
	pkg, _, _ := strings.Cut(name, ".")
	for _, f := range fields.Fields.List {
		key, options := jsonKey(f)
		if key == "" {
			continue
		}
		kind, part := s.kind(pkg, f.Type)
		if strings.Contains(options, "omit") {
			kind += ", or absent"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key, kind, sentence(f.Names[0].Name, f.Doc.Text()))
		more.WriteString(s.tables(part))
	}
	return b.String() + more.String()
}

func jsonKey(f *ast.Field) (key, options string) {
	if f.Tag == nil {
		return "", ""
	}
	key, options, _ = strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
	return strings.TrimPrefix(key, "-"), options
}

// kind says what stands in JSON for a type, and which of our types it is made of.
func (s source) kind(pkg string, e ast.Expr) (kind, part string) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return s.kind(pkg, e.X)
	case *ast.ArrayType:
		kind, part = s.kind(pkg, e.Elt)
		return "list of " + kind, part
	case *ast.MapType:
		kind, part = s.kind(pkg, e.Value)
		return "object of " + kind, part
	case *ast.SelectorExpr:
		name := e.X.(*ast.Ident).Name + "." + e.Sel.Name
		switch name {
		case "time.Time":
			return "time, RFC 3339", ""
		case "time.Duration":
			return "nanoseconds", ""
		case "json.RawMessage":
			return "any", ""
		}
		return s.named(name)
	case *ast.Ident:
		if s.types[pkg+"."+e.Name] == nil {
			plain := map[string]string{"bool": "true or false", "int": "number", "uint64": "number", "float64": "number", "any": "any"}
			return cmp.Or(plain[e.Name], e.Name), ""
		}
		return s.named(pkg + "." + e.Name)
	}
	return "object", ""
}

// named is kind of a type with a name of ours.
func (s source) named(name string) (kind, part string) {
	t := s.types[name]
	if t == nil {
		return name, ""
	}
	if _, ok := t.Type.(*ast.StructType); ok {
		return t.Name.Name, name
	}
	if values := s.values[name]; len(values) > 0 {
		return strings.Join(values, ", "), ""
	}
	pkg, _, _ := strings.Cut(name, ".")
	return s.kind(pkg, t.Type)
}

// sentence is a comment on one line, such that it stands in a table beside its name.
func sentence(name, comment string) string {
	text := strings.ReplaceAll(strings.Join(strings.Fields(comment), " "), "|", "\\|")
	for _, verb := range []string{" is ", " are ", ": "} {
		if rest, ok := strings.CutPrefix(text, name+verb); ok {
			return rest
		}
	}
	return text
}
