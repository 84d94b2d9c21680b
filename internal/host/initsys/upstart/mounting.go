package upstart

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"umm/internal/host/jobfile"
)

// stage is how far mountall is.
type stage int

const (
	// done: it has ended, and left no shell.
	done stage = iota
	// shell: it has given up, and left a shell on the console.
	shell
	// working: it checks or mounts something.
	working
	// fetching: it mounts nothing but what other hosts have.
	fetching
	// hooked: a task runs that has been started for a file system.
	hooked
	// asking: it waits for somebody at the console, or for another host.
	asking
	// waiting: it waits for a device, and says so to nobody.
	waiting
)

const (
	// consolePatience is for what only a person can change. With the option timeout mountall
	// itself gives a device 30 s, and asks then.
	consolePatience = 35 * time.Second
	// devicePatience is for a device that may come: a slow controller, a SAN. Without that
	// option mountall waits for ever, and boots when it comes.
	devicePatience = 5 * time.Minute
	// hookPatience is for hooks on mounted file systems: cloud-init waits two minutes for the
	// network. fetchPatience is for a server: mount.nfs tries for two minutes.
	hookPatience  = 150 * time.Second
	fetchPatience = 150 * time.Second
	// shellPatience is for a shell on the console: nothing comes after it by itself.
	shellPatience = 3 * time.Second
)

// patience is for how long a boot may stay at a stage. Where it is to be maintenance mode it
// need not come to its end, and nothing is waited for that only operational mode needs.
func (s stage) patience(wanted bool) time.Duration {
	switch {
	case s == shell:
		return shellPatience
	case s == hooked:
		return hookPatience
	case s == fetching && wanted:
		return fetchPatience
	case s == asking, s == waiting && wanted:
		return consolePatience
	case s == waiting:
		return devicePatience
	default:
		return 0
	}
}

// Mounting implements node.Mounter. mountall that neither checks nor mounts anything
// waits: for a device, for a hook, for another host, or for somebody at the console, for ever.
func (d Disks) Mounting(ctx context.Context, wanted bool) (over bool, patience time.Duration, err error) {
	s, err := d.stage(ctx)
	if err != nil {
		return false, 0, err
	}
	return s == done, s.patience(wanted), nil
}

func (d Disks) stage(ctx context.Context) (stage, error) {
	tree := d.Tree()
	all, err := d.ask(ctx, tree, append(hooks(tree), "mountall", "mountall-shell")...)
	if err != nil {
		return done, err
	}
	up := running(all)
	at := slices.IndexFunc(all, func(i instance) bool { return i.name == "mountall" && i.up() })
	switch {
	case at < 0 && slices.Contains(up, "mountall-shell"):
		return shell, nil
	case at < 0:
		// It ends by itself once all is mounted or skipped.
		return done, nil
	case all[at].process == 0:
		return working, nil
	}
	works, fetches := d.atWork(all[at].process)
	hook := slices.ContainsFunc(up, func(name string) bool { return name != "mountall" && name != "mountall-shell" })
	switch {
	case works:
		return working, nil
	case fetches:
		return fetching, nil
	case hook:
		return hooked, nil
	case d.awaitsDevice():
		return waiting, nil
	default:
		return asking, nil
	}
}

// hooks are the tasks that are started for a file system: mountall waits for them.
func hooks(tree *jobfile.Tree) []string {
	var names []string
	for _, job := range tree.Jobs() {
		events := job.Events()
		if job.Task && job.Instance == "" && !own(job.Name) && (slices.Contains(events, "mounted") || slices.Contains(events, "mounting")) {
			names = append(names, job.Name)
		}
	}
	return names
}

// awaitsDevice tells whether mountall waits for a device without a limit of its own.
func (d Disks) awaitsDevice() bool {
	missing, err := d.missing(entry.waits)
	return err == nil && slices.ContainsFunc(missing, func(e entry) bool { return d.lacksDevice(e) && !e.Has("timeout") })
}

// atWork tells of a process whether it has children that work, or that mount what other hosts
// have: mount(8) has a program of its own for that, which may wait for long. proc(5),
// /proc/PID/stat: the name stands in brackets and may hold anything; two fields on is the
// parent.
func (d Disks) atWork(pid int) (works, fetches bool) {
	type process struct{ name, parent string }
	all := map[string]process{}
	files, _ := filepath.Glob(filepath.Join(d.Root, "proc/[0-9]*/stat"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		from, to := strings.IndexByte(string(data), '('), strings.LastIndexByte(string(data), ')')
		if err != nil || from < 0 || to < from {
			continue
		}
		if fields := strings.Fields(string(data[to+1:])); len(fields) > 1 {
			all[filepath.Base(filepath.Dir(file))] = process{string(data[from+1 : to]), fields[1]}
		}
	}
	children := func(of string) (list []string) {
		for id, p := range all {
			if p.parent == of {
				list = append(list, id)
			}
		}
		return list
	}
	for _, child := range children(strconv.Itoa(pid)) {
		helpers := children(child)
		remote := len(helpers) > 0 && !slices.ContainsFunc(helpers, func(id string) bool { return !strings.HasPrefix(all[id].name, "mount.") })
		if all[child].name == "mount" && remote || strings.HasPrefix(all[child].name, "mount.") {
			fetches = true
		} else {
			works = true
		}
	}
	return works, fetches
}
