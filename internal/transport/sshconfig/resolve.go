package sshconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Ask is whom to look up. What is set in it has the say over the files, as an
// option on ssh's command line has.
type Ask struct {
	// Alias is the name as the operator types it.
	Alias string
	// LocalUser is who asks, and the user on the host where nothing else is said.
	LocalUser string
	HostName  string
	User      string
	Port      int
	ProxyJump string
}

// Host is how a host is reached. Paths are absolute, tokens and ~ replaced.
type Host struct {
	HostName string
	User     string
	Port     int
	// ProxyJump are the hosts in between, the first to be reached first.
	ProxyJump      []string
	IdentityFiles  []string
	IdentitiesOnly bool
	// IdentityAgent is the agent's socket; "" is SSH_AUTH_SOCK's, "none" is no agent.
	IdentityAgent string
	// KnownHosts are the user's files of host keys, GlobalKnownHosts the machine's;
	// nil where the files do not say.
	KnownHosts       []string
	GlobalKnownHosts []string
	// HostKeyAlias is the name by which the host's keys are recorded.
	HostKeyAlias string
}

// answers is what has been found so far. The first value of a keyword counts.
type answers struct {
	ask   Ask
	first map[string][]string
	where map[string]string
	ids   []string
	// unsure is the place and the text of a Match that cannot be decided.
	unsure string
}

// wanted are the keywords that matter.
var wanted = map[string]bool{
	"hostname": true, "user": true, "port": true, "proxyjump": true, "proxycommand": true,
	"identityfile": true, "identitiesonly": true, "identityagent": true, "hostkeyalias": true,
	"userknownhostsfile": true, "globalknownhostsfile": true,
}

// Resolve says how the host of that name is reached.
func (c *Config) Resolve(ask Ask) (Host, error) {
	a := &answers{ask: ask, first: map[string][]string{}, where: map[string]string{}}
	for key, v := range map[string]string{"hostname": ask.HostName, "user": ask.User, "proxyjump": ask.ProxyJump} {
		if v != "" {
			a.first[key] = []string{v}
		}
	}
	if ask.Port != 0 {
		a.first["port"] = []string{strconv.Itoa(ask.Port)}
	}
	for _, file := range c.files {
		if err := a.walk(file, true); err != nil {
			return Host{}, err
		}
	}
	return c.host(a)
}

// walk goes through the lines of a file; on says whether those before the first
// Host or Match apply.
func (a *answers) walk(lines []directive, on bool) error {
	unsure := a.unsure
	defer func() { a.unsure = unsure }()
	outer := on
	for _, d := range lines {
		switch {
		case d.key == "host":
			on, a.unsure = outer && matchList(d.args, a.ask.Alias), unsure
		case d.key == "match":
			var err error
			if on, err = a.match(d); err != nil {
				return err
			}
			on = on && outer
			if a.unsure == "" {
				a.unsure = unsure
			}
		case !on:
		case d.key == "include":
			for _, file := range d.include {
				if err := a.walk(file, true); err != nil {
					return err
				}
			}
		case wanted[d.key]:
			if err := a.take(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *answers) take(d directive) error {
	key := d.key
	if key == "proxycommand" {
		// ProxyCommand and ProxyJump compete: whichever comes first.
		key = "proxyjump"
	}
	if a.first[key] != nil {
		return nil
	}
	if a.unsure != "" {
		return fmt.Errorf("cannot tell how to reach %s: whether %s (%s) applies cannot be decided without ssh itself", a.ask.Alias, d.where, a.unsure)
	}
	switch {
	case d.key == "identityfile":
		a.ids = append(a.ids, d.args[0])
		return nil
	case d.key == "proxycommand" && !strings.EqualFold(d.args[0], "none"):
		return fmt.Errorf("cannot reach %s: %s wants a ProxyCommand; only ProxyJump is supported", a.ask.Alias, d.where)
	}
	a.first[key], a.where[key] = d.args, d.where
	return nil
}

// match decides a Match line. Where that takes more than this package does, it
// holds, and a.unsure says so.
func (a *answers) match(d directive) (bool, error) {
	a.unsure = ""
	unsure := ""
	args := d.args
	for len(args) > 0 {
		word, negated := strings.CutPrefix(args[0], "!")
		word, value, hasValue := strings.Cut(word, "=")
		args = args[1:]
		word = strings.ToLower(word)
		switch word {
		case "all":
			if negated {
				return false, nil
			}
			continue
		case "canonical", "final":
			// These need a second pass, which is for canonical names.
			unsure = "Match " + word
			continue
		}
		if !hasValue {
			if len(args) == 0 {
				return false, fmt.Errorf("cannot read %s: Match %s wants a value", d.where, word)
			}
			value, args = args[0], args[1:]
		}
		subject, known := a.subject(word)
		if !known {
			unsure = "Match " + word
			continue
		}
		if matchList(strings.Split(value, ","), subject) == negated {
			return false, nil
		}
	}
	a.unsure = unsure
	return true, nil
}

// subject is what a criterion of Match looks at.
func (a *answers) subject(word string) (string, bool) {
	or := func(key, otherwise string) string {
		if v := a.first[key]; v != nil {
			return v[0]
		}
		return otherwise
	}
	switch word {
	case "host":
		return strings.ToLower(strings.ReplaceAll(or("hostname", a.ask.Alias), "%h", a.ask.Alias)), true
	case "originalhost":
		return a.ask.Alias, true
	case "user":
		return or("user", a.ask.LocalUser), true
	case "localuser":
		return a.ask.LocalUser, true
	}
	return "", false
}

// host makes values of the answers.
func (c *Config) host(a *answers) (Host, error) {
	one := func(key, otherwise string) string {
		if v := a.first[key]; v != nil {
			return v[0]
		}
		return otherwise
	}
	h := Host{User: one("user", a.ask.LocalUser), HostKeyAlias: one("hostkeyalias", "")}
	h.IdentitiesOnly = strings.EqualFold(one("identitiesonly", "no"), "yes") || strings.EqualFold(one("identitiesonly", "no"), "true")
	var err error
	if h.Port, err = strconv.Atoi(one("port", "22")); err != nil || h.Port < 1 || h.Port > 65535 {
		return Host{}, fmt.Errorf("cannot tell how to reach %s: %s is no port (%s)", a.ask.Alias, one("port", ""), a.where["port"])
	}
	tokens := map[byte]string{'h': a.ask.Alias, '%': "%"}
	if h.HostName, err = tokenized(one("hostname", a.ask.Alias), tokens); err != nil {
		return Host{}, fmt.Errorf("cannot read HostName at %s: %w", a.where["hostname"], err)
	}
	if jump := one("proxyjump", "none"); !strings.EqualFold(jump, "none") {
		h.ProxyJump = strings.Split(jump, ",")
	}
	tokens = map[byte]string{
		'%': "%", 'd': c.home, 'h': h.HostName, 'n': a.ask.Alias, 'p': strconv.Itoa(h.Port), 'r': h.User,
		'u': a.ask.LocalUser, 'i': strconv.Itoa(os.Getuid()), 'k': one("hostkeyalias", a.ask.Alias),
	}
	paths := func(names []string) []string {
		out := []string{}
		for _, name := range names {
			if strings.EqualFold(name, "none") {
				continue
			}
			path, e := c.path(name, tokens)
			if e != nil {
				err = fmt.Errorf("cannot tell how to reach %s: %w", a.ask.Alias, e)
			}
			out = append(out, path)
		}
		return out
	}
	if a.ids != nil {
		h.IdentityFiles = paths(a.ids)
	}
	if v := a.first["userknownhostsfile"]; v != nil {
		h.KnownHosts = paths(v)
	}
	if v := a.first["globalknownhostsfile"]; v != nil {
		h.GlobalKnownHosts = paths(v)
	}
	switch agent := one("identityagent", ""); {
	case agent == "" || agent == "SSH_AUTH_SOCK":
	case strings.EqualFold(agent, "none"):
		h.IdentityAgent = "none"
	case strings.HasPrefix(agent, "$") && !strings.HasPrefix(agent, "${"):
		h.IdentityAgent = os.Getenv(agent[1:])
	default:
		h.IdentityAgent = paths([]string{agent})[0]
	}
	return h, err
}

// path replaces ${VARIABLES}, tokens and ~.
func (c *Config) path(name string, tokens map[byte]string) (string, error) {
	var env strings.Builder
	for {
		before, rest, found := strings.Cut(name, "${")
		env.WriteString(before)
		if !found {
			break
		}
		variable, after, closed := strings.Cut(rest, "}")
		value, set := os.LookupEnv(variable)
		if !closed || !set {
			return "", fmt.Errorf("${%s is not set", rest)
		}
		env.WriteString(value)
		name = after
	}
	out, err := tokenized(env.String(), tokens)
	if err != nil {
		return "", err
	}
	out = c.tilde(out)
	if !filepath.IsAbs(out) {
		return filepath.Abs(out)
	}
	return out, nil
}

// tokenized replaces %x by what x stands for.
func tokenized(s string, tokens map[byte]string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", fmt.Errorf("%s ends in %%", s)
		}
		v, known := tokens[s[i]]
		if !known {
			return "", fmt.Errorf("%%%c in %s is not supported", s[i], s)
		}
		out.WriteString(v)
	}
	return out.String(), nil
}

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

// Match is ssh's wildcard match: * is any text, ? one byte; case does not matter.
func Match(pattern, s string) bool {
	pattern, s = strings.ToLower(pattern), strings.ToLower(s)
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
