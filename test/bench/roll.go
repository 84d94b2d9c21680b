package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"umm/internal/cli/clustercli"
)

// rollFigures is what test/bench/roll writes.
type rollFigures struct {
	Hosts               int
	Plan, Busy, CPU     float64
	Took, Own, Samples  float64
	RSS, Journal, Asked int64
}

// Budgets of a run over a thousand hosts: seconds, bytes, and what umm-cluster may add
// to the time that the hosts take.
const (
	planBudget     = 1.0
	rollMemory     = 100e6
	overheadBudget = 0.02
)

const rollNotes = `Roll: the hosts' time is simulated, a minute a host; the engine, the journal on disk, the log and the lines are real.
`

// roll rolls a thousand simulated hosts.
func (b *bench) roll(ctx context.Context) error {
	b.tell("a thousand simulated hosts are rolled")
	dir, err := os.MkdirTemp("", "bench-roll")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is in /tmp.
	path := filepath.Join(dir, "figures")
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(b.empty), "roll.test"), "-test.run=^TestRoll$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), "UMM_BENCH_ROLL="+path, fmt.Sprintf("GOGC=%d", clustercli.GarbagePercent))
	if err := quietly(cmd); err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var f rollFigures
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	n := float64(f.Hosts)
	b.add(row{what: "planning a roll of 1,000 hosts", against: "its budget", ratio: f.Plan / planBudget, goal: 1, note: millis(f.Plan) + " ms"})
	b.add(row{what: "memory of a roll of 1,000 hosts", against: "its budget", ratio: float64(f.RSS) / rollMemory, goal: 1,
		note: fmt.Sprintf("%.0f MB, journal %.1f MB", float64(f.RSS)/1e6, float64(f.Journal)/1e6)})
	b.add(row{what: "the engine's own time in that roll", against: "the hosts' time", ratio: f.Busy / f.Own, goal: overheadBudget,
		note: fmt.Sprintf("%s ms / %.1f s a host, %s ms CPU", millis(f.Busy/n), f.Own/n, millis(f.CPU/n))})
	late := f.Took - f.Own - f.Samples
	b.add(row{what: "the same and what is noticed late", against: "the hosts' time", ratio: (f.Busy + late) / f.Own, goal: overheadBudget,
		note: fmt.Sprintf("%s ms late a host", millis(late/n))})
	return nil
}
