package lab

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// source is one archive that apt is configured for.
type source struct {
	uri        string
	suites     []string
	components []string
}

// debianSuites are the names under which a Debian archive is asked for.
var debianSuites = []string{"buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid",
	"oldoldstable", "oldstable", "stable", "testing", "unstable"}

// isDebian tells an archive of Debian itself from others that use its names.
func (s source) isDebian() bool {
	return path.Base(strings.TrimRight(s.uri, "/")) == "debian" &&
		slices.Contains(s.components, "main") &&
		slices.ContainsFunc(s.suites, func(suite string) bool { return slices.Contains(debianSuites, suite) })
}

// findMirror gives the Debian archive that the machine itself uses: UMM_LAB_MIRROR,
// else the first one in apt's configuration under etc (/etc/apt).
func findMirror(etc string) (string, error) {
	if m := os.Getenv("UMM_LAB_MIRROR"); m != "" {
		return m, nil
	}
	files := []string{filepath.Join(etc, "sources.list")}
	for _, pattern := range []string{"*.sources", "*.list"} {
		found, err := filepath.Glob(filepath.Join(etc, "sources.list.d", pattern))
		if err != nil {
			return "", err
		}
		files = append(files, found...)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // apt does not need every one of them either
		}
		parse := parseList
		if strings.HasSuffix(f, ".sources") {
			parse = parseDeb822
		}
		for _, s := range parse(string(text)) {
			s.uri = followMirrorFile(s.uri)
			if s.isDebian() {
				return strings.TrimRight(s.uri, "/"), nil
			}
		}
	}
	return "", errors.New("cannot find a Debian archive in " + etc + ": name one in UMM_LAB_MIRROR")
}

// followMirrorFile replaces apt's mirror+file:PATH, a file that lists archives,
// by the first of them.
func followMirrorFile(uri string) string {
	file, ok := strings.CutPrefix(uri, "mirror+file:")
	if !ok {
		return uri
	}
	text, err := os.ReadFile(path.Clean(file))
	if err != nil {
		return uri
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			return f[0]
		}
	}
	return uri
}

// parseList reads the one-line format: deb [OPTIONS] URI SUITE COMPONENT...
func parseList(text string) []source {
	var out []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "deb" {
			continue
		}
		f = f[1:]
		if len(f) > 0 && strings.HasPrefix(f[0], "[") {
			end := slices.IndexFunc(f, func(w string) bool { return strings.HasSuffix(w, "]") })
			f = f[end+1:]
		}
		if len(f) >= 3 {
			out = append(out, source{uri: f[0], suites: f[1:2], components: f[2:]})
		}
	}
	return out
}

// parseDeb822 reads stanzas of KEY: VALUE with continuation lines.
func parseDeb822(text string) []source {
	var out []source
	fields, key := map[string][]string{}, ""
	flush := func() {
		enabled := fields["enabled"]
		off := len(enabled) > 0 && slices.Contains([]string{"no", "false", "0", "off", "disable"}, strings.ToLower(enabled[0]))
		if slices.Contains(fields["types"], "deb") && !off {
			for _, uri := range fields["uris"] {
				out = append(out, source{uri: uri, suites: fields["suites"], components: fields["components"]})
			}
		}
		fields, key = map[string][]string{}, ""
	}
	for line := range strings.Lines(text) {
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case strings.HasPrefix(line, "#"):
		case line[0] == ' ' || line[0] == '\t':
			fields[key] = append(fields[key], strings.Fields(line)...)
		default:
			name, value, ok := strings.Cut(line, ":")
			if ok {
				key = strings.ToLower(strings.TrimSpace(name))
				fields[key] = append(fields[key], strings.Fields(value)...)
			}
		}
	}
	flush()
	return out
}
