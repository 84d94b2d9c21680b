// Package jobfile answers what the configuration on disk of a host that Upstart runs
// says about its services, without asking Upstart: which jobs there are and what they
// start on, with their override files; which init scripts there are, and in which run
// levels rc starts and stops them. It judges nothing: what matters is essential/jobs' and
// sshcheck's business. It is as tolerant as it can be; Upstart itself says what it
// makes of a file.
package jobfile

import (
	"slices"
	"strings"
	"unicode"
)

// Job is a job file of /etc/init, with its override file.
type Job struct {
	// Name is the file's below /etc/init, without the suffix.
	Name string
	// StartOn is the condition, on one line; empty: nothing starts the job by itself.
	StartOn string
	// Override: there is an override file, which has been taken into account.
	Override bool
	Task     bool
	// Instance is the pattern that instances get their names by; empty: there is one
	// instance only.
	Instance string
	// Env are the variables that the file itself sets, as KEY=value.
	Env []string
	// Refers are the variables that its processes refer to, of those that events have.
	Refers []string
}

// Enabled tells whether something starts the job by itself.
func (j Job) Enabled() bool { return j.StartOn != "" }

// Events are the events that the start condition waits for, each once.
func (j Job) Events() []string {
	var events []string
	first := true
	for _, word := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(j.StartOn)) {
		switch word {
		case "(", ")", "and", "or":
			first = true
		default:
			if first && !slices.Contains(events, word) {
				events = append(events, word)
			}
			first = false
		}
	}
	return events
}

// parse takes what a job or override file says into j, as init(5) has it: of what is
// said twice the last word counts, and manual takes back what was said before.
func (j *Job) parse(text string) {
	lines := strings.Split(strings.ReplaceAll(text, "\\\n", " "), "\n")
	for i := 0; i < len(lines); i++ {
		words := strings.Fields(uncomment(lines[i]))
		if len(words) == 0 {
			continue
		}
		if words[0] == "script" || len(words) > 1 && words[1] == "script" {
			for i++; i < len(lines) && !isEnd(lines[i]); i++ {
				j.refer(uncomment(lines[i]))
			}
			continue
		}
		switch rest := words[1:]; words[0] {
		case "exec", "pre-start", "post-start":
			j.refer(uncomment(lines[i]))
		case "env":
			if key, value, found := strings.Cut(strings.Join(rest, " "), "="); found {
				j.Env = append(j.Env, key+"="+unquote(value))
			}
		case "manual":
			j.StartOn = ""
		case "task":
			j.Task = true
		case "instance":
			j.Instance = unquote(strings.Join(rest, " "))
		case "start":
			if len(rest) == 0 || rest[0] != "on" {
				continue
			}
			rest = rest[1:]
			// A condition goes on over lines as long as a bracket is open.
			for open(rest) > 0 && i+1 < len(lines) {
				i++
				rest = append(rest, strings.Fields(uncomment(lines[i]))...)
			}
			j.StartOn = strings.Join(rest, " ")
		}
	}
}

// ofEvents are variables that the events of Ubuntu 14.04 have, by upstart-events(7).
var ofEvents = []string{"RUNLEVEL", "PREVLEVEL", "IFACE", "LOGICAL", "ADDRFAM", "METHOD", "INTERFACE", "DEVICE", "DEVNAME", "DEVPATH",
	"MOUNTPOINT", "TYPE", "OPTIONS", "JOB", "INSTANCE", "RESULT", "PROCESS", "EXIT_STATUS", "EXIT_SIGNAL"}

// refer notes the variables of events that a line refers to.
func (j *Job) refer(line string) {
	for line != "" {
		_, key, rest := nextVariable(line)
		if slices.Contains(ofEvents, key) && !slices.Contains(j.Refers, key) {
			j.Refers = append(j.Refers, key)
		}
		line = rest
	}
}

func isEnd(line string) bool { return slices.Equal(strings.Fields(line), []string{"end", "script"}) }

// uncomment leaves out what stands behind a # outside of quotes.
func uncomment(line string) string {
	quote := rune(0)
	for i, c := range line {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return line[:i]
		}
	}
	return line
}

// open counts the brackets that are not closed.
func open(words []string) int {
	text := strings.Join(words, " ")
	return strings.Count(text, "(") - strings.Count(text, ")")
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// InstanceOf splits what `initctl list` calls an instance, "network-interface (eth0)".
func InstanceOf(name string) (job, instance string) {
	job, rest, found := strings.Cut(name, " (")
	if !found || !strings.HasSuffix(rest, ")") {
		return name, ""
	}
	return job, strings.TrimSuffix(rest, ")")
}

// Variables are the KEY=VALUE by which initctl is told which instance is meant: those
// that give the instance its name. ok is false where they cannot be told from it.
func (j Job) Variables(instance string) (vars []string, ok bool) {
	if j.Instance == "" {
		return nil, instance == ""
	}
	pattern := j.Instance
	for pattern != "" {
		literal, key, rest := nextVariable(pattern)
		after, found := strings.CutPrefix(instance, literal)
		if !found {
			return nil, false
		}
		instance, pattern = after, rest
		if key == "" {
			break
		}
		value := instance
		// The variable ends where the pattern's next literal begins.
		if next, _, _ := nextVariable(rest); next != "" {
			at := strings.Index(instance, next)
			if at < 0 {
				return nil, false
			}
			value = instance[:at]
		} else if rest != "" {
			return nil, false // two variables with nothing between
		}
		vars = append(vars, key+"="+value)
		instance = instance[len(value):]
	}
	return vars, instance == "" && len(vars) > 0
}

// VariablesOf are the same, of those that an instance was started with. ok is false where
// one is missing.
func (j Job) VariablesOf(started []string) (vars []string, ok bool) {
	for pattern := j.Instance; pattern != ""; {
		var key string
		_, key, pattern = nextVariable(pattern)
		if key == "" {
			continue
		}
		i := slices.IndexFunc(started, func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
		if i < 0 {
			return nil, false
		}
		vars = append(vars, started[i])
	}
	return vars, len(vars) > 0
}

// nextVariable splits a pattern: what stands before its first $KEY or ${KEY}, with or
// without a default, the key, and the rest.
func nextVariable(pattern string) (literal, key, rest string) {
	literal, rest, found := strings.Cut(pattern, "$")
	if !found {
		return pattern, "", ""
	}
	if inner, braced := strings.CutPrefix(rest, "{"); braced {
		inner, rest, _ = strings.Cut(inner, "}")
		key = inner[:nameLen(inner)]
		return literal, key, rest
	}
	n := nameLen(rest)
	return literal, rest[:n], rest[n:]
}

func nameLen(s string) int {
	n := strings.IndexFunc(s, func(c rune) bool { return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	if n < 0 {
		return len(s)
	}
	return n
}
