package rollout

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into testdata/*.txt")

// Whole runs, as files to read: lines that say what is done, "----", and what happened then. Each
// file is one simulated cluster; time is simulated too. -rewrite writes what happens.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playFile(t, file) })
		})
	}
}

func playFile(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{t: t, journal: &memory{}, started: time.Now()}
	var got strings.Builder
	for _, block := range strings.SplitAfter(string(data), "\n\n") {
		input, _, played := strings.Cut(block, "----\n")
		if got.WriteString(input); played {
			got.WriteString("----\n" + s.play(input) + "\n")
		}
	}
	text := strings.TrimRight(got.String(), "\n") + "\n"
	if len(s.then) > 0 || s.journal.killAt > 0 {
		t.Errorf("%s: it never came to what was to happen then: %q, killed at %d", file, s.then, s.journal.killAt)
	}
	switch {
	case *rewrite:
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	case text != string(data):
		t.Errorf("%s differs from what happens (-rewrite writes it):\n%s", file, difference(string(data), text))
	}
}

// difference is the first place where two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, w[i], g[i])
		}
	}
	return "one is longer"
}

// scenario is one cluster and one run on it.
type scenario struct {
	t       *testing.T
	world   *world
	journal *memory
	started time.Time
	// expected is how long a host took in earlier runs.
	expected time.Duration
	out      strings.Builder
	// then is what happens when an entry of a kind comes about whose text or step has these words.
	then []trigger
}

type trigger struct {
	kind, words, line string
}

// play does what lines say, and returns what happened.
func (s *scenario) play(lines string) string {
	s.out.Reset()
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.line(line)
		}
	}
	return s.out.String()
}

type event struct {
	pattern string
	do      func(s *scenario, m []string)
}

// events are what can happen to the cluster, and to umm-cluster.
func events() []event {
	return []event{
		{`cluster (.*)`, func(s *scenario, m []string) {
			s.world = newWorld(s.t, strings.Fields(m[1])...)
			s.world.reboot, s.world.work, s.world.join = time.Minute, 30*time.Second, 10*time.Second
		}},
		{`(\w+) holds the virtual IP`, func(s *scenario, m []string) { s.world.late[m[1]] = []string{"holds the virtual IP"} }},
		{`the command fails on (.*)`, func(s *scenario, m []string) {
			s.world.command = func(host string) bool { return !slices.Contains(strings.Fields(m[1]), host) }
		}},
		{`a hook of (\w+) postpones it`, func(s *scenario, m []string) { s.world.postpones[m[1]]++ }},
		{`the command succeeds`, func(s *scenario, _ []string) { s.world.command = func(string) bool { return true } }},
		{`the command installs a kernel on (.*)`, func(s *scenario, m []string) {
			s.world.installs = map[string]bool{}
			for _, host := range strings.Fields(m[1]) {
				s.world.installs[host] = true
			}
		}},
		{`the kernel fails its trial`, func(s *scenario, _ []string) { s.world.badKernel = true }},
		{`(\w+) needs a reboot`, func(s *scenario, m []string) { s.world.hosts[m[1]].installed = true }},
		{`the database fails on (\w+)`, func(s *scenario, m []string) {
			s.world.trouble[m[1]] = service.Verdict{Service: "db", Name: "serves", Host: m[1], State: service.Stop, Reason: m[1] + " has left the cluster"}
		}},
		{`the database recovers on (\w+)`, func(s *scenario, m []string) { delete(s.world.trouble, m[1]) }},
		{`somebody sets (\w+) to standby`, func(s *scenario, m []string) { s.world.hosts[m[1]].standby = true }},
		{`(\w+) loses its power`, func(s *scenario, m []string) { s.world.hosts[m[1]].dead = true }},
		{`(\w+) answers again`, func(s *scenario, m []string) { s.world.hosts[m[1]].dead = false }},
		{`the standby of (\w+) cannot be undone`, func(s *scenario, m []string) { s.world.stuck = m[1] }},
		{`the standby can be undone again`, func(s *scenario, _ []string) { s.world.stuck = "" }},
		{`umm-cluster is killed (before|after) entry (\d+) is kept`, func(s *scenario, m []string) {
			s.journal.killAt, _ = strconv.Atoi(m[2])
			s.journal.durable = m[1] == "after"
		}},
		{`when (\w+) "(.*)": (.*)`, func(s *scenario, m []string) { s.then = append(s.then, trigger{m[1], m[2], m[3]}) }},
		{`a host took (\d+) seconds before`, func(s *scenario, m []string) {
			n, _ := strconv.Atoi(m[1])
			s.expected = time.Duration(n) * time.Second
		}},
		{`hosts`, func(s *scenario, _ []string) { s.showHosts() }},
		{`umm-cluster (.*)`, func(s *scenario, m []string) { s.command(m[1]) }},
	}
}

func (s *scenario) line(line string) {
	for _, e := range events() {
		if m := regexp.MustCompile("^" + e.pattern + "$").FindStringSubmatch(line); m != nil {
			e.do(s, m)
			return
		}
	}
	s.t.Fatalf("nothing is known of %q", line)
}

// command runs a command of umm-cluster on the run of this scenario.
func (s *scenario) command(line string) {
	verb, args, _ := strings.Cut(line, " ")
	l := DefaultLimits()
	l.Samples, l.Interval, l.Poll, l.Ask = 3, 5*time.Second, time.Second, 10*time.Second
	l.Gate, l.Enter, l.Command, l.Leave, l.Settle, l.Drain = 10*time.Minute, 10*time.Minute, time.Hour, 10*time.Minute, 10*time.Minute, 5*time.Minute
	e := s.world.engine(s.journal, l)
	e.Emit = s.emit
	e.Expected = func(string) time.Duration { return s.expected }
	err := s.begin(e, verb, args)
	outcome := Stopped
	if err == nil {
		outcome, err = e.Go(s.t.Context())
	}
	var stop *Stop
	switch {
	case errors.Is(err, errKilled):
		s.print("        umm-cluster was killed")
	case err != nil && !errors.As(err, &stop):
		s.print("        " + err.Error())
	case outcome == Ended && len(e.state.InForce()) == 0:
		if dead := slices.ContainsFunc(s.world.names, func(n string) bool { return s.world.hosts[n].dead }); dead || e.state.Request.Verb == run.Down {
			s.world.most = 0 // not by this run, or as asked for
		}
		s.world.clean("ended")
	}
	for _, text := range s.world.wrong {
		s.t.Errorf("in a wrong order: %s", text)
	}
}

// begin is what a command asks the engine for.
func (s *scenario) begin(e *Engine, verb, args string) error {
	ctx := s.t.Context()
	switch verb {
	case "resume":
		if args == "--retry" {
			return e.Retry(ctx, "operator")
		}
		return e.Resume(ctx, "operator")
	case "continue":
		return e.Continue(ctx, "operator", s.until(strings.TrimPrefix(args, "--until=")))
	case "abort":
		if reason, ok := strings.CutPrefix(args, "--accept-risk="+RiskLeftInForce+" --reason="); ok {
			return e.Close("operator", reason)
		}
		s.world.hasty = true
		return e.Abort(ctx, "operator", nil)
	case "up", "off":
		s.world.hasty = verb == "up"
		return e.Return(ctx, "operator", nil, nil)
	}
	r := s.request(run.Verb(verb), args)
	if len(r.Hosts) == 0 {
		return errors.New("no host needs a reboot")
	}
	return e.Begin(ctx, r)
}

// until is a time as it stands before what happens; zero for "".
func (s *scenario) until(clock string) time.Time {
	var m, sec int
	if n, _ := fmt.Sscanf(clock, "%d:%d", &m, &sec); n != 2 {
		return time.Time{}
	}
	return s.started.UTC().Add(time.Duration(m)*time.Minute + time.Duration(sec)*time.Second)
}

// request reads flags and hosts as umm-cluster has them.
func (s *scenario) request(verb run.Verb, args string) run.Request {
	r := request(verb)
	hosts, command, _ := strings.Cut(args+" ", "-- ")
	r.By, r.Command = "operator", strings.Fields(command)
	for _, word := range strings.Fields(hosts) {
		flag, value, _ := strings.Cut(word, "=")
		switch flag {
		case "--canary":
			r.Options.Canary = true
		case "--hold":
			r.Options.Hold = true
		case "--pause-after":
			r.Options.PauseAfter, _ = strconv.Atoi(value)
		case "--until":
			r.Options.Until = s.until(value)
		case "--enter":
			r.Options.Enter = run.EnterBy(value)
		case "--leave":
			r.Options.Leave = run.LeaveBy(value)
		case "--on-command-failure":
			r.Options.ContinueOnFailure = value == "continue"
		case "--accept-risk":
			r.Risks = append(r.Risks, run.Risk{Name: value, Reason: "it is known"})
		case "--if-needed":
			for _, name := range s.world.names {
				if s.world.hosts[name].installed {
					r.Hosts = append(r.Hosts, name)
				}
			}
		default:
			r.Hosts = append(r.Hosts, word)
		}
	}
	return r
}

func (s *scenario) print(line string) { s.out.WriteString(strings.TrimRight(line, " ") + "\n") }

// emit prints an entry as one line, a hint as one more, and lets happen what is to happen then.
func (s *scenario) emit(e run.Entry) {
	number, words := "", e.Text
	if e.Seq > 0 {
		number = strconv.Itoa(e.Seq)
	}
	if e.Step != nil {
		words = fmt.Sprintf("%d %s", e.Step.N+1, e.Step.Title)
		if e.Kind != run.Begun {
			words = strconv.Itoa(e.Step.N + 1)
		}
		if e.Text != "" {
			words += " " + e.Text
		}
	}
	switch e.Kind {
	case run.Requested:
		words = fmt.Sprintf("%s of %s", e.Request.Verb, list(e.Request.Hosts))
	case run.Baseline:
		words = fmt.Sprintf("%d checks, %d not ok", len(e.Verdicts), len(service.Bad(e.Verdicts)))
	case run.Chosen:
		words += fmt.Sprintf(" (steps: %d)", len(e.Steps))
	}
	at := time.Since(s.started).Round(time.Second)
	s.print(fmt.Sprintf("%3d:%02d %3s %-2s %-9s %s", int(at.Minutes()), int(at.Seconds())%60, number, e.Host, e.Kind, words))
	for _, line := range e.LastLines {
		s.print("                      | " + line)
	}
	if e.Hint != "" {
		s.print("                      next: " + e.Hint)
	}
	for i, then := range s.then {
		if title := words + " " + stepTitle(e); string(e.Kind) == then.kind && strings.Contains(title, then.words) {
			s.then = slices.Delete(slices.Clone(s.then), i, i+1)
			s.print("        " + then.line)
			s.world.lock.Lock()
			s.line(then.line)
			s.world.lock.Unlock()
			return
		}
	}
}

func stepTitle(e run.Entry) string {
	if e.Step == nil {
		return ""
	}
	return e.Step.Title
}

// showHosts prints how the hosts are.
func (s *scenario) showHosts() {
	for _, name := range s.world.names {
		h := s.world.hosts[name]
		text := name + " is " + h.mode
		for _, more := range []struct {
			is   bool
			text string
		}{{h.dead, "does not answer"}, {h.drained, "drained"}, {h.standby, "in standby"}, {h.guard != "", "has the guard"}} {
			if more.is {
				text += ", " + more.text
			}
		}
		s.print(fmt.Sprintf("%s; reboots: %d, umm on: %d", text, h.boot-1, s.world.on[name]))
	}
}
