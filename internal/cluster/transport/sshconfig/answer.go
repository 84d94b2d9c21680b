package sshconfig

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// settings are what ssh -G prints: a keyword and its value a line, where some keywords come
// several times.
type settings map[string][]string

func parseSettings(out string) settings {
	s := settings{}
	for text := range strings.Lines(out) {
		key, value, found := strings.Cut(strings.TrimRight(text, "\n"), " ")
		if found {
			key = strings.ToLower(key)
			s[key] = append(s[key], value)
		}
	}
	return s
}

// raw is the value of a keyword, "" where ssh does not print it.
func (s settings) raw(key string) string {
	if v := s[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// one is the value of the first keyword that has one, "" for none.
func (s settings) one(keys ...string) string {
	for _, key := range keys {
		if v := s[key]; len(v) > 0 && v[0] != None {
			return v[0]
		}
	}
	return ""
}

func (s settings) yes(key string) bool {
	v := s.one(key)
	return v == "yes" || v == "true"
}

func (s settings) list(keys ...string) []string {
	if v := s.one(keys...); v != "" {
		return strings.Split(v, ",")
	}
	return nil
}

// parse makes a Host of what ssh -G has printed.
func (c *Config) parse(out string, ask Ask) (Host, error) {
	s := parseSettings(out)
	h := Host{
		HostName: s.raw("hostname"), User: s.raw("user"), HostKeyAlias: strings.ToLower(s.one("hostkeyalias")),
		IdentitiesOnly: s.yes("identitiesonly"), TrustLocalhost: s.yes("nohostauthenticationforlocalhost"),
		BindAddress: s.one("bindaddress"),
		Crypto:      Crypto{HostKeyAlgorithms: s.list("hostkeyalgorithms"), CASignatureAlgorithms: s.list("casignaturealgorithms")},
	}
	if family := s.one("addressfamily"); family != "any" {
		h.AddressFamily = family
	}
	var err error
	if h.Port, err = strconv.Atoi(s.raw("port")); err != nil || h.HostName == "" || h.User == "" || h.Port < 1 || h.Port > 65535 {
		return Host{}, errors.New("ssh -G tells no address, user and port")
	}
	if bits := s.one("requiredrsasize", "rsaminsize"); bits != "" {
		if h.RequiredRSASize, err = strconv.Atoi(bits); err != nil {
			return Host{}, fmt.Errorf("ssh -G says RequiredRSASize %s, which is no number", bits)
		}
	}
	if err := s.refused(); err != nil {
		return Host{}, err
	}
	if s.one("pkcs11provider") != "" {
		h.Notes = append(h.Notes, "the keys of PKCS11Provider are not used: load them into the agent (ssh-add -s)")
	}
	if h.Tokens, err = c.tokens(s, h, ask); err != nil {
		return Host{}, err
	}
	if err := c.fill(&h, s); err != nil {
		return Host{}, err
	}
	return h, nil
}

// refused names what ssh would do and this program cannot.
func (s settings) refused() error {
	switch {
	case s.one("proxycommand") != "" && s.one("proxyjump") == "":
		return errors.New("its ssh configuration wants a ProxyCommand, which umm-cluster does not run: use ProxyJump, or ProxyCommand none for this host")
	case s.one("bindinterface") != "":
		return fmt.Errorf("its ssh configuration says BindInterface %s, from which umm-cluster cannot go out: use BindAddress", s.one("bindinterface"))
	case slices.Contains([]string{"no", "false"}, s.raw("pubkeyauthentication")):
		return errors.New("its ssh configuration says PubkeyAuthentication no, and umm-cluster logs in with keys alone")
	}
	return nil
}

// tokens are those that ssh replaces in values of this host.
func (c *Config) tokens(s settings, h Host, ask Ask) (Tokens, error) {
	alias := cmp.Or(h.HostKeyAlias, ask.Alias)
	t := Tokens{
		'd': c.Home, 'h': h.HostName, 'i': strconv.Itoa(os.Getuid()), 'k': alias, 'n': ask.Alias,
		'p': strconv.Itoa(h.Port), 'r': h.User, 'u': c.User,
	}
	told := strings.Split(s.one("controlpath"), "/")
	if len(told) != len(strings.Split(hashed, "/")) {
		return nil, errors.New("ssh -G does not tell the tokens of the host")
	}
	t['C'], t['L'], t['l'] = told[1], told[2], told[3]
	return t, nil
}

// fill adds what holds paths and tokens.
func (c *Config) fill(h *Host, s settings) error {
	var failed error
	fail := func(key string, err error) {
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", key, err)
		}
	}
	each := func(key string, names []string) []string {
		var out []string
		for _, name := range names {
			path, err := c.path(name, h.Tokens)
			fail(key, err)
			if name != None && !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
		return out
	}
	if names := s["identityfile"]; !onlyDefaults(names) {
		h.IdentityFiles = append([]string{}, each("IdentityFile", names)...)
	}
	h.CertificateFiles = each("CertificateFile", s["certificatefile"])
	list := func(key string, expand func(string) (string, error)) []string {
		paths, err := pathList(s.one(strings.ToLower(key)), expand)
		fail(key, err)
		return paths
	}
	h.KnownHosts = append([]string{}, list("UserKnownHostsFile", c.tilde)...)
	h.GlobalKnownHosts = append([]string{}, list("GlobalKnownHostsFile", c.tilde)...)
	// Where ssh replaces ~ in it, it has done so already.
	h.RevokedHostKeys = list("RevokedHostKeys", func(s string) (string, error) { return s, nil })
	var err error
	h.IdentityAgent, err = c.agent(s.raw("identityagent"), h.Tokens)
	fail("IdentityAgent", err)
	if jump := s.one("proxyjump"); jump != "" {
		jump, err = h.Tokens.Expand(jump, nil)
		fail("ProxyJump", err)
		h.ProxyJump = strings.Split(jump, ",")
	}
	if command := s.one("knownhostscommand"); command != "" {
		h.KnownHostsCommand, err = split(command)
		fail("KnownHostsCommand", err)
	}
	return failed
}

// agent is the socket, as ssh makes it of IdentityAgent.
func (c *Config) agent(value string, t Tokens) (string, error) {
	name, variable := strings.CutPrefix(value, "$")
	switch {
	case value == "" || value == "SSH_AUTH_SOCK":
		return "", nil
	case value == None:
		return None, nil
	case variable && !strings.HasPrefix(name, "{"):
		if socket := os.Getenv(name); socket != "" {
			return socket, nil
		}
		return None, nil
	}
	return c.path(value, t)
}

// usualKeys is the least number of keys that ssh looks for where no IdentityFile is given.
const usualKeys = 4

// onlyDefaults tells whether these are those keys.
func onlyDefaults(names []string) bool {
	odd := func(name string) bool { return !strings.HasPrefix(name, "~/.ssh/id_") }
	return len(names) >= usualKeys && !slices.ContainsFunc(names, odd) &&
		slices.Contains(names, "~/.ssh/id_rsa") && slices.Contains(names, "~/.ssh/id_ed25519")
}

// pathList takes the paths of a line apart. ssh -G prints no quotes: what could be one path
// with blanks is refused.
func pathList(value string, expand func(string) (string, error)) ([]string, error) {
	var out []string
	words := strings.Fields(value)
	for i, word := range words {
		path, err := expand(word)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("%s does not begin with /, or is the rest of a path with a blank: umm-cluster reads neither", word)
		}
		for end := i + 2; end <= len(words); end++ {
			whole := strings.Join(append([]string{path}, words[i+1:end]...), " ")
			if _, err := os.Lstat(whole); err == nil {
				return nil, fmt.Errorf("%q may be one path or several: give it a name without blanks", whole)
			}
		}
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out, nil
}

// split takes a command apart as ssh does: quotes keep blanks, a backslash takes the special
// meaning of a quote, of itself and of a blank.
func split(s string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case ch == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
			i++
			word.WriteByte(s[i])
			in = true
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(ch)
		case ch == '"' || ch == '\'':
			quote, in = ch, true
		case ch == ' ' || ch == '\t':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteByte(ch)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}
