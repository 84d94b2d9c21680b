package upstart

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/host/jobfile"
)

// obey does what a program would.
func (w *world) obey(argv []string) (out string, ok bool) {
	line := strings.Join(argv, " ")
	if argv[0] == "setsid" {
		argv = argv[1:]
	}
	switch {
	case line == "initctl list":
		for _, job := range jobfile.Open(w.root).Jobs() {
			if job.Instance == "" {
				out += w.line(job.Name)
			}
		}
		for name := range w.up {
			if _, instance := jobfile.InstanceOf(name); instance != "" {
				out += w.line(name)
			}
		}
		return out, true
	case strings.HasPrefix(line, "initctl status "):
		name, known := w.instance(argv[2], argv[3:])
		if !known {
			return "", false
		}
		return w.line(name), true
	case strings.HasPrefix(line, "initctl start "), strings.HasPrefix(line, "initctl stop "):
		words := slices.DeleteFunc(slices.Clone(argv[2:]), func(s string) bool { return s == "--no-wait" })
		if j, known := jobfile.Open(w.root).Job(words[0]); known && j.Task && argv[1] == "start" && !slices.Contains(argv, "--no-wait") && !strings.HasPrefix(j.Name, "umm-") {
			w.t.Errorf("a task may take for ever, and is waited for: %s", line)
		}
		if ok = w.set(words[0], words[1:], argv[1] == "start"); ok {
			w.done = append(w.done, strings.TrimPrefix(line, "initctl "))
		}
		return "", ok
	case argv[0] == "service" && len(argv) == 3:
		name := "script " + argv[1]
		if argv[2] == "status" {
			return "", w.up[name]
		}
		if (argv[2] == "start") != strings.HasPrefix(line, "setsid ") {
			w.t.Errorf("what a service leaves running has to have a session of its own: %s", line)
		}
		w.done = append(w.done, strings.TrimPrefix(line, "setsid "))
		w.up[name] = argv[2] == "start"
		return "", true
	case line == "shutdown -r now", argv[0] == "mount", argv[0] == "wall":
		w.done = append(w.done, line)
		return "", true
	}
	w.t.Errorf("a program is run that nobody knows: %s", line)
	return "", false
}

func (w *world) line(name string) string {
	switch pid, has := w.pids[name]; {
	case w.up[name] && !has:
		return name + " start/running, process 100\n"
	case w.up[name] && pid == 0:
		return name + " start/running\n"
	case w.up[name]:
		return fmt.Sprintf("%s start/running, process %d\n", name, pid)
	}
	return name + " stop/waiting\n"
}

// instance is what initctl calls the one that these variables name; others, that the job
// does not ask for, are its environment.
func (w *world) instance(job string, vars []string) (name string, known bool) {
	j, known := jobfile.Open(w.root).Job(job)
	if !known || j.Instance == "" {
		return job, known
	}
	of, ok := j.VariablesOf(vars)
	if !ok {
		return job, false
	}
	var values []string
	for _, v := range of {
		_, value, _ := strings.Cut(v, "=")
		values = append(values, value)
	}
	if job == "odd" {
		return job + " (" + strings.Join(values, "") + ")", true
	}
	return job + " (" + strings.Join(values, "/") + ")", true
}

// set starts or stops a job; one that is in that state already is refused.
func (w *world) set(job string, vars []string, up bool) bool {
	name, known := w.instance(job, vars)
	if !known {
		return false
	}
	if j, _ := jobfile.Open(w.root).Job(job); j.Task && up {
		return true // it has run when it is asked about
	}
	if w.up[name] == up {
		return false
	}
	w.up[name] = up
	return true
}
