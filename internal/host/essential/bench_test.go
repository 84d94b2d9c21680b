package essential

import (
	"os"
	"testing"

	"umm/internal/host/unitfile"
)

// benchRoot is the tree to measure on: a host's own, or that in UMM_BENCH_ROOT.
func benchRoot() string {
	if root := os.Getenv("UMM_BENCH_ROOT"); root != "" {
		return root
	}
	return "/"
}

// BenchmarkPlan is what the generator does with the kept list, from nothing.
func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		t := unitfile.Open(benchRoot())
		Plan(t, t.Enabled(), []string{"nginx", "mysql*"})
	}
}

// BenchmarkGenerator adds what is needed to mask what the bus would start.
func BenchmarkGenerator(b *testing.B) {
	for b.Loop() {
		t := unitfile.Open(benchRoot())
		BusMasks(t, Plan(t, t.Enabled(), []string{"nginx", "mysql*"}))
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		unitfile.Open(benchRoot())
	}
}

func BenchmarkEnabled(b *testing.B) {
	t := unitfile.Open(benchRoot())
	for b.Loop() {
		t.Enabled()
	}
}
