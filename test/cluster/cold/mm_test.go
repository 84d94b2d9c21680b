//go:build e2e

package cold_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
	"umm/test/cluster/site"
)

// TestColdStartInMaintenanceMode starts the services on hosts that are all in
// maintenance mode, and wants them to run on when the hosts leave it. UMM_DEB is the
// package of umm.
func TestColdStartInMaintenanceMode(t *testing.T) {
	deb := os.Getenv("UMM_DEB")
	if deb == "" {
		t.Skip("DID NOT RUN: UMM_DEB names no package")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s, err := site.Up(ctx, site.Spec{Name: name, Deb: deb, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UMM_COLD_KEEP") == "" {
		t.Cleanup(func() { _ = s.Down(context.Background()) })
	}
	l := s.Lab
	members := []string{"n1", "n2", "n3"}
	must(ctx, t, l.Host("n1"), createTable)
	for _, h := range l.Hosts() {
		must(ctx, t, h, "systemctl -q enable mariadb rabbitmq-server")
	}
	w := startWriting(ctx, t, l, members)
	for _, h := range l.Hosts() {
		<-time.After(2 * time.Second)
		w.gather(ctx, t, l)
		enter(ctx, t, h)
	}
	for _, st := range both() {
		if first := coldStart(ctx, t, l, st, members); first[0] != "n3" {
			t.Errorf("%s started first on %v; n3 was the last to go", st.Name(), first)
		}
	}
	const pids = "systemctl show -P MainPID mariadb rabbitmq-server | tr '\\n' ' '"
	for _, h := range l.Hosts() {
		before := must(ctx, t, h, pids)
		must(ctx, t, h, "umm off")
		await(ctx, t, h.Name()+" leaves", operational(ctx, h))
		if after := must(ctx, t, h, pids); after != before {
			t.Errorf("%s: the services' processes were %s and are %s", h.Name(), before, after)
		}
	}
	for _, st := range both() {
		await(ctx, t, st.Name(), whole(ctx, l, st, members))
	}
	w.check(ctx, t, l, members)
}

// enter takes a host into maintenance mode, as umm-cluster down does.
func enter(ctx context.Context, t *testing.T, h *lab.Host) {
	t.Helper()
	old := must(ctx, t, h, "cat /proc/sys/kernel/random/boot_id")
	_, _ = h.Shell(ctx, "umm on")
	if _, err := h.WaitBoot(ctx, old); err != nil {
		t.Fatal(err)
	}
	if got := must(ctx, t, h, "umm status; systemctl is-active mariadb rabbitmq-server || true"); !strings.Contains(got, "inactive\ninactive") {
		t.Fatalf("%s is not in maintenance mode: %s", h.Name(), got)
	}
}
