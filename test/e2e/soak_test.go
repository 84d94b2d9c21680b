//go:build e2e

package e2e

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/host/mode"
	"umm/internal/lab"
)

// soakRounds is how many rounds of two power cuts the soak makes, and soakSeed what
// its moments are drawn by, when the environment does not say.
const (
	soakRounds = 20
	soakSeed   = 1
)

// deeds are what a host may be at when its power is cut, in each mode; "" is
// nothing. ROUND is the round's number.
var deeds = map[mode.Mode][]string{
	mode.Operational: {"", "umm on", "umm on --live", "reboot", "poweroff", "systemctl daemon-reload",
		"umm on 'echo ROUND >>/root/runs; sync; sleep 2'", "umm on 'echo ROUND >>/root/runs; sync; sleep 2'",
		"umm on --live --then=off 'echo ROUND >>/root/runs; sync'", "umm on --live --then=reboot 'echo ROUND >>/root/runs; sync'"},
	mode.Maintenance: {"", "umm off", "umm off reboot", "reboot", "poweroff", "systemctl daemon-reload",
		"umm off && umm on 'echo ROUND >>/root/runs; sync; sleep 2'", "umm off && umm on --live", "umm off && reboot"},
}

// TestSoak cuts the power at random moments of boots, of maintenance mode and of
// shutdowns. Whatever was cut, the next boot is reachable, is what the record
// says, and counts once.
func TestSoak(t *testing.T) {
	t.Parallel()
	rounds, seed := soakRounds, uint64(soakSeed)
	if text := os.Getenv(soakEnv); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s=%s: not a number of rounds", soakEnv, text)
		}
		rounds = n
	}
	if text := os.Getenv(soakEnv + "_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s_SEED=%s: not a number", soakEnv, text)
		}
		seed = n
	}
	t.Logf("%s=%d %s_SEED=%d tries the same again", soakEnv, rounds, soakEnv, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := newSystemdHost(t, reference, lab.HostSpec{})
	h.install(deb)
	h.ctx = t.Context() // it may take as long as it was asked to
	h.cut()
	for round := range rounds {
		h.soakRound(round, random)
	}
	for run, times := range h.commandRuns() {
		if times > 1 {
			t.Errorf("the command of round %s ran %d times", run, times)
		}
	}
}

// commandRuns counts the runs of each round's command.
func (h *systemdHost) commandRuns() map[string]int {
	h.t.Helper()
	count := map[string]int{}
	for _, run := range strings.Fields(h.read("/root/runs")) {
		count[run]++
	}
	h.t.Logf("commands that ran: %d", len(count))
	return count
}

// soakRound begins with the host off and ends with it off. First a boot that is
// cut before or while it comes up, then one that comes up and is cut at something.
func (h *systemdHost) soakRound(round int, random *rand.Rand) {
	h.t.Helper()
	before := h.record()
	h.power()
	wait(time.Duration(random.IntN(1600)) * time.Millisecond)
	h.cut()
	after := h.record()
	if after.Boot.ID != before.Boot.ID {
		h.counted(round, before, after)
	} else if after.Unclean != before.Unclean {
		h.t.Fatalf("round %d: a boot that was cut before it was recorded changed the count from %d to %d", round, before.Unclean, after.Unclean)
	}

	want, count := soakExpects(after)
	h.power()
	h.must(h.WaitSSH(h.ctx))
	if want == mode.Maintenance && leavesByItself(after) {
		h.until("maintenance mode is left by itself", func() bool {
			b := h.record().Boot
			return b.Mode == mode.Operational && b.State == mode.Running && !b.Leaving
		})
		h.must(h.WaitSSH(h.ctx))
		want, count = mode.Operational, 0
	}
	h.settle()
	if now := h.record(); now.Unclean != count {
		h.t.Fatalf("round %d: the count went from %d (%s, %s) to %d, want %d", round, after.Unclean, after.Boot.Mode, after.Boot.State, now.Unclean, count)
	}
	word := h.ok("umm", "status")
	if (word == "umm") != (want == mode.Maintenance) {
		h.t.Fatalf("round %d: umm status says %q, want mode %s; before: %+v", round, word, want, after)
	}
	choice := deeds[want]
	deed := strings.ReplaceAll(choice[random.IntN(len(choice))], "ROUND", strconv.Itoa(round))
	h.t.Logf("round %d: %s, %d unclean boots, then %q", round, word, count, deed)
	if deed != "" {
		// It may succeed, be refused, or be cut short: all of that may happen.
		h.inside("systemd-run", "--quiet", "--no-block", "/bin/sh", "-c", deed)
	}
	wait(time.Duration(random.IntN(1500)) * time.Millisecond)
	h.cut()
}

// leavesByItself tells whether a session that the cut broke into ends by its own --then: once
// its command has run, or at once where it had.
func leavesByItself(r mode.Record) bool {
	s := r.Session
	return r.Pending == nil && s != nil && s.Command != nil && s.Then != mode.ThenStay && s.Then != "" &&
		(s.Command.State == mode.CommandPending || s.Command.State == mode.CommandSucceeded)
}

// wait lets the host go on for that long: the moment of a cut is a matter of time.
func wait(d time.Duration) { <-time.After(d) }

// counted wants one boot to have been counted from before to after.
func (h *systemdHost) counted(round int, before, after mode.Record) {
	h.t.Helper()
	in, want := soakExpects(before)
	if in == mode.Maintenance && leavesByItself(before) && after.Boot.Mode == mode.Operational {
		want = 0
	}
	if after.Unclean != want {
		h.t.Fatalf("round %d: the count went from %d (%s, %s) to %d, want %d",
			round, before.Unclean, before.Boot.Mode, before.Boot.State, after.Unclean, want)
	}
}

// soakExpects is what the next boot is, and what it counts, said apart from the
// program's own words for it.
func soakExpects(r mode.Record) (mode.Mode, int) {
	count := 0
	crashed := r.Boot.ID != "" && r.Boot.State == mode.Running
	if crashed {
		count = r.Unclean + 1
	}
	inMM := r.Boot.Mode == mode.Maintenance
	switch {
	case r.Pending != nil, !r.NextOperational && inMM && crashed:
		return mode.Maintenance, count
	case r.NextOperational, inMM:
		return mode.Operational, count
	case count >= 2:
		return mode.Maintenance, count
	default:
		return mode.Operational, count
	}
}
