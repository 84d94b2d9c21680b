//go:build e2e

// Package failures_test is what umm-cluster says and does where things go wrong, on
// three practice hosts with the real services: a host, the cluster, the network, the
// disk or umm-cluster itself fails before or in the middle of a run. Each test wants
// the right words and exit code, the other hosts untouched, the command that is named
// next to work, and nothing left behind by the run once it is over: no host drained,
// in standby or in maintenance mode, no guard, no cluster lock.
//
//	UMM_DEB=build/deb/umm_*_amd64.deb UMM_CLUSTER=build/umm-cluster \
//		go test -tags e2e -count=1 -timeout 30m ./test/cluster/failures
//
// One site is brought up and used by all tests, each of which leaves it whole. With
// UMM_SITE it is the one of that name, brought up if need be and left up. What takes
// long is done only with UMM_SOAK set; allow 3 hours then.
package failures_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"umm/test/cluster/site"
)

// shared is the site of all tests.
var shared *site.Site

func TestMain(m *testing.M) { os.Exit(withSite(m)) }

func withSite(m *testing.M) (code int) {
	if os.Geteuid() != 0 {
		fmt.Println("DID NOT RUN: practice hosts need root")
		if os.Getenv("CI") == "true" {
			return 1
		}
		return 0
	}
	ctx := context.Background()
	name := os.Getenv("UMM_SITE")
	if name == "" {
		name = "e2e-failures"
		defer func() {
			s, err := site.Open(name, nil)
			if err == nil {
				err = s.Down(ctx)
			}
			if err != nil {
				fmt.Println(err)
				code = max(code, 1)
			}
		}()
	}
	var err error
	if shared, err = site.Up(ctx, site.Spec{Name: name, Deb: os.Getenv("UMM_DEB"), Log: os.Stderr}); err != nil {
		fmt.Println(err)
		return 1
	}
	return m.Run()
}

// soak leaves a test to those who have the time.
func soak(t *testing.T) {
	t.Helper()
	if os.Getenv("UMM_SOAK") == "" {
		t.Skip("DID NOT RUN: it takes long, and UMM_SOAK is not set")
	}
}

// begin gives a test its time and a whole site, which it leaves whole.
func begin(t *testing.T, limit time.Duration) (context.Context, *master) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	tidy(ctx)
	began := time.Now()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
		defer cancel()
		took := time.Since(began)
		if err := shared.Heal(ctx); err != nil {
			t.Errorf("the site cannot be healed: %v", err)
		}
		tidy(ctx)
		t.Logf("took %.0fs, and %.0fs to heal", took.Seconds(), (time.Since(began) - took).Seconds())
	})
	return ctx, newMaster(t, "")
}

// tidy takes away what a healthy site may have left all the same, also the count of unclean
// boots: a host that two tests cut off would be in maintenance mode.
func tidy(ctx context.Context) {
	_, _ = sh(ctx, "n1", `cibadmin -D --xpath '//cluster_property_set[@id="umm-lock"]'`)
	for _, h := range shared.Lab.Hosts() {
		_, _ = sh(ctx, h.Name(), "rm -f /run/umm/guard /root/rolled; /lib/umm/umm-boot healthy")
	}
}
