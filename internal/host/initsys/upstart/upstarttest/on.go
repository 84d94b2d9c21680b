package upstarttest

import (
	"path"
	"strings"
)

// Condition is a `start on` or `stop on`, as a tree, with what has come of it.
type Condition struct {
	// Op is "and", "or", or "" for an event.
	Op          string
	Left, Right *Condition
	Name        string
	// Match is what the event's variables must be: KEY=GLOB, KEY!=GLOB, or a GLOB
	// for the variable at that place.
	Match []string

	met   bool
	event *event
}

// String is how initctl show-config writes it.
func (c *Condition) String() string {
	if c.Op != "" {
		return "(" + c.Left.String() + " " + c.Op + " " + c.Right.String() + ")"
	}
	return strings.Join(append([]string{c.Name}, c.Match...), " ")
}

// condition reads what stands behind `start on`. `and` and `or` bind alike, from
// the left; within parentheses it may go over lines.
func (s *scanner) condition() *Condition {
	if !s.more() {
		s.fail(expectedToken)
	}
	c := s.alternatives(0)
	if s.at(")") {
		s.fail(mismatchedParens)
	}
	s.endOfLine()
	return c
}

func (s *scanner) alternatives(depth int) *Condition {
	left := s.operand(depth)
	for {
		s.breakLines(depth)
		op := s.peek()
		switch {
		case op == "and" || op == "or":
			s.next(operandEnds, false)
			left = &Condition{Op: op, Left: left, Right: s.operand(depth)}
		case s.at("("):
			s.fail(expectedOperator)
		default:
			return left
		}
	}
}

func (s *scanner) operand(depth int) *Condition {
	s.breakLines(depth)
	if s.at("(") {
		s.pos++
		s.skipBlanks()
		c := s.alternatives(depth + 1)
		if !s.at(")") {
			s.fail(mismatchedParens)
		}
		s.pos++
		s.skipBlanks()
		if s.breakLines(depth); s.more() && !s.at("()") && s.peek() != "and" && s.peek() != "or" {
			s.fail(expectedOperator)
		}
		return c
	}
	if word := s.peek(); word == "" || word == "and" || word == "or" {
		s.fail(expectedEvent)
	}
	c := &Condition{Name: s.next(operandEnds, true)}
	named := false
	for {
		s.breakLines(depth)
		if word := s.peek(); word == "" || word == "and" || word == "or" {
			return c
		}
		arg := s.next(operandEnds, true)
		if hasName := strings.Contains(arg, "="); hasName {
			named = true
		} else if named {
			s.fail(expectedVariable)
		}
		c.Match = append(c.Match, arg)
	}
}

// breakLines goes to the next line, within parentheses. It must have something: a
// blank line is none of a condition's, nor is one that has a comment only.
func (s *scanner) breakLines(depth int) {
	s.skipBlanks()
	if depth == 0 || s.done() || !s.at(lineEnds) {
		return
	}
	s.nextLine()
	s.skipBlanks()
	if s.at(lineEnds) {
		s.fail(expectedToken)
	}
}

// peek is the next word as it stands, "" where there is none.
func (s *scanner) peek() string {
	was := *s
	defer func() { *s = was }()
	return s.token(operandEnds, false)
}

// clone is the condition with nothing come of it yet.
func (c *Condition) clone() *Condition {
	if c == nil {
		return nil
	}
	return &Condition{Op: c.Op, Left: c.Left.clone(), Right: c.Right.clone(), Name: c.Name, Match: c.Match}
}

// handle notes an event and tells whether it was waited for. The event does not
// end before the condition lets go of it: `emit` of one half of an `and` blocks.
func (c *Condition) handle(e *event, env Env) bool {
	if c.Op != "" {
		left, right := c.Left.handle(e, env), c.Right.handle(e, env)
		if c.Op == "and" {
			c.met = c.Left.met && c.Right.met
		} else {
			c.met = c.Left.met || c.Right.met
		}
		return left || right
	}
	if c.met || !c.matches(e, env) {
		return false
	}
	c.met, c.event = true, e
	e.blockers++
	return true
}

// inherit takes over what an older version of a job file has seen of the events that
// both wait for: asked of the real one, a job whose file is read again in the middle
// of the boot does not wait for ever.
func (c *Condition) inherit(old *Condition) {
	for _, e := range old.seen() {
		c.each(func(leaf *Condition) { leaf.handle(e, nil) })
	}
}

// each goes through the events of a condition.
func (c *Condition) each(do func(*Condition)) {
	if c == nil {
		return
	}
	c.Left.each(do)
	c.Right.each(do)
	if c.Op == "" {
		do(c)
	}
}

// seen are the events that it holds.
func (c *Condition) seen() (events []*event) {
	c.each(func(leaf *Condition) {
		if leaf.event != nil {
			events = append(events, leaf.event)
		}
	})
	return events
}

// reset forgets what has come, and lets go of it.
func (c *Condition) reset() {
	if c == nil {
		return
	}
	c.Left.reset()
	c.Right.reset()
	c.met = false
	if c.event != nil {
		c.event.blockers--
		c.event = nil
	}
}

// events are those that met it; a half of an `and` whose other half is
// missing is none of them.
func (c *Condition) events() []*event {
	if c == nil || !c.met {
		return nil
	}
	if c.Op != "" {
		return append(c.Left.events(), c.Right.events()...)
	}
	return []*event{c.event}
}

// matches compares name and variables. The values of the condition may refer to
// the job's variables; one that is not there matches nothing.
func (c *Condition) matches(e *event, env Env) bool {
	if c.Name != e.name {
		return false
	}
	at := 0
	for _, m := range c.Match {
		want, negate, i := m, false, at
		if eq := strings.IndexByte(m, '='); eq >= 0 {
			// As Upstart has it, the first "!=" counts, wherever it stands.
			if ne := strings.Index(m, "!="); ne >= 0 {
				negate, eq = true, ne
				want = m[ne+2:]
			} else {
				want = m[eq+1:]
			}
			i = e.env.index(m[:eq])
		}
		if i < 0 || i >= len(e.env) {
			return false
		}
		at = i + 1
		_, have, _ := strings.Cut(e.env[i], "=")
		expanded, err := env.Expand(want)
		if err != nil || glob(expanded, have) == negate {
			return false
		}
	}
	return true
}

// glob is fnmatch(3) without flags: unlike in path.Match a star goes over slashes,
// and [!x] negates.
func glob(pattern, text string) bool {
	const slash = "\x00"
	pattern = strings.ReplaceAll(strings.ReplaceAll(pattern, "/", slash), "[!", "[^")
	ok, err := path.Match(pattern, strings.ReplaceAll(text, "/", slash))
	return ok && err == nil
}
