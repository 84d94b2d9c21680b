package sshconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// source is one configuration file.
type source struct {
	path string
	// includes is the folder that relative Include paths start from.
	includes string
	// checked: ssh refuses it where others may write it. optional: it need not be there.
	// system: it is the machine's, which may not name a home.
	checked, optional, system bool
}

// file is a file whose lines are all plain.
type file struct{ lines []line }

// line is a keyword, in lower case, and its words.
type line struct {
	where string
	key   string
	args  []string
}

// beyond says where a configuration is more than plain.
type beyond struct{ where, what string }

func (b beyond) String() string { return b.where + " (" + b.what + ")" }

const (
	// maxFile bounds a file, maxLine a line: OpenSSH before 7.9 cut longer ones in two.
	maxFile = 1 << 20
	maxLine = 1000
)

// read reads the files, once. What is not plain in one is left to ssh for all hosts: a line
// for another host that ssh refuses, it refuses for every one.
func (c *Config) read() ([]file, *beyond) {
	var files []file
	for _, s := range c.sources() {
		data, more := s.read()
		if more != nil {
			return nil, more
		}
		f := file{}
		n := 0
		for text := range strings.Lines(data) {
			n++
			where := fmt.Sprintf("%s:%d", s.path, n)
			l, what := plainLine(text)
			if what == "" && l.key == "include" {
				what = s.include(c.Home, l.args)
			}
			if what != "" {
				return nil, &beyond{where, what}
			}
			if l.key != "" {
				l.where = where
				f.lines = append(f.lines, l)
			}
		}
		files = append(files, f)
	}
	return files, nil
}

func (s source) read() (string, *beyond) {
	info, err := os.Stat(s.path)
	if s.optional && errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", &beyond{s.path, "it cannot be read"}
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return "", &beyond{s.path, "it is no plain file"}
	case s.checked && (!known || int(owner.Uid) != 0 && int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0):
		return "", &beyond{s.path, "others may change it"}
	}
	f, err := os.Open(s.path)
	if err != nil {
		return "", &beyond{s.path, "it cannot be read"}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(data) > maxFile {
		return "", &beyond{s.path, "it cannot be read, or is too long"}
	}
	return string(data), nil
}

// include is plain where there is nothing to include.
func (s source) include(home string, globs []string) (more string) {
	for _, g := range globs {
		if strings.HasPrefix(g, "~") && s.system {
			return "Include " + g
		}
		if rest, found := strings.CutPrefix(g, "~/"); found {
			g = filepath.Join(home, rest)
		}
		if !filepath.IsAbs(g) {
			g = filepath.Join(s.includes, g)
		}
		if names, err := filepath.Glob(g); err != nil || len(names) > 0 {
			return "Include " + g
		}
	}
	return ""
}

var lineForm = regexp.MustCompile(`^[ \t]*([A-Za-z0-9]+)(?:[ \t]+|[ \t]*=[ \t]*)([!$-<>-\[\]-~][ \t!$-<>-\[\]-~]*)$`)

// plainLine takes a line apart that every OpenSSH reads in one way: a keyword and words, with
// no quotes, escapes or comments behind them. more says what it is otherwise.
func plainLine(text string) (l line, more string) {
	if len(text) > maxLine {
		return line{}, "a long line"
	}
	text = strings.TrimRight(text, " \t\r\n")
	if rest := strings.TrimLeft(text, " \t"); rest == "" || rest[0] == '#' && !strings.Contains(rest, "\x00") {
		return line{}, ""
	}
	m := lineForm.FindStringSubmatch(text)
	if m == nil || strings.Contains(m[2], "'") {
		return line{}, "a line that is not plain words"
	}
	l = line{key: strings.ToLower(m[1]), args: strings.Fields(m[2])}
	form, known := forms[l.key]
	if !known || !form.MatchString(strings.Join(l.args, " ")) {
		return line{}, m[1]
	}
	return l, ""
}

// forms are the keywords that are read here, and the values that every OpenSSH takes for the
// same. The rest is for ssh. Those that say nothing about how a host is reached are there
// because a value that ssh refuses must be refused.
var forms = func() map[string]*regexp.Regexp {
	const path, name, port = `(~?/[A-Za-z0-9_./+-]*)`, `[A-Za-z0-9._-]+`, `([1-9][0-9]{0,3}|[1-5][0-9]{4})`
	const hop = `(` + name + `@)?` + name + `(:` + port + `)?`
	all := map[string]string{
		"host":                  `!?[A-Za-z0-9._:*?-]+( !?[A-Za-z0-9._:*?-]+)*`,
		"hostname":              `([A-Za-z0-9._:-]|%h)+`,
		"user":                  name,
		"port":                  port,
		"proxyjump":             `none|` + hop + `(,` + hop + `)*`,
		"hostkeyalias":          name,
		"identityfile":          path,
		"userknownhostsfile":    `none|` + path + `( ` + path + `)*`,
		"globalknownhostsfile":  `none|(/[A-Za-z0-9_./+-]*)( /[A-Za-z0-9_./+-]*)*`,
		"include":               `(~?/)?[A-Za-z0-9_./*?+-]+( (~?/)?[A-Za-z0-9_./*?+-]+)*`,
		"sendenv":               `[A-Za-z0-9_*?]+( [A-Za-z0-9_*?]+)*`,
		"stricthostkeychecking": `yes|no|ask`,
		"controlmaster":         `yes|no|auto|ask|autoask`,
		"controlpath":           `none|` + path,
		"loglevel":              `QUIET|FATAL|ERROR|INFO|VERBOSE|DEBUG|DEBUG1|DEBUG2|DEBUG3`,
	}
	for _, key := range []string{
		"identitiesonly", "batchmode", "compression", "forwardagent", "forwardx11", "forwardx11trusted", "gssapiauthentication",
		"gssapidelegatecredentials", "hashknownhosts", "passwordauthentication", "tcpkeepalive", "visualhostkey",
	} {
		all[key] = `yes|no`
	}
	for _, key := range []string{"connecttimeout", "serveraliveinterval", "serveralivecountmax", "connectionattempts"} {
		all[key] = `[1-9][0-9]{0,5}`
	}
	compiled := map[string]*regexp.Regexp{}
	for key, form := range all {
		compiled[key] = regexp.MustCompile(`^(?:` + form + `)$`)
	}
	return compiled
}()

// plain is the answer of a configuration that is plain, or where it is more.
func (c *Config) plain(ask Ask) (Host, *beyond) {
	files, more := c.files()
	if more != nil {
		return Host{}, more
	}
	first := map[string][]string{}
	for key, value := range map[string]string{"hostname": ask.HostName, "user": ask.User, "proxyjump": ask.ProxyJump} {
		if value != "" {
			first[key] = []string{value}
		}
	}
	if ask.Port != 0 {
		first["port"] = []string{strconv.Itoa(ask.Port)}
	}
	var keys []string
	for _, f := range files {
		on := true
		for _, l := range f.lines {
			switch {
			case l.key == "host":
				on = matchList(l.args, ask.Alias)
			case !on:
			case l.key == "identityfile":
				if !slices.Contains(keys, l.args[0]) {
					keys = append(keys, l.args[0])
				}
			case first[l.key] == nil:
				first[l.key] = l.args
			}
		}
	}
	return c.plainHost(ask, first, keys)
}

func (c *Config) plainHost(ask Ask, first map[string][]string, keys []string) (Host, *beyond) {
	one := func(key, otherwise string) string {
		if v := first[key]; v != nil {
			return v[0]
		}
		return otherwise
	}
	h := Host{User: one("user", c.User), HostKeyAlias: strings.ToLower(one("hostkeyalias", "")), IdentitiesOnly: one("identitiesonly", "no") == "yes"}
	h.HostName = strings.ToLower(strings.ReplaceAll(one("hostname", ask.Alias), "%h", ask.Alias))
	if !plainName(h.HostName) {
		return Host{}, &beyond{"the address " + h.HostName, "ssh may write it in another way"}
	}
	var err error
	if h.Port, err = strconv.Atoi(one("port", "22")); err != nil {
		return Host{}, &beyond{"the port " + one("port", ""), "it is no number"}
	}
	if jump := one("proxyjump", None); !strings.EqualFold(jump, None) {
		h.ProxyJump = strings.Split(jump, ",")
		last := h.ProxyJump[len(h.ProxyJump)-1]
		if at := strings.LastIndexByte(last, '@'); strings.HasPrefix(last[at+1:]+":", h.HostName+":") {
			return Host{}, &beyond{"ProxyJump " + jump, "it leads through the host itself"}
		}
	}
	paths := func(names []string) []string {
		if names == nil {
			return nil
		}
		out := []string{}
		for _, name := range names {
			if rest, found := strings.CutPrefix(name, "~/"); found {
				name = c.Home + "/" + strings.TrimLeft(rest, "/")
			}
			if name != None {
				out = append(out, name)
			}
		}
		return out
	}
	h.IdentityFiles, h.KnownHosts, h.GlobalKnownHosts = paths(keys), paths(first["userknownhostsfile"]), paths(first["globalknownhostsfile"])
	if len(keys) == 0 {
		h.IdentityFiles = nil
	}
	return h, nil
}

// plainName tells whether ssh leaves a host's name or address as it stands.
func plainName(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String() == s && a.Zone() == "" && !a.Is4In6()
	}
	return s != "" && (s[0] >= 'a' && s[0] <= 'z') && !strings.ContainsAny(s, ":%")
}
