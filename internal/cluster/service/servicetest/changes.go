package servicetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"umm/internal/cluster/service"
)

// OldChanges are the changes of a service as journals of November 2026 have them, by ID; of
// several with one ID the last. The caller's package is beside testdata.
func OldChanges(t testing.TB, name string) map[string]service.Change {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "changes-1", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []service.Change
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	by := map[string]service.Change{}
	for _, c := range all {
		if c.ID == "" || c.Wait.Limit == 0 || len(c.About) > 0 {
			t.Errorf("not a change of then: %+v", c)
		}
		by[c.ID] = c
	}
	return by
}

// SameSettled wants a change of before to be judged as that of today is, made and undone.
func SameSettled(t testing.TB, v service.View, before, today service.Change) {
	t.Helper()
	if before.Wait != today.Wait || before.Effect != today.Effect || len(today.About) == 0 {
		t.Errorf("it is %+v, %q, today's %+v, %q, about %s", before.Wait, before.Effect, today.Wait, today.Effect, today.About)
	}
	for _, done := range []bool{true, false} {
		if got, want := v.Settled(before, done), v.Settled(today, done); got != want || got.State == service.Unknown {
			t.Errorf("done %v: %+v, want %+v", done, got, want)
		}
	}
}
