//go:build e2e

package upstart

import (
	"slices"
	"strings"
)

// up waits until a boot other than old has come to rest: into a run level, or into
// what holds it up, and ssh answers.
func (h *host) up(old string) {
	h.t.Helper()
	h.until("a boot that can be reached", func() bool {
		id := h.BootID()
		return id != "" && id != old && h.try("true").Code == 0
	})
	h.settle()
}

// settle waits until no job is on its way.
func (h *host) settle() {
	h.t.Helper()
	h.until("all jobs are at rest", func() bool { return h.rests() })
}

// settleBut is settle where a task runs on purpose.
func (h *host) settleBut(task string) {
	h.t.Helper()
	h.until("all jobs but "+task+" are at rest", func() bool {
		return slices.IndexFunc(strings.Split(h.inside("initctl", "list").Out, "\n"), func(line string) bool {
			return line != "" && !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, task) &&
				!strings.Contains(line, "stop/waiting") && !strings.Contains(line, "start/running")
		}) < 0
	})
}

// tasks are those that come to an end soon.
var tasks = []string{"rc", "worker", "umm-record", "umm-enter", "umm-end", "umm-live"}

// rests tells whether every job waits or runs, and no task but the gate does.
func (h *host) rests() bool {
	o := h.inside("initctl", "list")
	if o.Code != 0 {
		return false
	}
	// The gate holds the boot: maintenance mode is reached when umm-enter has run.
	if strings.Contains(o.Out, "umm start/running") && h.inside("test", "-s", "/run/umm/banner").Code != 0 {
		return false
	}
	for _, line := range strings.Split(o.Out, "\n") {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "\t"), name == "rc-sysinit" && strings.Contains(h.job("umm"), "start/running"):
		case slices.Contains(tasks, name) && !strings.Contains(rest, "stop/waiting"):
			return false
		case strings.Contains(rest, "stop/waiting"), strings.Contains(rest, "start/running"):
		default:
			return false
		}
	}
	return true
}

// job is what initctl says of one.
func (h *host) job(name string) string {
	return strings.TrimSuffix(h.inside("initctl", "status", name).Out, "\n")
}

// running tells whether a job runs, or an init script's service.
func (h *host) running(name string) bool {
	if h.read("etc/init/"+name+".conf") == "" {
		return h.inside("service", name, "status").Code == 0
	}
	return strings.Contains(h.job(name), "start/running")
}
