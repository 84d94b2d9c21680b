package envfile_test

import (
	"reflect"
	"strings"
	"testing"

	"umm/internal/host/config/envfile"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"blank lines and comments", "\n  \n# UMM=no\n\t # UMM=no\n", ""},
		{"bare", "UMM=yes\n", "1 UMM=yes"},
		{"the last line without an end", "UMM=yes", "1 UMM=yes"},
		{"lines of DOS", "UMM=yes\r\nREBOOT_COUNT=3\r\n", "1 UMM=yes|2 REBOOT_COUNT=3"},
		{"blanks around", "  UMM=yes \t\n", "1 UMM=yes"},
		{"a comment behind", "UMM=yes # for now\n", "1 UMM=yes"},
		{"a comment behind a tab", "UMM=yes\t#for now\n", "1 UMM=yes"},
		{"a # within a word", "UMM=yes#no\n", "1 UMM=yes#no"},
		{"single quotes", `A='b c $d "e" \f'`, `1 A=b c $d "e" \f`},
		{"double quotes", `A="b c $d 'e' \f \" \\"`, `1 A=b c $d 'e' \f " \`},
		{"quotes and a comment", "A='b' # c\nB=\"d\"\t# 'e'\n", "1 A=b|2 B=d"},
		{"empty", "A=\nB=''\nC=\"\"\nD= # no value\n", "1 A=|2 B=|3 C=|4 D="},
		{"twice: all are told, in order", "A=1\nB=2\nA=3\n", "1 A=1|2 B=2|3 A=3"},
		{"an = in the value", "A=b=c\n", "1 A=b=c"},
		{"leading zeros are kept", "A=010\n", "1 A=010"},
		{"a zero byte is a byte", "A=b\x00c\n", "1 A=b\x00c"},
		{"a trailing % and others that mean nothing to a shell", "A=a%b,c+d!e^f\n", "1 A=a%b,c+d!e^f"},
		{"keys", "_a1=x\nA_B=y\n", "1 _a1=x|2 A_B=y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entries, problems := envfile.Decode([]byte(c.in))
			var got []string
			for _, e := range entries {
				got = append(got, string(rune('0'+e.Line))+" "+e.Key+"="+e.Value)
			}
			if strings.Join(got, "|") != c.want || len(problems) > 0 {
				t.Errorf("decoded %q, want %q; problems %v", got, c.want, problems)
			}
		})
	}
}

// A broken line is told with its number, and its key where it has one; the others
// count all the same.
func TestDecodeProblems(t *testing.T) {
	for _, c := range []struct{ line, key, want string }{
		{"export UMM=yes", "", "has no valid key"},
		{"UMM = yes", "", "has no valid key"},
		{"UMM =yes", "", "has no valid key"},
		{"=yes", "", "has no valid key"},
		{"1A=yes", "", "has no valid key"},
		{"U-M=yes", "", "has no valid key"},
		{"\xef\xbb\xbfUMM=yes", "", "has no valid key"},
		{"Ümm=yes", "", "has no valid key"},
		{"UMM", "", "is not KEY=value"},
		{"yes", "", "is not KEY=value"},
		{"\x00", "", "is not KEY=value"},
		{"UMM= yes", "UMM", "more than one word"},
		{"UMM=yes no", "UMM", "more than one word"},
		{"UMM='yes", "UMM", "has an unclosed ' quote"},
		{`UMM="yes`, "UMM", `has an unclosed " quote`},
		{`UMM="yes\"`, "UMM", `has an unclosed " quote`},
		{"UMM='yes'no", "UMM", "has text after the closing quote"},
		{"UMM='yes'#no", "UMM", "has text after the closing quote"},
		{"UMM=`id`", "UMM", "has a special character"},
		{"UMM=$HOME", "UMM", "has a special character"},
		{"UMM=$(reboot)", "UMM", "has a special character"},
		{"UMM=yes;reboot", "UMM", "has a special character"},
		{"UMM=yes&", "UMM", "has a special character"},
		{"UMM=yes>f", "UMM", "has a special character"},
		{`UMM=y\es`, "UMM", "has a special character"},
		{"UMM=y'e's", "UMM", "has a special character"},
	} {
		entries, problems := envfile.Decode([]byte("A=1\n" + c.line + "\nB=2\n"))
		if len(problems) != 1 || problems[0].Line != 2 || problems[0].Key != c.key || !strings.Contains(problems[0].Text, c.want) {
			t.Errorf("%q: problems are %+v, want one in line 2 of %q that says %q", c.line, problems, c.key, c.want)
		}
		if want := []envfile.Entry{{Key: "A", Value: "1", Line: 1}, {Key: "B", Value: "2", Line: 3}}; !reflect.DeepEqual(entries, want) {
			t.Errorf("%q: the other lines are %+v", c.line, entries)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{"UMM=yes\nREBOOT_COUNT=2\n", "A='b'#c", `A="\"\\"`, "A=\r\nB", "=\n==\n'", "A=\x00", "# A=b", "A=b # c"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, problems := envfile.Decode(data)
		lines := strings.Split(string(data), "\n")
		last := 0
		for _, e := range entries {
			if e.Line <= last || e.Line > len(lines) || !strings.Contains(lines[e.Line-1], e.Key+"=") {
				t.Fatalf("%+v does not stand in its line", e)
			}
			if strings.Contains(e.Value, "\n") {
				t.Fatalf("%+v has more than one line", e)
			}
			last = e.Line
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(lines) || p.Text == "" {
				t.Fatalf("%+v names no line", p)
			}
		}
		if len(entries)+len(problems) > len(lines) {
			t.Fatalf("%d entries and %d problems in %d lines", len(entries), len(problems), len(lines))
		}
	})
}
