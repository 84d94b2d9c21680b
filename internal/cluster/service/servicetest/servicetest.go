// Package servicetest is what the tests of the services' packages share: answers as hosts
// give them, and verdicts in short.
package servicetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// Unreachable is the answer of a host that cannot be asked.
var Unreachable = service.Answer{Err: errors.New("cannot reach it")}

// Printed is the answer of a program that prints text and succeeds.
func Printed(text string) service.Answer {
	return service.Answer{Result: execx.Result{Stdout: []byte(text)}}
}

// File is an output as a real program printed it, of internal/cluster/service/testdata: version is
// its folder there, name its file's without ".txt". The caller's package is beside testdata.
func File(t testing.TB, version, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", version, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Replace is strings.ReplaceAll of a text that has to be there.
func Replace(t testing.TB, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("there is no %q", old)
	}
	return strings.ReplaceAll(text, old, with)
}

// Find gives the verdicts that are not OK, a line each, as "state name host (risk): reason".
// Every verdict has to be whole, and of the service.
func Find(t testing.TB, name string, vs []service.Verdict) string {
	t.Helper()
	if len(vs) == 0 {
		t.Error("there is no verdict at all")
	}
	var all []string
	for _, v := range vs {
		if v.Service != name || v.Name == "" || v.Reason == "" || v.State == service.OK && v.Evidence == "" {
			t.Errorf("not a whole verdict: %+v", v)
		}
		if v.State == service.OK {
			continue
		}
		s := string(v.State) + " " + strings.TrimSpace(v.Name+" "+v.Host)
		if v.Risk != "" {
			s += " (" + v.Risk + ")"
		}
		all = append(all, s+": "+v.Reason)
	}
	return strings.Join(all, "\n")
}
