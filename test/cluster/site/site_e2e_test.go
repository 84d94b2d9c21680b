//go:build e2e

package site_test

import (
	"context"
	"os"
	"testing"
	"time"

	"umm/test/cluster/site"
	"umm/test/needs"
)

// TestPlainSerialReboot measures what umm-cluster has to beat, and that clients,
// observer and Verify work. UMM_SITE names a site to use and leave up.
func TestPlainSerialReboot(t *testing.T) {
	needs.Root(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	name := os.Getenv("UMM_SITE")
	if name == "" {
		name = "e2e-site"
		t.Cleanup(func() { downOr(t, name) })
	}
	s, err := site.Up(ctx, site.Spec{Name: name, Suite: os.Getenv("UMM_SITE_SUITE"), Deb: os.Getenv("UMM_DEB"), Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.StartWriters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	o := s.Observe(ctx)
	took, err := s.PlainSerialReboot(ctx)
	if err != nil {
		t.Error(err)
	}
	if err := s.WaitWhole(ctx); err != nil {
		t.Error(err)
	}
	r, seen := w.Stop(), o.Stop()
	t.Logf("rebooted in %.1fs\n%s%s", took.Seconds(), r, seen)
	if seen.Samples == 0 || len(seen.Outs) < 3 {
		t.Error("the observer saw no reboots")
	}
	if len(r.SQL.Acked) < 100 || len(r.AMQP.Acked) < 100 {
		t.Error("the clients hardly wrote")
	}
	if err := w.Verify(ctx, r); err != nil {
		t.Error(err)
	}
}

func downOr(t *testing.T, name string) {
	s, err := site.Open(name, nil)
	if err == nil {
		err = s.Down(context.Background())
	}
	if err != nil {
		t.Error(err)
	}
}
