package upstart

import (
	"slices"
	"testing"
)

func TestStopStrays(t *testing.T) {
	w := newWorld(t, operational...)
	w.level('N', '2')
	keeps := func(name string) bool { return name == "ssh" }
	before := []string{"docker", "silent"} // silent cannot say whether it runs
	got, err := w.manager().StopStrays(ctx, before, keeps)
	wantError(t, err)
	for name, stopped := range map[string]bool{"mysql": true, "ceph-osd (ceph/3)": true, "haproxy": true, "ssh": false, "docker": false} {
		if slices.Contains(got, name) != stopped {
			t.Errorf("%s was stopped: %v; stopped are %q", name, !stopped, got)
		}
	}
	w.isUp(map[string]bool{"mysql": false, "ceph-osd (ceph/3)": false, "script haproxy": false, "ssh": true, "docker": true})
	// It is not noted: what the boot starts it starts anyway.
	if got := w.manager().stopped(); len(got) != 0 {
		t.Errorf("noted as stopped are %q", got)
	}
	if got, err := w.manager().StopStrays(ctx, before, keeps); err != nil || len(got) != 0 {
		t.Errorf("said again it stops %q (%v)", got, err)
	}
	w.fails["initctl list"] = "no answer"
	_, err = w.manager().StopStrays(ctx, before, keeps)
	wantError(t, err, "no answer")
}
