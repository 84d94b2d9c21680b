package bootcli

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"umm/internal/host/essential"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/mode"
	"umm/internal/host/node"
	"umm/internal/host/unitfile"
)

// generatorName is the name under which systemd runs this program as a generator.
const generatorName = "umm-generator"

// generator is what systemd runs.
func generator(dirs []string) int {
	return generate(dirs, func() (Generated, error) { return Decide("/") }, func(text string) { kmsg("<4>" + text) })
}

// generate lays out this boot in the folders that systemd names: normal, early
// and late. Whatever goes wrong, the host boots as it would without umm, and the
// log says so.
func generate(dirs []string, decide func() (Generated, error), log func(string)) (code int) {
	defer func() {
		if p := recover(); p != nil {
			log(fmt.Sprintf("umm-generator failed, this boot is a plain one: %v", p))
			code = int(node.CannotDo)
		}
	}()
	if len(dirs) != 3 {
		return int(node.Usage)
	}
	g, err := decide()
	if g.Problem != nil {
		log("umm: " + g.Problem.Error())
	}
	if err == nil {
		err = g.Layout.Write(dirs[0], dirs[1])
	}
	if err != nil {
		log("umm-generator: " + err.Error())
		return int(node.CannotDo)
	}
	if g.Decision.Mode == mode.Maintenance && g.Decision.Fresh {
		log("umm: this boot is maintenance mode: " + g.Decision.Why)
	}
	return int(node.Done)
}

// Generated is what the generator decides and would write.
type Generated struct {
	Decision mode.Decision
	Layout   systemd.Layout
	// Problem is what is wrong with the record; the host boots all the same.
	Problem error
}

// Decide decides and plans for the host below root, and writes nothing.
func Decide(root string) (Generated, error) {
	n := NewFor(root, initsys.Systemd)
	// One reading of it is one decision.
	n.Policy = sync.OnceValues(n.Policy)
	d, rec, problem := n.Decide()
	layout, err := LayoutOf(root, n, d, rec)
	return Generated{Decision: d, Layout: layout, Problem: problem}, err
}

// LayoutOf is the layout of a decision that was made already.
func LayoutOf(root string, n *node.Node, d mode.Decision, rec mode.Record) (systemd.Layout, error) {
	unitDir, err := systemd.UnitDir(root)
	if err != nil {
		return systemd.Layout{}, err
	}
	p, _ := n.Policy()
	session := mode.SessionOf(rec, d)
	b := systemd.Boot{
		Aside:          d.Aside,
		Enabled:        p.Enabled,
		Maintenance:    d.Mode == mode.Maintenance,
		Stay:           session.Stay,
		CommandDue:     node.CommandDue(session),
		CatchEmergency: p.CatchEmergency,
		HealthyAfter:   p.HealthyAfter,
	}
	if d.Aside || (!p.Enabled && !b.Maintenance) {
		return systemd.Plan(b, unitDir), nil
	}
	b.Unit = n.BootUnit()
	tree := unitfile.Open(root)
	plan := essential.Plan(tree, tree.Enabled(), p.KeepUnits)
	for _, u := range plan.Start {
		b.Keep = append(b.Keep, u.Name)
	}
	for _, u := range plan.OnDemand {
		b.Spare = append(b.Spare, u.Name)
	}
	if b.Maintenance {
		b.Mask = append(essential.BusMasks(tree, plan), essential.DefaultMasks(tree, plan)...)
	}
	if b.Maintenance && !d.Fresh {
		// A switch of a host that runs already, perhaps; no boot waits for the reading of
		// so many files.
		b.Spare = essential.Spare(tree, plan)
	}
	return systemd.Plan(b, unitDir), nil
}

// kmsg writes to the kernel log, the only one that is there when generators run. text
// begins with a priority.
func kmsg(text string) {
	f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, text)
		return
	}
	defer f.Close()
	fmt.Fprintln(f, strings.ReplaceAll(text, "\n", "; "))
}

// DecideNext is Decide for the boot after this one, if maintenance mode were asked
// for now.
func DecideNext(root string, n *node.Node) (Generated, error) {
	d, rec := n.DecideNext()
	layout, err := LayoutOf(root, n, d, rec)
	return Generated{Decision: d, Layout: layout}, err
}
