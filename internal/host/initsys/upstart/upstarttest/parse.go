package upstarttest

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Kind is one of the processes that a job may have.
type Kind int

// The processes, in the order in which Upstart lists them.
const (
	Main Kind = iota
	PreStart
	PostStart
	PreStop
	PostStop
	kinds
)

var kindNames = [kinds]string{"main", "pre-start", "post-start", "pre-stop", "post-stop"}

// String is the word of job files and of initctl.
func (k Kind) String() string { return kindNames[k] }

// Process is what a job runs: a command, or a script for /bin/sh -e.
type Process struct {
	Script bool
	Text   string
}

// Class is a job file: what every instance of the job is made of.
type Class struct {
	Name        string
	Instance    string
	Description string
	Usage       string
	Env         []string
	Export      []string
	Emits       []string
	StartOn     *Condition
	StopOn      *Condition
	Process     [kinds]*Process
	Task        bool
	Respawn     bool
	// RespawnLimit times in RespawnSeconds are allowed; 0: without limit.
	RespawnLimit, RespawnSeconds int
	// NormalExit has exit codes, and signals as codes of 256 times the signal.
	NormalExit  []int
	KillSignal  syscall.Signal
	KillTimeout int
	// Console is log, none, output or owner.
	Console string
	Umask   int
	Nice    int
	Chdir   string
	Limits  map[string][2]string
	// Unsupported names a stanza that this stand-in does not stand in for.
	Unsupported string
}

// newClass has the defaults of init(5).
func newClass(name string) *Class {
	return &Class{Name: name, RespawnLimit: 10, RespawnSeconds: 5, KillSignal: syscall.SIGTERM, KillTimeout: 5,
		Console: "log", Umask: 0o022, Limits: map[string][2]string{}}
}

// stanzas are all that Upstart 1.12.1 knows: init(5).
var stanzas = map[string]func(*Class, *scanner){
	"instance":    func(c *Class, s *scanner) { c.Instance = s.arg(); s.endOfLine() },
	"description": func(c *Class, s *scanner) { c.Description = s.arg(); s.endOfLine() },
	"author":      func(_ *Class, s *scanner) { s.arg(); s.endOfLine() },
	"version":     func(_ *Class, s *scanner) { s.arg(); s.endOfLine() },
	"usage":       func(c *Class, s *scanner) { c.Usage = s.arg(); s.endOfLine() },
	"env":         func(c *Class, s *scanner) { c.Env = append(c.Env, s.arg()); s.endOfLine() },
	"export":      func(c *Class, s *scanner) { c.Export = append(c.Export, s.args()...) },
	"emits":       func(c *Class, s *scanner) { c.Emits = append(c.Emits, s.args()...) },
	"start":       func(c *Class, s *scanner) { s.keyword("on"); c.StartOn = s.condition() },
	"stop":        func(c *Class, s *scanner) { s.keyword("on"); c.StopOn = s.condition() },
	"manual":      func(c *Class, _ *scanner) { c.StartOn = nil },
	"task":        func(c *Class, s *scanner) { c.Task = true; s.endOfLine() },
	"exec":        func(c *Class, s *scanner) { c.Process[Main] = &Process{Text: s.command()} },
	"script":      func(c *Class, s *scanner) { s.endOfLine(); c.Process[Main] = &Process{Script: true, Text: s.block()} },
	"pre-start":   process(PreStart),
	"post-start":  process(PostStart),
	"pre-stop":    process(PreStop),
	"post-stop":   process(PostStop),
	"respawn":     respawn,
	"normal":      normalExit,
	"kill":        kill,
	"reload":      func(_ *Class, s *scanner) { s.keyword("signal"); s.signal(); s.endOfLine() },
	"console":     func(c *Class, s *scanner) { c.Console = s.oneOf("none", "output", "owner", "log"); s.endOfLine() },
	"expect":      expect,
	"umask":       func(c *Class, s *scanner) { c.Umask = s.number(8, 0, 0o777, illegalUmask); s.endOfLine() },
	"nice":        func(c *Class, s *scanner) { c.Nice = s.number(10, -20, 19, illegalNice); s.endOfLine() },
	"oom":         oom,
	"limit":       limit,
	"chdir":       func(c *Class, s *scanner) { c.Chdir = s.arg(); s.endOfLine() },
	"chroot":      unsupported("chroot"),
	"setuid":      unsupported("setuid"),
	"setgid":      unsupported("setgid"),
	"apparmor":    func(c *Class, s *scanner) { s.oneOf("load", "switch"); unsupported("apparmor")(c, s) },
	"debug":       func(_ *Class, s *scanner) { s.endOfLine() },
}

// limits are the resources of setrlimit(2) by the names of init(5).
var limits = []string{"as", "core", "cpu", "data", "fsize", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
	"rtprio", "sigpending", "stack"}

// Parse reads a job file. Each stanza of it takes the place of what the class had
// of that kind before, but for env, export, emits and normal exit, which add to it.
func (c *Class) Parse(file, text string) (err error) {
	s := &scanner{src: text, line: 1}
	defer func() {
		if p := recover(); p != nil {
			f, ours := p.(fail)
			if !ours {
				panic(p)
			}
			err = &ParseError{File: file, Line: f.line, What: f.what}
		}
	}()
	for !s.done() {
		s.skipBlanks()
		if !s.more() {
			s.nextLine()
			continue
		}
		stanza := stanzas[s.word()]
		if stanza == nil {
			s.fail(unknownStanza)
		}
		stanza(c, s)
	}
	return nil
}

// keyword wants that very word.
func (s *scanner) keyword(word string) {
	if s.word() != word {
		s.fail(unknownStanza)
	}
}

func (s *scanner) oneOf(words ...string) string {
	w := s.arg()
	if !slices.Contains(words, w) {
		s.fail(unknownStanza)
	}
	return w
}

func (s *scanner) number(base, low, high int, what string) int {
	n, err := strconv.ParseInt(s.arg(), base, 32)
	if err != nil || int(n) < low || int(n) > high {
		s.fail(what)
	}
	return int(n)
}

const most = 1<<31 - 1

// signal reads a signal by its name or number.
func (s *scanner) signal() syscall.Signal {
	word := s.arg()
	if n := signalByName(word); n > 0 {
		return n
	}
	n, err := strconv.ParseUint(word, 10, 31)
	if err != nil {
		s.fail(illegalSignal)
	}
	return syscall.Signal(n)
}

// signals are those that a job of ours could name.
var signals = map[string]syscall.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "ILL": syscall.SIGILL,
	"ABRT": syscall.SIGABRT, "BUS": syscall.SIGBUS, "FPE": syscall.SIGFPE, "KILL": syscall.SIGKILL, "SEGV": syscall.SIGSEGV,
	"PIPE": syscall.SIGPIPE, "ALRM": syscall.SIGALRM, "TERM": syscall.SIGTERM, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2}

func signalByName(word string) syscall.Signal {
	return signals[strings.TrimPrefix(word, "SIG")]
}

func signalName(n syscall.Signal) string {
	for name, sig := range signals {
		if sig == n {
			return name
		}
	}
	return strconv.Itoa(int(n))
}

func process(kind Kind) func(*Class, *scanner) {
	return func(c *Class, s *scanner) {
		switch s.word() {
		case "exec":
			c.Process[kind] = &Process{Text: s.command()}
		case "script":
			s.endOfLine()
			c.Process[kind] = &Process{Script: true, Text: s.block()}
		default:
			s.fail(unknownStanza)
		}
	}
}

func respawn(c *Class, s *scanner) {
	if !s.more() {
		c.Respawn = true
		s.endOfLine()
		return
	}
	s.keyword("limit")
	if s.peek() == "unlimited" {
		s.arg()
		c.RespawnLimit, c.RespawnSeconds = 0, 0
	} else {
		c.RespawnLimit = s.number(10, 0, most, illegalLimit)
		c.RespawnSeconds = s.number(10, 0, most, illegalInterval)
	}
	s.endOfLine()
}

func normalExit(c *Class, s *scanner) {
	s.keyword("exit")
	for first := true; first || s.more(); first = false {
		if sig := signalByName(s.peek()); sig > 0 {
			s.arg()
			c.NormalExit = append(c.NormalExit, int(sig)<<8)
			continue
		}
		c.NormalExit = append(c.NormalExit, s.number(10, 0, most, illegalExit))
	}
	s.endOfLine()
}

func kill(c *Class, s *scanner) {
	switch s.word() {
	case "timeout":
		c.KillTimeout = s.number(10, 0, most, illegalInterval)
	case "signal":
		c.KillSignal = s.signal()
	default:
		s.fail(unknownStanza)
	}
	s.endOfLine()
}

func expect(c *Class, s *scanner) {
	if what := s.oneOf("stop", "daemon", "fork", "none"); what != "none" {
		c.Unsupported = "expect " + what
	}
	s.endOfLine()
}

func oom(_ *Class, s *scanner) {
	low, high, what := -16, 15, illegalOOM
	if s.peek() == "score" {
		s.arg()
		low, high, what = -999, 1000, illegalOOMScore
	}
	if s.peek() == "never" {
		s.arg()
	} else {
		s.number(10, low, high, what)
	}
	s.endOfLine()
}

func limit(c *Class, s *scanner) {
	name := s.oneOf(limits...)
	var pair [2]string
	for i := range pair {
		pair[i] = s.arg()
		if _, err := strconv.ParseUint(pair[i], 10, 64); err != nil && pair[i] != "unlimited" {
			s.fail(illegalLimit)
		}
	}
	c.Limits[name] = pair
	s.endOfLine()
}

func unsupported(name string) func(*Class, *scanner) {
	return func(c *Class, s *scanner) {
		s.arg()
		s.endOfLine()
		c.Unsupported = name
	}
}
