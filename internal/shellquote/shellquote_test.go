package shellquote

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"systemctl", "is-active", "nginx.service"}, "systemctl is-active nginx.service"},
		{[]string{"echo", "a b", ""}, "echo 'a b' ''"},
		{[]string{"echo", "it's"}, `echo 'it'\''s'`},
		{[]string{"A=1", "B=2"}, "'A=1' B=2"},
		{[]string{"~", "$HOME", "*", "a;b", "#"}, `'~' '$HOME' '*' 'a;b' '#'`},
	} {
		if got := Line(c.argv...); got != c.want {
			t.Errorf("Line(%q) = %s, want %s", c.argv, got, c.want)
		}
	}
}

// What a shell makes of the line must be the words that went in.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "plain", "a b", "'", `\`, "$(x)", "-n", "a\nb", "é", "=", "~"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.ContainsRune(a+b, 0) {
			t.Skip("no program can be given a zero byte")
		}
		out, err := exec.Command("sh", "-c", Line("printf", `%s\0`, a, b)).Output()
		if err != nil {
			t.Fatalf("sh refused %s: %v", Line(a, b), err)
		}
		if got := strings.Split(string(out), "\x00"); !slices.Equal(got, []string{a, b, ""}) {
			t.Errorf("%q came back as %q", []string{a, b}, got)
		}
	})
}
