package ceph

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// section is one part of what the script prints.
type section struct {
	words []string
	code  int
	lines []string
}

func sections(text string) ([]section, error) {
	var all []section
	for _, line := range strings.Split(text, "\n") {
		head, is := strings.CutPrefix(line, "# ")
		if !is {
			if len(all) == 0 && strings.TrimSpace(line) != "" {
				return nil, fmt.Errorf("the answer begins with %q", line)
			}
			if len(all) > 0 && line != "" {
				all[len(all)-1].lines = append(all[len(all)-1].lines, line)
			}
			continue
		}
		words := strings.Fields(head)
		if len(words) < 2 {
			return nil, fmt.Errorf("the line %q is no heading", line)
		}
		code, err := strconv.Atoi(words[len(words)-1])
		if err != nil {
			return nil, fmt.Errorf("the line %q is no heading", line)
		}
		all = append(all, section{words: words[:len(words)-1], code: code})
	}
	if len(all) == 0 || all[len(all)-1].words[0] != "end" {
		return nil, errors.New("the output is cut off")
	}
	return all[:len(all)-1], nil
}

// json is the line that is one: warnings of the client stand around it.
func (sec section) json() (string, bool) {
	for _, line := range sec.lines {
		if strings.HasPrefix(line, "{") {
			return line, true
		}
	}
	return "", false
}

// said is the rest of it, as one line.
func (sec section) said() string {
	var all []string
	for _, line := range sec.lines {
		if !strings.HasPrefix(line, "{") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return strings.Join(all, " ")
}
