package upstarttest

import (
	"fmt"
	"strings"
)

// ParseError is what Upstart's log says of a job file that it does not take.
type ParseError struct {
	File string
	Line int
	What string
}

func (e *ParseError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// The words are Upstart's.
const (
	expectedToken     = "Expected token"
	unexpectedToken   = "Unexpected token"
	trailingSlash     = "Trailing slash in file"
	unterminatedQuote = "Unterminated quoted string"
	unterminatedBlock = "Unterminated block"
	unknownStanza     = "Unknown stanza"
	expectedEvent     = "Expected event"
	expectedOperator  = "Expected operator"
	expectedVariable  = "Expected variable name before value"
	mismatchedParens  = "Mismatched parentheses"
	illegalInterval   = "Illegal interval, expected number of seconds"
	illegalExit       = "Illegal exit status, expected integer"
	illegalSignal     = "Illegal signal status, expected integer"
	illegalUmask      = "Illegal file creation mask, expected octal integer"
	illegalNice       = "Illegal nice value, expected -20 to 19"
	illegalOOM        = "Illegal oom adjustment, expected -16 to 15 or 'never'"
	illegalOOMScore   = "Illegal oom score adjustment, expected -999 to 1000 or 'never'"
	illegalLimit      = "Illegal limit, expected 'unlimited' or integer"
)

// What ends a token, by init(5): a comment or a line's end, blanks too outside of
// commands, and parentheses within conditions.
const (
	blanks      = " \t\r"
	lineEnds    = "#\n"
	wordEnds    = " \t\r#\n"
	operandEnds = "()" + wordEnds
)

// scanner goes through a job file.
type scanner struct {
	src       string
	pos, line int
}

// fail carries a parse error out of the scanner; line is where it was found.
type fail struct {
	line int
	what string
}

func (s *scanner) fail(what string) { panic(fail{s.line, what}) }

func (s *scanner) done() bool { return s.pos >= len(s.src) }

// at tells whether the next byte is one of those in set.
func (s *scanner) at(set string) bool {
	return !s.done() && strings.IndexByte(set, s.src[s.pos]) >= 0
}

// more tells whether the line has anything else but a comment.
func (s *scanner) more() bool { return !s.done() && !s.at(lineEnds) }

// skipBlanks goes over blanks, and over line ends that a backslash takes away.
func (s *scanner) skipBlanks() {
	for !s.done() {
		switch {
		case s.at(blanks):
			s.pos++
		case strings.HasPrefix(s.src[s.pos:], "\\\n"):
			s.pos += 2
			s.line++
		default:
			return
		}
	}
}

// nextLine goes to the start of the next line.
func (s *scanner) nextLine() {
	if n := strings.IndexByte(s.src[s.pos:], '\n'); n >= 0 {
		s.pos += n + 1
		s.line++
		return
	}
	s.pos = len(s.src)
}

// endOfLine wants nothing more on the line but a comment.
func (s *scanner) endOfLine() {
	if s.more() {
		s.fail(unexpectedToken)
	}
	s.nextLine()
}

// token reads up to one of ends outside of quotes. Line ends within quotes, or
// after a backslash, are one blank. With dequote quotes go, and a backslash before
// a backslash or a blank.
func (s *scanner) token(ends string, dequote bool) string {
	var b, gap strings.Builder
	quote, newline := byte(0), false
	put := func(text string) {
		if newline {
			b.WriteByte(' ')
		} else {
			b.WriteString(gap.String())
		}
		gap.Reset()
		newline = false
		b.WriteString(text)
	}
	for ; !s.done(); s.pos++ {
		c := s.src[s.pos]
		switch {
		case c == '\\':
			if s.pos+1 == len(s.src) {
				s.fail(trailingSlash)
			}
			s.pos++
			next := s.src[s.pos]
			switch {
			case next == '\n':
				s.line++
				newline = true
			case dequote && strings.IndexByte("\\"+blanks, next) >= 0:
				put(string(next))
			default:
				put("\\" + string(next))
			}
		case quote != 0 && c == '\n':
			s.line++
			newline = true
		case c == quote:
			quote = 0
			s.quote(put, c, dequote)
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
			s.quote(put, c, dequote)
		case quote == 0 && strings.IndexByte(ends, c) >= 0:
			return b.String()
		case strings.IndexByte(blanks, c) >= 0:
			gap.WriteByte(c)
		default:
			put(string(c))
		}
	}
	if quote != 0 {
		s.fail(unterminatedQuote)
	}
	return b.String()
}

func (s *scanner) quote(put func(string), c byte, dequote bool) {
	if dequote {
		put("")
		return
	}
	put(string(c))
}

// next is a token that must be there, and the blanks behind it.
func (s *scanner) next(ends string, dequote bool) string {
	t := s.token(ends, dequote)
	if t == "" {
		s.fail(expectedToken)
	}
	s.skipBlanks()
	return t
}

// word is a token as it stands: a keyword.
func (s *scanner) word() string { return s.next(wordEnds, false) }

// arg is a token without its quotes.
func (s *scanner) arg() string { return s.next(wordEnds, true) }

// args are all those left on the line, one at least.
func (s *scanner) args() []string {
	if !s.more() {
		s.fail(expectedToken)
	}
	var all []string
	for s.more() {
		all = append(all, s.arg())
	}
	s.nextLine()
	return all
}

// command is the rest of the line, quotes and all.
func (s *scanner) command() string {
	if !s.more() {
		s.fail(expectedToken)
	}
	c := s.token(lineEnds, false)
	s.nextLine()
	return c
}

// block is what stands before the line `end script`, without the blanks that all
// of its lines begin with.
func (s *scanner) block() string {
	var lines []string
	common := ""
	for {
		if s.done() {
			s.fail(unterminatedBlock)
		}
		start := s.pos
		s.nextLine()
		line := strings.TrimSuffix(s.src[start:s.pos], "\n")
		if endsScript(line) {
			break
		}
		lead := line[:len(line)-len(strings.TrimLeft(line, blanks))]
		if len(lines) == 0 {
			common = lead
		}
		for !strings.HasPrefix(lead, common) {
			common = common[:len(common)-1]
		}
		lines = append(lines, line)
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line[len(common):] + "\n")
	}
	return b.String()
}

func endsScript(line string) bool {
	line, _, _ = strings.Cut(line, "#")
	f := strings.Fields(line)
	return len(f) == 2 && f[0] == "end" && f[1] == "script"
}
