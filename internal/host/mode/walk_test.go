package mode_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/host/mode"
)

// The words of a walk: what can happen to a host, in any order. A word that makes
// no sense where the host is does nothing.
var words = []string{
	"crash", "crash, kernel argument", "crash, rescue",
	"reboot", "reboot, kernel argument", "reboot, rescue", "soft reboot", "reboot, kexec",
	"umm on", "umm on --live", "umm off", "umm off, killed", "umm off reboot", "healthy", "recorder again", "recorder stopped by hand",
	"umm enable", "umm disable", "UMM=no by hand", "UMM=yes by hand", "REBOOT_COUNT=0", "REBOOT_COUNT=1", "REBOOT_COUNT=2",
}

// TestRandomWalks holds the real functions against the reference over many lives
// of a host. The seed is fixed; what fails is shrunk before it is shown.
func TestRandomWalks(t *testing.T) {
	const walks, length = 3000, 30
	random := rand.New(rand.NewPCG(1, 2))
	for range walks {
		walk := make([]string, 0, length)
		for range length {
			walk = append(walk, words[random.IntN(len(words))])
		}
		if err := follow(walk); err != nil {
			walk = shrink(walk)
			t.Fatalf("%v\nafter: %s", follow(walk), strings.Join(walk, "; "))
		}
	}
}

// follow lives a walk and says where host and reference part.
func follow(walk []string) error {
	h, ref := newHost(), &reference{enabled: true, count: 2}
	h.boot("", false)
	ref.boot(false, false)
	for i, word := range walk {
		h.live(word)
		ref.live(word)
		if err := h.agrees(ref); err != nil {
			return fmt.Errorf("after word %d, %q: %w", i+1, word, err)
		}
	}
	return nil
}

// shrink leaves out words for as long as the walk goes on failing.
func shrink(walk []string) []string {
	for i := 0; i < len(walk); {
		if less := slices.Delete(slices.Clone(walk), i, i+1); follow(less) != nil {
			walk, i = less, 0
			continue
		}
		i++
	}
	return walk
}

// host is a record in the hands of the real functions, with a disk that survives
// and a /run that does not.
type host struct {
	disk   mode.Record
	run    *mode.Record
	facts  mode.Facts
	policy mode.Policy
	boots  int
	clock  time.Time
	// problem is what broke an invariant on the way.
	problem error
}

func newHost() *host {
	return &host{policy: enabled, clock: now}
}

func (h *host) save(r mode.Record) { h.disk = mode.Flushed(r, r.NextEvent) }

func (h *host) note(r mode.Record) {
	public := mode.Public(r)
	h.run = &public
}

// look gives what is known now.
func (h *host) look() (mode.Record, mode.Facts) {
	f := h.facts
	f.Noted = h.run
	return mode.Known(h.disk, f), f
}

func (h *host) change(fn func(mode.Record, mode.Facts) mode.Record) {
	next := fn(h.look())
	h.save(next)
	h.note(next)
}

// boot is what the generator and the recorder do.
func (h *host) boot(aside string, asked bool) {
	h.boots++
	h.run = nil
	h.facts = mode.Facts{BootID: fmt.Sprintf("boot-%d", h.boots), Asked: asked, KeepsOut: aside}
	h.record()
}

// kexec ends the boot and starts a kernel with the arguments of the one that runs. Whether
// that kernel can tell differs from machine to machine.
func (h *host) kexec() {
	h.boots++
	told, end := h.boots%2 == 0, mode.End
	if !told {
		end = mode.EndByKexec
	}
	h.change(func(r mode.Record, f mode.Facts) mode.Record { return end(r, f, h.clock) })
	h.run = nil
	h.facts.BootID, h.facts.Kexec = fmt.Sprintf("boot-%d", h.boots), told
	h.record()
}

func (h *host) record() {
	h.clock = h.clock.Add(time.Minute)
	r, f := h.look()
	d := mode.Decide(r, f, h.policy)
	next := mode.Begin(r, d, f, h.clock)
	if d.KeepsOut {
		if !reflect.DeepEqual(next, r) {
			h.problem = fmt.Errorf("a boot that umm keeps out of changed the record")
		}
		return
	}
	if !d.Fresh {
		return
	}
	h.save(next)
	if d.Disabled && d.Fresh {
		h.note(mode.Adopt(next, f, h.clock))
	} else {
		h.note(next)
	}
	r, f = h.look()
	again := mode.Decide(r, f, h.policy)
	if again.Mode != d.Mode || again.Fresh || again.Unclean != d.Unclean || again.Trigger.Kind != d.Trigger.Kind {
		h.problem = fmt.Errorf("decided %+v, and in the same boot %+v", d, again)
	}
}

func (h *host) live(word string) {
	h.clock = h.clock.Add(time.Minute)
	down, how, _ := strings.Cut(word, ", ")
	r, f := h.look()
	in := mode.InMaintenance(r, f)
	this, _ := mode.This(r, f)
	switch word {
	case "umm on":
		if h.policy.Enabled && !in {
			h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Request(r, f, *requested(), h.clock) })
		}
	case "umm on --live":
		if h.policy.Enabled && !in && f.KeepsOut == "" && !this.Leaving {
			h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Enter(r, f, *requested(), h.clock) })
		}
	case "umm off", "umm off, killed", "umm off reboot":
		h.off(word, in || this.Leaving)
	case "healthy":
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Healthy(r, f, h.clock) })
	case "recorder again":
		h.record()
	case "umm enable":
		if !h.policy.Enabled {
			h.policy.Enabled = true
			if _, known := mode.This(r, f); !known {
				h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Adopt(r, f, h.clock) })
			} else {
				h.change(func(r mode.Record, _ mode.Facts) mode.Record { return r })
			}
		}
	case "umm disable":
		if h.policy.Enabled && !in && !this.Leaving {
			h.policy.Enabled = false
			h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Forget(r, f) })
		}
	case "UMM=no by hand", "UMM=yes by hand":
		h.policy.Enabled = word == "UMM=yes by hand"
	case "REBOOT_COUNT=0", "REBOOT_COUNT=1", "REBOOT_COUNT=2":
		h.policy.RebootCount = int(word[len(word)-1] - '0')
	case "soft reboot":
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.End(r, f, h.clock) })
		h.record()
	}
	switch down {
	case "reboot":
		if how == "kexec" {
			h.kexec()
			return
		}
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.End(r, f, h.clock) })
		h.boot(asideOf(how), how == "kernel argument")
	case "crash":
		h.boot(asideOf(how), how == "kernel argument")
	}
}

func asideOf(how string) string {
	if how == "rescue" {
		return "the kernel argument rescue"
	}
	return ""
}

func (h *host) off(word string, in bool) {
	r, _ := h.look()
	switch {
	case !in && r.Pending == nil && !r.NextOperational:
	case !in:
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Cancel(r, f, "taken back", h.clock) })
	case word == "umm off reboot":
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Leave(r, f, true, "alice", h.clock) })
		h.live("reboot")
	default:
		h.change(func(r mode.Record, f mode.Facts) mode.Record { return mode.Leave(r, f, false, "alice", h.clock) })
		if word == "umm off" {
			h.change(mode.Left)
		}
	}
}

// agrees tells where the host is not as the reference says.
func (h *host) agrees(ref *reference) error {
	r, f := h.look()
	b, _ := mode.This(r, f)
	is := fmt.Sprintf("in maintenance %v, leaving %v, %d unclean, asked for %v", mode.InMaintenance(r, f), b.Leaving, r.Unclean, r.Pending != nil)
	want := fmt.Sprintf("in maintenance %v, leaving %v, %d unclean, asked for %v", ref.maintenance, ref.leaving, ref.unclean, ref.pending)
	if is != want {
		return fmt.Errorf("the host is %s; it should be %s", is, want)
	}
	if d := mode.Decide(r, f, h.policy); f.KeepsOut == "" && (d.Mode == mode.Maintenance) != ref.maintenance {
		return fmt.Errorf("a reload of the init system decides %s", d.Mode)
	}
	return h.problem
}
