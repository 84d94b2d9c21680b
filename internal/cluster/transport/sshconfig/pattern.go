package sshconfig

import "strings"

// matchList is ssh's pattern list: any match, unless a pattern with ! matches.
func matchList(patterns []string, s string) bool {
	found := false
	for _, p := range patterns {
		p, negated := strings.CutPrefix(p, "!")
		if !Match(p, s) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

// Match is ssh's wildcard match: * is any text, ? one byte; case matters.
func Match(pattern, s string) bool {
	star, from := -1, 0
	p := 0
	for i := 0; i < len(s); {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
