package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"umm/internal/lab"
)

// Budgets of the programs: sizes in bytes, memory in KiB, start-up as a multiple of
// the empty program's.
const (
	ummBudget       = 5.5e6
	bootBudget      = 3.8e6 // 3.75e6 before it judged the trial of a kernel
	statusMemory    = 8 << 10
	generatorMemory = 6 << 10
	startBudget     = 2.0
	// generatorBudget is what each boot may spend on the generator, in seconds.
	generatorBudget = 0.005
)

const (
	ummProgram  = "/usr/bin/umm"
	bootProgram = "/lib/umm/umm-boot"
	generator   = "/lib/systemd/system-generators/umm-generator"
	helper      = "/root/bench"
	emptyThere  = "/root/empty"
)

// programs measures start-up, memory and size of the programs on a host.
func (b *bench) programs(ctx context.Context, h *lab.Host) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for to, from := range map[string]string{helper: self, emptyThere: b.empty} {
		if err := put(from, filepath.Join(h.Root(), to)); err != nil {
			return err
		}
	}
	if err := settled(ctx, h); err != nil {
		return err
	}
	pairs, err := b.startUp(ctx, h, "start", ummProgram, "status")
	if err != nil {
		return err
	}
	b.add(row{what: "umm status", against: "an empty Go program", pairs: pairs, goal: startBudget})
	if pairs, err = b.startUp(ctx, h, "generator", generator); err != nil {
		return err
	}
	took, _ := sides(pairs)
	r := row{what: "the generator at boot", against: "an empty Go program", pairs: pairs, goalText: "<= 5 ms", met: "no"}
	if took <= generatorBudget {
		r.met = "yes"
	}
	b.add(r)
	if err := b.memory(ctx, h); err != nil {
		return err
	}
	return b.sizes(h)
}

// startUp runs a program and the empty one in turn, on the host.
func (b *bench) startUp(ctx context.Context, h *lab.Host, kind string, argv ...string) ([]pair, error) {
	words := append([]string{helper, "inside", kind, strconv.Itoa(b.starts)}, argv...)
	out, err := h.Output(ctx, append(words, "--", emptyThere)...)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for line := range strings.Lines(out) {
		var a, b float64
		if _, err := fmt.Sscan(line, &a, &b); err != nil {
			return nil, fmt.Errorf("cannot read %q as two durations: %w", line, err)
		}
		pairs = append(pairs, pair{a / 1e9, b / 1e9})
	}
	return pairs, nil
}

func (b *bench) memory(ctx context.Context, h *lab.Host) error {
	rss := func(argv ...string) (float64, error) {
		out, err := h.Output(ctx, append([]string{helper, "inside", "rss"}, argv...)...)
		if err != nil {
			return 0, err
		}
		return strconv.ParseFloat(out, 64)
	}
	for _, m := range []struct {
		what   string
		budget float64
		argv   []string
	}{
		{"memory of umm status", statusMemory, []string{ummProgram, "status"}},
		{"memory of the generator", generatorMemory, []string{generator, "/tmp/1", "/tmp/2", "/tmp/3"}},
	} {
		kib, err := rss(m.argv...)
		if err != nil {
			return err
		}
		b.add(row{what: m.what, against: "its budget", ratio: kib / m.budget, goal: 1,
			note: fmt.Sprintf("%.1f MiB / %.1f MiB", kib/1024, m.budget/1024)})
	}
	return nil
}

func (b *bench) sizes(h *lab.Host) error {
	for _, m := range []struct {
		program string
		budget  float64
	}{{ummProgram, ummBudget}, {bootProgram, bootBudget}} {
		info, err := os.Stat(filepath.Join(h.Root(), m.program))
		if err != nil {
			return err
		}
		b.add(row{what: "size of " + filepath.Base(m.program), against: "its budget", ratio: float64(info.Size()) / m.budget, goal: 1,
			note: fmt.Sprintf("%.2f MB / %.2f MB", float64(info.Size())/1e6, m.budget/1e6)})
	}
	return nil
}
