package bootcli

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"umm/internal/cli/wiring"
	"umm/internal/host/generator"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/mode"
	"umm/internal/host/node"
)

// generatorName is the name under which systemd runs this program as a generator.
const generatorName = "umm-generator"

// runGenerator is what systemd runs.
func runGenerator(dirs []string) int {
	return generate(dirs, func() (decided, error) { return decide("/") }, func(text string) { kmsg("<4>" + text) })
}

// generate lays out this boot in the folders that systemd names: normal, early
// and late. Whatever goes wrong, the host boots as it would without umm, and the
// log says so.
func generate(dirs []string, decide func() (decided, error), log func(string)) (code int) {
	defer func() {
		if p := recover(); p != nil {
			log(fmt.Sprintf("umm-generator failed, booting into operational mode: %v", p))
			code = int(node.CannotDo)
		}
	}()
	if len(dirs) != 3 {
		return int(node.Usage)
	}
	d, err := decide()
	if d.problem != nil {
		log("umm: " + d.problem.Error())
	}
	if err == nil {
		err = d.layout.Write(dirs[0], dirs[1])
	}
	if err != nil {
		log("umm-generator: " + err.Error())
		return int(node.CannotDo)
	}
	if d.Decision.Mode == mode.Maintenance && d.Decision.Fresh {
		log("umm: booting into maintenance mode: " + d.Decision.Why)
	}
	return int(node.Done)
}

// decided is a boot with its layout; problem is what is wrong with the record.
type decided struct {
	generator.Boot
	layout  systemd.Layout
	problem error
}

// decide decides and plans for the host below root, and writes nothing.
func decide(root string) (decided, error) {
	n := wiring.NewFor(root, initsys.Systemd)
	// The file is read once: one decision.
	n.Policy = sync.OnceValues(n.Policy)
	boot, problem := wiring.ThisBoot(n)
	layout, err := generator.Plan(root, boot)
	return decided{boot, layout, problem}, err
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
