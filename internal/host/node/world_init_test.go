package node_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// The units of the host, the ones that maintenance mode keeps, and by whom it is
// in which phase otherwise.
var (
	essentialUnits   = []string{"ssh.service", "umm.target"}
	operationalUnits = []string{"app.service", "db.service", "ssh.service"}
	// earlyUnits are those that are started before a gate.
	earlyUnits = []string{"early.service"}
)

const (
	emergency = "emergency"
	powerOff  = "off"
)

// initSystem is what systemd is here: it obeys what the generator decided when it
// was last asked.
type initSystem struct {
	// gated: there are no generators, but a gate, as with Upstart.
	gated bool
	// gateOff: somebody has switched it off.
	gateOff bool
	// gateBroke: in this boot what should have held it back was killed.
	gateBroke bool
	boots     int
	bootID    string
	phase     string
	up        map[string]bool
	goingDown bool
	kexecs    bool
	// target and commandDue are the generator's word; recorder: its unit is up.
	target     mode.Mode
	commandDue bool
	session    int
	recorder   bool
	armed      time.Duration
	// later are jobs that nobody waits for.
	later []func()
	// underWay is what umm itself is at when somebody comes; survivors are what no
	// switch reaches.
	underWay  []func()
	survivors []string
	// fails makes an effect or a question fail.
	fails      map[string]error
	endProgram context.CancelFunc

	// crashes counts the unclean boots as an onlooker would; recorded and forgiven
	// are of this boot.
	crashes            int
	recorded, forgiven bool
}

// count is the onlooker: what was made durable of this boot.
func (i *initSystem) count(r mode.Record) {
	if r.Boot.ID != i.bootID {
		return
	}
	i.recorded = true
	if r.Boot.State != mode.Running {
		i.forgiven, i.crashes = true, 0
	}
	if r.Boot.Leaving && r.Unclean == 0 { // else it is the gate that has ended
		i.crashes = 0
	}
}

// boot starts the host: the generator, the recorder, and the default target.
func (w *world) boot() {
	w.boots++
	w.startKernel()
	w.bootID = fmt.Sprintf("boot%d", w.boots)
	w.put("proc/sys/kernel/random/boot_id", w.bootID+"\n")
	w.volatile = volatile{}
	w.up, w.goingDown, w.armed, w.later = map[string]bool{}, false, 0, nil
	w.recorded, w.forgiven = false, false
	w.phase = "starting"
	if w.gated {
		w.bootGated()
		w.settle()
		return
	}
	aside := w.generate()
	w.recorder = !aside
	if w.recorder {
		err := w.program(func(ctx context.Context, n *node.Node) error { return n.Begin(ctx) })
		w.recorder = err == nil
	}
	switch {
	case w.target == mode.Maintenance:
		w.enterMaintenance()
	case len(w.broken) > 0:
		w.phase = emergency
		if w.policy.Enabled && w.policy.CatchEmergency && !aside {
			_ = w.program(func(ctx context.Context, n *node.Node) error { return n.Catch(ctx) })
		}
	default:
		w.phase = string(mode.Operational)
		w.start(operationalUnits)
	}
	w.settle()
}

// bootGated is a boot with the recorder, the watch of the disks, and the gate.
func (w *world) bootGated() {
	w.recorder, w.commandDue, w.gateBroke = true, true, false
	_ = w.program(func(ctx context.Context, n *node.Node) error { return n.Begin(ctx) })
	if len(w.broken)+len(w.remote) > 0 {
		w.phase = emergency
		_ = w.program(func(ctx context.Context, n *node.Node) error { return n.WatchDisks(ctx, waiting{}) })
		return
	}
	if w.gateOff {
		w.phase = string(mode.Operational)
		w.start(operationalUnits)
		_ = w.program(func(ctx context.Context, n *node.Node) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return n.WaitHealthy(ctx)
		})
		return
	}
	w.start(earlyUnits)
	shut := false
	_ = w.program(func(ctx context.Context, n *node.Node) error { shut = n.Gate(ctx); return nil })
	var ended error
	if shut {
		ended = w.program(func(ctx context.Context, n *node.Node) error {
			ctx, stays := context.WithCancel(ctx)
			n.Switch = entered{n.Switch, stays}
			return n.Hold(ctx)
		})
	}
	if shut && ended == nil {
		return
	}
	w.gateBroke = shut
	_ = w.program(func(ctx context.Context, n *node.Node) error { return n.Opened(ctx) })
	w.phase = string(mode.Operational)
	w.start(operationalUnits)
}

// waiting is a boot that waits for its disks for ever.
type waiting struct{}

func (waiting) Mounting(context.Context, bool) (over bool, patience time.Duration, err error) {
	return false, -1, nil
}

func (waiting) Awaited(context.Context) ([]string, error) { return nil, nil }

// entered is a Switch that tells when maintenance mode is reached: the gate stays, and
// the test goes on.
type entered struct {
	node.Switch
	stays func()
}

func (e entered) Enter(ctx context.Context) error {
	defer e.stays()
	return e.Switch.Enter(ctx)
}

// generate is the generator.
func (w *world) generate() (aside bool) {
	if w.gated {
		return false // init reads its jobs again, and decides nothing
	}
	d, rec, _ := w.node().Decide()
	session := mode.SessionOf(rec, d)
	w.target, w.commandDue, w.session = d.Mode, session.CommandDue(), session.Number
	return d.KeepsOut
}

func (w *world) start(units []string) {
	for _, u := range units {
		w.up[u] = true
	}
}

// enterMaintenance is umm.target, with what it wants.
func (w *world) enterMaintenance() {
	w.phase = string(mode.Maintenance)
	w.start(essentialUnits)
	if w.gated {
		w.session = w.node().SessionNumber()
	}
	if number := w.session; w.commandDue {
		w.later = append(w.later, func() {
			// Killed, it is started again.
			for range 2 {
				if !errors.Is(w.program(func(ctx context.Context, n *node.Node) error { return n.Command(ctx, number, sink{}) }), errKilled) {
					return
				}
			}
		})
	}
	_ = w.program(func(ctx context.Context, n *node.Node) error {
		if w.gated {
			return n.Arrive(ctx)
		}
		return n.Enter(ctx)
	})
}

// settle lets the host do what it is about to: jobs that wait, and its way down and
// up again.
func (w *world) settle() {
	for range 20 {
		switch {
		case w.goingDown:
			w.shutdown()
			w.boot()
		case len(w.later) > 0:
			job := w.later[0]
			w.later = w.later[1:]
			job()
		default:
			return
		}
	}
	w.t.Fatalf("the host does not settle; what happened: %s", strings.Join(w.effects, " "))
}

// shutdown stops the recorder and takes the host down.
func (w *world) shutdown() {
	w.goingDown = true
	if w.recorder {
		_ = w.program(func(ctx context.Context, n *node.Node) error { return n.End(ctx) })
	}
	w.powerGoes()
}

// reboot is `reboot` typed by somebody.
func (w *world) reboot() {
	w.goingDown = true
	w.settle()
}

// crash is a power cut, and the power coming back.
func (w *world) crash() {
	w.powerGoes()
	w.boot()
}

func (w *world) powerGoes() {
	if w.recorded && !w.forgiven && !w.excused() {
		w.crashes++
	}
	w.phase, w.goingDown, w.later, w.locked = powerOff, false, nil, false
}

// power is the world as node.Power.
type power world

func (p *power) Reboot(context.Context) error {
	return (*world)(p).effect("Reboot", func() {
		p.goingDown = true
		// It ends sessions, and so the program that asked for it.
		p.endProgram()
	})
}

func (p *power) GoingDown(context.Context) (bool, error) { return p.goingDown, p.fails["GoingDown"] }

func (p *power) Kexecs(context.Context) bool { return p.kexecs }

func (p *power) Wall(_ context.Context, text string) {
	_ = (*world)(p).effect("Wall", func() { p.walls = append(p.walls, text) })
}

// units is the world as node.Switch.
type units world

func (u *units) Active(context.Context) ([]string, error) {
	var active []string
	for unit, up := range u.up {
		if up {
			active = append(active, unit)
		}
	}
	slices.Sort(active)
	return active, u.fails["Active"]
}

func (u *units) Enter(context.Context) error {
	w := (*world)(u)
	return w.effect("Isolate", func() {
		w.generate()
		u.up = map[string]bool{}
		w.enterMaintenance()
	})
}

func (u *units) Settle(context.Context) error { return (*world)(u).effect("Settle", nil) }

func (u *units) StopStrays(ctx context.Context, before []string, keeps func(string) bool) ([]string, error) {
	after, err := u.Active(ctx)
	strays := slices.DeleteFunc(after, func(unit string) bool { return slices.Contains(before, unit) || keeps(unit) })
	return strays, errors.Join(err, (*world)(u).effect("StopStrays", func() {
		for _, unit := range strays {
			u.up[unit] = false
		}
	}))
}

func (u *units) Resume(_ context.Context, list []string) (failed, err error) {
	w := (*world)(u)
	err = w.effect("Resume", func() {
		switch {
		case list != nil:
			w.start(list)
		case w.target == mode.Maintenance && !w.gated:
			return // the default target is umm.target still
		case len(w.broken) > 0:
			w.t.Error("the default target is started on broken file systems")
		default:
			w.start(operationalUnits)
			if w.gated {
				w.start(earlyUnits)
			}
		}
		u.phase, u.up["umm.target"] = string(mode.Operational), false
	})
	return w.fails["a unit"], err
}

// jobs is the world as node.Jobs.
type jobs world

func (j *jobs) Reload(context.Context) error {
	return (*world)(j).effect("Reload", func() { (*world)(j).generate() })
}

func (j *jobs) GoLive(context.Context) (err error) {
	w := (*world)(j)
	failed := w.effect("GoLive", func() {
		err = w.program(func(ctx context.Context, n *node.Node) error { return n.FinishLive(ctx) })
	})
	if failed != nil {
		return failed
	}
	return errors.Join(err, w.fails["the job"])
}

func (j *jobs) Watch(context.Context) error {
	return (*world)(j).effect("Watch", func() { j.recorder = true })
}

// FinishApart is a job of its own, that runs by and by.
func (j *jobs) FinishApart(context.Context) error {
	w := (*world)(j)
	return w.effect("FinishApart", func() {
		w.later = append(w.later, func() {
			_ = w.program(func(ctx context.Context, n *node.Node) error { return n.Finish(ctx) })
		})
	})
}

// timer is the world as node.Timer.
type timer world

func (t *timer) Arm(_ context.Context, d time.Duration) error {
	return (*world)(t).effect("Arm", func() { t.armed = max(d, 1) })
}

func (t *timer) Disarm(context.Context) error {
	return (*world)(t).effect("Disarm", func() { t.armed = 0 })
}

// disks is the world as node.Disks.
type disks world

func (d *disks) Broken(context.Context) ([]string, error) { return d.broken, d.fails["Broken"] }

func (d *disks) Mount(context.Context) error {
	return (*world)(d).effect("Mount", func() {
		if d.mendable {
			d.broken = nil
		}
	})
}

func (d *disks) Awaited(context.Context) ([]string, error) { return d.remote, d.fails["Awaited"] }

func (d *disks) Mounting(context.Context, bool) (over bool, patience time.Duration, err error) {
	return false, -1, nil
}
