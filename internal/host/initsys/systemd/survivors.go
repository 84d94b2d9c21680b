package systemd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Transient implements node.Runtime: units without a file of their own, as systemd-run
// makes them, and the instances that a socket starts for one connection each.
func (m Manager) Transient(ctx context.Context, units []string) ([]string, error) {
	if len(units) == 0 {
		return nil, nil
	}
	all, err := m.show(ctx, "Transient,TriggeredBy", append([]string{"--"}, units...)...)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, unit := range all {
		if name := unit["Id"]; unit["Transient"] == "yes" || isConnection(name, unit.units("TriggeredBy")) {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	return lost, nil
}

// isConnection tells whether a service is an instance that a socket with Accept=yes made.
func isConnection(name string, triggers []string) bool {
	prefix, _, instance := strings.Cut(name, "@")
	return instance && strings.HasSuffix(name, ".service") && slices.Contains(triggers, prefix+".socket")
}

// Survivors implements node.Runtime: the processes of services that are stopped, which
// KillMode=process or none left, as cron's jobs; scopes other than logins; and what runs
// in control groups that are not systemd's.
func (m Manager) Survivors(ctx context.Context) ([]string, error) {
	processes, err := m.processes()
	if err != nil || len(processes) == 0 {
		return nil, err
	}
	units := slices.Sorted(maps.Keys(processes))
	services := slices.DeleteFunc(slices.Clone(units), func(u string) bool { return !strings.HasSuffix(u, ".service") })
	up := map[string]bool{}
	if len(services) > 0 {
		all, err := m.show(ctx, "ActiveState", append([]string{"--"}, services...)...)
		if err != nil {
			return nil, err
		}
		for _, unit := range all {
			// One that is still on its way down is at least seen to.
			up[unit["Id"]] = unit["ActiveState"] != "inactive" && unit["ActiveState"] != "failed"
		}
	}
	var left []string
	for _, unit := range units {
		is, err := m.survives(ctx, unit, up)
		if err != nil {
			return nil, err
		}
		if is {
			left = append(left, unit+": "+few(processes[unit]))
		}
	}
	return left, nil
}

// few is a list that a container with a thousand processes does not make endless.
func few(list []string) string {
	const enough = 5
	if len(list) <= enough {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:enough], ", "), len(list)-enough)
}

func (m Manager) survives(ctx context.Context, unit string, up map[string]bool) (bool, error) {
	name, isScope := strings.CutSuffix(unit, ".scope")
	session, isSession := strings.CutPrefix(name, "session-")
	switch {
	case strings.HasSuffix(unit, ".service"):
		return !up[unit], nil
	case isScope && isSession:
		// A login stays, and so does what somebody started in it. cron's sessions, where
		// it has some, are of another class.
		of, err := m.login(ctx, "show-session", "--property=Class", "--", session)
		return err == nil && of["Class"] == "background", err
	default:
		return unit != "init.scope", nil
	}
}

// processes are those of each unit, or other control group, as "name (pid 7)". Kernel
// threads, and what is in the root group, are in none.
func (m Manager) processes() (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(m.Proc, "[0-9]*/cgroup"))
	if err != nil || m.Proc == "" {
		return nil, err
	}
	units := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		unit := unitOf(string(text))
		if unit == "" || unit == liveService {
			continue // the switch itself, at its end
		}
		dir := filepath.Dir(file)
		comm, _ := os.ReadFile(filepath.Join(dir, "comm"))
		units[unit] = append(units[unit], fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(comm)), filepath.Base(dir)))
	}
	return units, nil
}

// unitOf reads the unit out of /proc/PID/cgroup: the first part of the path that is not a
// slice. systemd's own hierarchy is the named one, or the one without a number where
// there is no other.
func unitOf(cgroup string) string {
	path := ""
	for _, line := range strings.Split(strings.TrimSpace(cgroup), "\n") {
		f := strings.SplitN(line, ":", 3)
		if len(f) == 3 && (f[1] == "name=systemd" && f[2] != "/" || f[0] == "0" && f[1] == "" && path == "") {
			path = f[2]
		}
	}
	if strings.HasSuffix(path, " (deleted)") {
		return "" // it has ended, and nobody has taken notice yet
	}
	for _, part := range strings.Split(path, "/") {
		if part != "" && !strings.HasSuffix(part, ".slice") {
			// systemd puts a _ before what a controller's file could be called.
			return strings.TrimPrefix(part, "_")
		}
	}
	return ""
}
