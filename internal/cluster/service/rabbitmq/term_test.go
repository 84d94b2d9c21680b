package rabbitmq

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseTerm(t *testing.T) {
	for _, c := range []struct {
		in   string
		want term
	}{
		{"ok", "ok"},
		{"12", int64(12)},
		{"-1", int64(-1)},
		{"'quoted atom'", "quoted atom"},
		{`"text"`, "text"},
		{`"a\"b\n\x{43}"`, "a\"b\nC"},
		{"<<>>", ""},
		{`<<"bytes">>`, "bytes"},
		{`<<"żółw"/utf8>>`, "żółw"},
		{"<<65,66>>", "AB"},
		{"<<\"broken\"\n  \" in two\">>", "broken in two"},
		{"<0.123.0>", "<0.123.0>"},
		{"[]", list{}},
		{"{}", tuple{}},
		{"[a,b|c]", list{"a", "b", "c"}},
		{"{rabbit@n1,['rabbit@node-1', rabbit@n2.local]}.", tuple{"rabbit@n1", list{"rabbit@node-1", "rabbit@n2.local"}}},
		{"#{a => 1,b => []}", list{tuple{"a", int64(1)}, tuple{"b", list{}}}},
		{" [ {a , 1.5} ] \n", list{tuple{"a", "1.5"}}},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := parseTerm(c.in)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v (%v), want %#v", got, err, c.want)
			}
		})
	}
}

func TestParseTermThatCannot(t *testing.T) {
	for _, in := range []string{"", "[", "{a", "'a", `"a`, "<<1", "<0.1", "]", "%", "#{a =>", strings.Repeat("[", 100000)} {
		if got, err := parseTerm(in); err == nil {
			t.Errorf("%.10q: got %#v", in, got)
		}
	}
}

func FuzzTerm(f *testing.F) {
	f.Add("[{nodes,[{disc,['rabbit@node-1',rabbit@n2]}]},\n {partitions,[]}]")
	f.Add(`{umm_queues,rabbit@n1,[{<<"/">>,[[{name,<<"a\tb"/utf8>>}]]}]}`)
	f.Add("#{<<1,2>> => <0.1.2>, a => -5}")
	f.Fuzz(func(t *testing.T, in string) {
		if got, err := parseTerm(in); err == nil && got == nil {
			t.Fatal("neither a term nor an error")
		}
		_, _ = parseFiles("n1", in)
	})
}
