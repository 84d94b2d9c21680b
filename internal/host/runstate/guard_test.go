package runstate_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/host/runstate"
)

func TestGuard(t *testing.T) {
	d := newDir(t)
	none := func(when string) {
		t.Helper()
		if g, err := d.Guard(); g != nil || err != nil {
			t.Errorf("%s it is %+v (%v)", when, g, err)
		}
	}
	none("before it was set")
	if err := d.SetGuard(nil); err != nil {
		t.Errorf("removing none: %v", err)
	}
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, want := range []api.Guard{{Run: "r1"}, {Run: "r2", By: "alice", Master: "fuel", Reason: "new <kernel>", Since: &since}} {
		if err := d.SetGuard(&want); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Guard(); err != nil || got == nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("it is %+v (%v), want %+v", got, err, want)
		}
	}
	info, err := os.Stat(filepath.Join(d.Path, "guard"))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the rights are %v (%v)", info, err)
	}
	if entries, err := os.ReadDir(d.Path); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
	if err := d.SetGuard(nil); err != nil {
		t.Fatal(err)
	}
	none("removed")
}

// A guard that cannot be read is not taken for none.
func TestGuardThatCannotBeRead(t *testing.T) {
	d := newDir(t)
	if err := d.SetGuard(&api.Guard{Run: "r"}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "rubbish", "{", `{"run":3}`, `{"run":""}`, "{}", "null", "[]"} {
		if err := os.WriteFile(filepath.Join(d.Path, "guard"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if g, err := d.Guard(); g != nil || err == nil || !strings.HasPrefix(err.Error(), "cannot tell whether a run of umm-cluster has this host") {
			t.Errorf("%q is %+v (%v)", text, g, err)
		}
	}
	if err := d.SetGuard(&api.Guard{Run: "r"}); err != nil {
		t.Errorf("over rubbish: %v", err)
	}
	blocked := runstate.Dir{Path: filepath.Join(d.Path, "guard", "umm")}
	_, unread := blocked.Guard()
	for _, err := range []error{unread, blocked.SetGuard(nil), blocked.SetGuard(&api.Guard{Run: "r"})} {
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("the error is %v", err)
		}
	}
}
