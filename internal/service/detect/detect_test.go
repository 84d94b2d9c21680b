package detect

import (
	"os/exec"
	"strings"
	"testing"

	"umm/internal/execx"
	"umm/internal/service"
)

func answer(text string) service.Answer {
	return service.Answer{Result: execx.Result{Stdout: []byte(text)}}
}

func TestParse(t *testing.T) {
	got, err := Parse(answer("galera runs\nhaproxy configured\nend\n"))
	if err != nil || len(got) != 2 || got["galera"] != Runs || got["haproxy"] != Configured {
		t.Errorf("%v, %v", got, err)
	}
	for name, text := range map[string]string{
		"nothing":        "",
		"broken off":     "galera runs\n",
		"not an answer":  "sh: ps: not found\nend\n",
		"a word too few": "galera\nend\n",
	} {
		if got, err := Parse(answer(text)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := Parse(service.Answer{Result: execx.Result{Code: 1}}); err == nil {
		t.Error("a command that failed was believed")
	}
}

// On this very machine the script comes to its end.
func TestScriptRuns(t *testing.T) {
	ask := Ask()
	out, err := exec.Command(ask.Argv[0], ask.Argv[1:]...).Output()
	if err != nil || !strings.HasSuffix(string(out), "end\n") {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := Parse(answer(string(out))); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("galera runs\nend\n")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = Parse(answer(text)) })
}
