package upstart

import (
	"slices"
	"strconv"
	"strings"
)

// instance is one line of `initctl list`.
type instance struct {
	// name is the job's with that of the instance, as initctl prints it.
	name string
	// goal is start or stop, state where the instance is on its way.
	goal, state string
	// process is that of the main process, 0 where there is none.
	process int
}

// up tells whether the instance runs or is on its way there.
func (i instance) up() bool { return i.goal == "start" }

// parseList reads what `initctl list` and `initctl status` print, initctl(8) of Upstart
// 1.12.1, "status": a job, its instance in brackets where it has one, goal/state, and
// the process where there is one. Further processes stand on lines of their own behind
// a tab.
//
//	tty1 start/running, process 981
//	network-interface (eth0) start/running
//	mountall start/post-start, (post-start) process 1357
func parseList(out string) []instance {
	var all []instance
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		words, process, _ := strings.Cut(strings.TrimSpace(line), ", ")
		at := strings.LastIndexByte(words, ' ')
		goal, state, found := strings.Cut(words[at+1:], "/")
		if at < 0 || !found || goal != "start" && goal != "stop" {
			continue
		}
		i := instance{name: words[:at], goal: goal, state: state}
		if pid, isMain := strings.CutPrefix(process, "process "); isMain {
			i.process, _ = strconv.Atoi(pid)
		}
		all = append(all, i)
	}
	return all
}

// running are the names of what is up, sorted.
func running(all []instance) []string {
	var names []string
	for _, i := range all {
		if i.up() {
			names = append(names, i.name)
		}
	}
	slices.Sort(names)
	return names
}

// startsOn tells whether the output of `initctl show-config JOB` has a start condition
// that names each of the words. initctl(8): "start on" and the condition stand on a line
// of their own behind two blanks; a job that nothing starts has no such line.
func startsOn(out string, words ...string) bool {
	for line := range strings.Lines(out) {
		condition, found := strings.CutPrefix(strings.TrimSpace(line), "start on ")
		if !found {
			continue
		}
		has := strings.FieldsFunc(condition, func(r rune) bool { return r == ' ' || r == '(' || r == ')' })
		return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(has, w) })
	}
	return false
}

// versionOf is the version in what `initctl version` prints, "init (upstart 1.12.1)";
// empty where that is not Upstart's answer.
func versionOf(out string) string {
	_, version, found := strings.Cut(strings.TrimSpace(out), "(upstart ")
	if !found {
		return ""
	}
	version, _, _ = strings.Cut(version, ")")
	return version
}
