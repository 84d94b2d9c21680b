package mode_test

import (
	"strings"
	"testing"
	"time"

	"umm/internal/host/mode"
)

// What the tests call this boot, the one before it, and now.
const (
	current = "b1"
	earlier = "b0"
)

var (
	now     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	enabled = mode.Policy{Enabled: true, RebootCount: 2, HealthyAfter: 10 * time.Minute}
)

func boot(id string, m mode.Mode, s mode.BootState) mode.Boot {
	return mode.Boot{ID: id, Mode: m, State: s, Started: now.Add(-time.Hour)}
}

// requested is a session that the operator asked for.
func requested() *mode.Session {
	return &mode.Session{Trigger: mode.Trigger{Kind: mode.ByOperator, Detail: "umm on", By: "alice", At: now.Add(-time.Hour)}}
}

func TestDecideFreshBoot(t *testing.T) {
	kernel := mode.Facts{BootID: current, Asked: true}
	plain := mode.Facts{BootID: current}
	kexec := mode.Facts{BootID: current, Asked: true, Kexec: true}
	typed := func(id string) mode.Boot {
		b := boot(id, mode.Maintenance, mode.Ended)
		b.Asked = true
		return b
	}
	kexeced := typed(earlier)
	kexeced.Kexec = true
	crashed := boot(earlier, mode.Operational, mode.Running)
	for _, c := range []struct {
		name   string
		record mode.Record
		facts  mode.Facts
		count  int
		want   mode.Mode
		kind   mode.Kind
		// unclean is the count that goes with this boot.
		unclean int
	}{
		{"the first boot ever", mode.Record{}, plain, 2, mode.Operational, "", 0},
		{"after a requested shutdown", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended)}, plain, 2, mode.Operational, "", 0},
		{"after a healthy boot that crashed", mode.Record{Boot: boot(earlier, mode.Operational, mode.Healed)}, plain, 2, mode.Operational, "", 0},
		{"one crash of two", mode.Record{Boot: crashed}, plain, 2, mode.Operational, "", 1},
		{"two crashes of two", mode.Record{Boot: crashed, Unclean: 1}, plain, 2, mode.Maintenance, mode.ByUncleanBoots, 2},
		{"more crashes than two", mode.Record{Boot: crashed, Unclean: 7}, plain, 2, mode.Maintenance, mode.ByUncleanBoots, 8},
		{"one crash of one", mode.Record{Boot: crashed}, plain, 1, mode.Maintenance, mode.ByUncleanBoots, 1},
		{"a count of 0 after a clean reboot", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended)}, plain, 0, mode.Maintenance, mode.ByUncleanBoots, 0},
		{"a count of 0 at the first boot", mode.Record{}, plain, 0, mode.Maintenance, mode.ByUncleanBoots, 0},
		{"umm on", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended), Pending: requested()}, plain, 2, mode.Maintenance, mode.ByOperator, 0},
		{"umm on, then a crash", mode.Record{Boot: crashed, Pending: requested()}, plain, 2, mode.Maintenance, mode.ByOperator, 1},
		{"umm on and the kernel argument", mode.Record{Pending: requested()}, kernel, 2, mode.Maintenance, mode.ByOperator, 0},
		{"umm on after umm off reboot", mode.Record{Pending: requested(), NextOperational: true}, plain, 2, mode.Maintenance, mode.ByOperator, 0},
		{"the kernel argument", mode.Record{}, kernel, 2, mode.Maintenance, mode.ByKernelArgument, 0},
		{"the kernel argument after umm off reboot", mode.Record{NextOperational: true}, kernel, 2, mode.Maintenance, mode.ByKernelArgument, 0},
		{"the kernel argument after a crash in a session", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Running), Session: requested()}, kernel, 2, mode.Maintenance, mode.ByOperator, 1},
		{"kexec with the arguments of the boot before, after umm off reboot", mode.Record{Boot: typed(earlier), NextOperational: true}, kexec, 2, mode.Operational, "", 0},
		{"kexec with the arguments of the boot before", mode.Record{Boot: typed(earlier)}, kexec, 2, mode.Operational, "", 0},
		{"kexec with the argument for the first time", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended)}, kexec, 2, mode.Maintenance, mode.ByKernelArgument, 0},
		{"kexec that the kernel cannot tell", mode.Record{Boot: kexeced}, kernel, 2, mode.Operational, "", 0},
		{"the kernel argument twice", mode.Record{Boot: typed(earlier), NextOperational: true}, kernel, 2, mode.Maintenance, mode.ByKernelArgument, 0},
		{"a soft reboot out of a boot with the kernel argument", mode.Record{Boot: typed(current)}, kernel, 2, mode.Operational, "", 0},
		{"umm off reboot", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended), NextOperational: true}, plain, 2, mode.Operational, "", 0},
		{"umm off reboot and a count of 0", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended), NextOperational: true}, plain, 0, mode.Operational, "", 0},
		{"umm off reboot, then a crash", mode.Record{Boot: crashed, NextOperational: true}, plain, 1, mode.Operational, "", 1},
		{"a crash in MM", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Running), Session: requested()}, plain, 2, mode.Maintenance, mode.ByOperator, 1},
		{"a crash in MM without a session", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Running)}, plain, 2, mode.Maintenance, mode.ByUncleanBoots, 1},
		{"reboot typed in MM", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Ended), Session: requested()}, plain, 2, mode.Operational, "", 0},
		{"reboot typed in MM with a count of 0", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Ended)}, plain, 0, mode.Operational, "", 0},
		{"reboot typed in MM, many crashes before", mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Ended), Unclean: 5}, plain, 2, mode.Operational, "", 0},
		{"a soft reboot typed in MM", mode.Record{Boot: boot(current, mode.Maintenance, mode.Ended), Session: requested()}, plain, 2, mode.Operational, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := enabled
			p.RebootCount = c.count
			d := mode.Decide(c.record, c.facts, p)
			if d.Mode != c.want || d.Trigger.Kind != c.kind || d.Unclean != c.unclean {
				t.Errorf("decided %s by %q with %d unclean boots, want %s by %q with %d", d.Mode, d.Trigger.Kind, d.Unclean, c.want, c.kind, c.unclean)
			}
			if !d.Fresh || d.Why == "" || d.KeepsOut || d.Disabled {
				t.Errorf("the decision %+v is not a reasoned one for a fresh boot", d)
			}
		})
	}
}

func TestDecideSameBootAgain(t *testing.T) {
	for _, m := range []mode.Mode{mode.Operational, mode.Maintenance} {
		for _, s := range []mode.BootState{mode.Running, mode.Healed} {
			r := mode.Record{Boot: boot(current, m, s), Unclean: 5, Session: requested()}
			d := mode.Decide(r, mode.Facts{BootID: current, Asked: true}, enabled)
			if d.Mode != m || d.Fresh || d.Unclean != 5 {
				t.Errorf("a %s boot in state %s is decided again as %+v", m, s, d)
			}
			if byOperator := d.Trigger.Kind == mode.ByOperator; byOperator != (m == mode.Maintenance) {
				t.Errorf("a %s boot has the trigger %q", m, d.Trigger.Kind)
			}
		}
	}
}

func TestDecideWhereRunKnowsMore(t *testing.T) {
	noted := func(m mode.Mode, unsaved bool) *mode.Record {
		return &mode.Record{Boot: boot(current, m, mode.Running), Session: requested(), Unsaved: unsaved}
	}
	for _, c := range []struct {
		name   string
		record mode.Record
		noted  *mode.Record
		want   mode.Mode
	}{
		{"the disk has the boot before", mode.Record{Boot: boot(earlier, mode.Operational, mode.Ended)}, noted(mode.Maintenance, false), mode.Maintenance},
		{"the disk is not readable", mode.Record{}, noted(mode.Maintenance, false), mode.Maintenance},
		{"the disk could not keep umm off", mode.Record{Boot: boot(current, mode.Maintenance, mode.Running)}, noted(mode.Operational, true), mode.Operational},
		{"umm died between disk and /run", mode.Record{Boot: boot(current, mode.Operational, mode.Running)}, noted(mode.Maintenance, false), mode.Operational},
		{"/run is of an earlier boot", mode.Record{}, &mode.Record{Boot: boot(earlier, mode.Maintenance, mode.Running), Unsaved: true}, mode.Operational},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mode.Facts{BootID: current, Noted: c.noted}
			if d := mode.Decide(c.record, f, enabled); d.Mode != c.want {
				t.Errorf("decided %s (%s), want %s", d.Mode, d.Why, c.want)
			}
			if in := mode.InMaintenance(c.record, f); in != (c.want == mode.Maintenance) {
				t.Errorf("InMaintenance says %v", in)
			}
			known := mode.Known(c.record, f)
			if d := mode.Decide(known, f, enabled); d.Mode != c.want {
				t.Errorf("with all that is known %s is decided, want %s", d.Mode, c.want)
			}
		})
	}
}

func TestDecideKeepsOut(t *testing.T) {
	f := mode.Facts{BootID: current, Asked: true, KeepsOut: "the kernel argument single"}
	d := mode.Decide(mode.Record{Pending: requested()}, f, enabled)
	if !d.KeepsOut || d.Mode != mode.Operational || !strings.Contains(d.Why, "single") {
		t.Errorf("decided %+v, want umm to keep out and say why", d)
	}
}

func TestDecideDisabled(t *testing.T) {
	d := mode.Decide(mode.Record{Pending: requested(), Unclean: 9}, mode.Facts{BootID: current, Asked: true}, mode.Policy{})
	if !d.Disabled || d.Mode != mode.Operational {
		t.Errorf("decided %+v, want an operational boot", d)
	}
	in := mode.Record{Boot: boot(current, mode.Maintenance, mode.Running)}
	if d := mode.Decide(in, mode.Facts{BootID: current}, mode.Policy{}); d.Mode != mode.Maintenance {
		t.Errorf("disabled while in maintenance mode, the same boot is decided as %s", d.Mode)
	}
}
