package upstart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"umm/internal/host/jobfile"
)

// stoppedFile lists what Enter has stopped in this boot, one a line, with the variables that
// it had been started with. What events started before the gate, such as filesystem, no event
// will start again. It is apart from /run/umm, which can be made again from the record, and
// for root alone: a variable may hold a secret.
const stoppedFile = "run/umm.stopped"

// noted is a line of it: the name, and after tabs the variables, quoted; a question mark in
// their place says that they could not be told.
type noted struct {
	name string
	vars []string
	lost bool
}

func (n noted) String() string {
	if n.lost {
		return n.name + "\t?"
	}
	line := n.name
	for _, kv := range n.vars {
		line += "\t" + strconv.Quote(kv)
	}
	return line
}

func parseNoted(line string) noted {
	words := strings.Split(line, "\t")
	n := noted{name: words[0]}
	for _, word := range words[1:] {
		kv, err := strconv.Unquote(word)
		if err != nil {
			return noted{name: n.name, lost: true}
		}
		n.vars = append(n.vars, kv)
	}
	return n
}

// remember adds to the list what is not on it.
func (m Manager) remember(what []noted) error {
	known := m.stopped()
	var text strings.Builder
	for _, n := range what {
		if !own(n.name) && !slices.ContainsFunc(known, func(k noted) bool { return k.name == n.name }) {
			text.WriteString(n.String() + "\n")
		}
	}
	if text.Len() == 0 {
		return nil
	}
	path := filepath.Join(m.Root, stoppedFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cannot record what is stopped: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("cannot record what is stopped: %w", err)
	}
	err = f.Chmod(0o600) // an older umm made it for everybody
	if err == nil {
		_, err = f.WriteString(text.String())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot record what is stopped: %w", err)
	}
	return nil
}

// stopped is the list.
func (m Manager) stopped() []noted {
	var all []noted
	for line := range strings.Lines(m.read(stoppedFile)) {
		if n := parseNoted(strings.TrimSuffix(line, "\n")); n.name != "" {
			all = append(all, n)
		}
	}
	return all
}

func namesOf(list []noted) []string {
	names := make([]string, 0, len(list))
	for _, n := range list {
		names = append(names, n.name)
	}
	return names
}

func (m Manager) isNoted(name string) bool { return slices.Contains(namesOf(m.stopped()), name) }

func (m Manager) read(path string) string {
	data, _ := os.ReadFile(filepath.Join(m.Root, path))
	return string(data)
}

// notOfStart are variables that a process has, but not of what its job was started with:
// those of every job, and those that a shell adds by itself.
var notOfStart = []string{"UPSTART_JOB", "UPSTART_INSTANCE", "UPSTART_STOP_EVENTS", "UPSTART_FDS", "PATH", "TERM", "PWD", "OLDPWD", "SHLVL", "_"}

// startedWith is an instance with the variables of its start: those of its events, or of
// `start JOB KEY=value`. Its process has them, and nobody else.
func (m Manager) startedWith(tree *jobfile.Tree, i instance) noted {
	name, _ := jobfile.InstanceOf(i.name)
	job, _ := tree.Job(name)
	env := strings.Split(m.read(filepath.Join("proc", strconv.Itoa(i.process), "environ")), "\x00")
	if i.process == 0 || !slices.Contains(env, "UPSTART_JOB="+name) {
		// There is no process, or one that has written over its environment. Only a job that
		// takes nothing from its events does not care.
		return noted{name: i.name, lost: i.process != 0 || len(job.Refers) > 0}
	}
	n := noted{name: i.name}
	for _, kv := range env {
		key, _, found := strings.Cut(kv, "=")
		if found && isKey(key) && !slices.Contains(notOfStart, key) && !slices.Contains(job.Env, kv) {
			n.vars = append(n.vars, kv)
		}
	}
	return n
}

// isKey tells whether initctl takes that for the name of a variable.
func isKey(key string) bool {
	return key != "" && strings.Trim(key, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
