package sshcheck

import (
	"context"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/hostfs"
)

// sshdConfig judges whether sshd would start with the configuration that it would
// read: one that runs may have been started before the file was broken.
func (j judge) sshdConfig() Finding {
	f := Finding{Name: "sshd-config", LosesSSH: true}
	s := j.SSHD
	other, ok := j.server()
	switch {
	case ok && other.Program != "sshd":
		f.Verdict, f.Reason = OK, "the ssh server is "+other.Program+", which cannot test its configuration"
	case !s.Asked && s.Problem == "":
		f.Verdict, f.Reason, f.LosesSSH = Unknown, "sshd's configuration was not tested", false
		f.Hint = "run this as root"
	case s.Problem != "":
		f.Verdict, f.Reason, f.LosesSSH = Unknown, s.Problem, false
	case s.TestCode == 0:
		f.Verdict, f.Reason = OK, "sshd -t reports no error"
	case strings.Contains(s.TestText, noPrivsepDir):
		// It comes after the configuration and the keys were read; the folder is
		// made when the service starts.
		f.Verdict, f.Reason = OK, "sshd -t read its configuration and keys"
	default:
		f.Verdict, f.Reason = Fail, "sshd runs, but would not start again: sshd -t reports an error"
		f.Evidence, f.Hint = s.TestText, "correct /etc/ssh/sshd_config until sshd -t is silent"
	}
	return f
}

// noPrivsepDir is what sshd says once it has read its configuration, before the folder is
// made that its service makes.
const noPrivsepDir = "Missing privilege separation directory"

// sshdLimit bounds each run of sshd: it may wait for entropy or a name server.
const sshdLimit = 10 * time.Second

// askSSHD runs sshd -t, and sshd -T for root coming from client; where somebody else is
// the operator, what concerns the keys is asked for that name.
func askSSHD(ctx context.Context, f hostfs.FS, run execx.Runner, client netip.Addr, operator string) SSHD {
	if run == nil {
		return SSHD{}
	}
	programs := slices.DeleteFunc([]string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"}, func(p string) bool { return !f.Exists(p) })
	if len(programs) == 0 {
		return SSHD{Problem: "no /usr/sbin/sshd to test"}
	}
	program := programs[0]
	from := "127.0.0.1"
	if client.IsValid() {
		from = client.WithZone("").String()
	}
	dump := func(user string) map[string][]string {
		argv := []string{program, "-T", "-C", "user=" + user + ",host=" + from + ",addr=" + from}
		res, err := run.Run(ctx, execx.Cmd{Argv: argv, Limit: sshdLimit})
		if err == nil && strings.Contains(string(res.Stderr), noPrivsepDir) {
			// Nothing has made it since the boot. OpenSSH 9.3 and later tell all the same.
			argv[1] = "-G"
			res, err = run.Run(ctx, execx.Cmd{Argv: argv, Limit: sshdLimit})
		}
		if err != nil || res.Code != 0 {
			return nil
		}
		return parseSettings(string(res.Stdout))
	}
	// All at the same time: they take longer than anything else that is asked.
	settings, own := make(chan map[string][]string, 1), make(chan map[string][]string, 1)
	go func() { settings <- dump("root") }()
	go func() {
		if operator == "root" || strings.ContainsAny(operator, ",= \t\n") {
			own <- nil
			return
		}
		own <- dump(operator)
	}()
	test, err := run.Run(ctx, execx.Cmd{Argv: []string{program, "-t"}, Limit: sshdLimit})
	found, mine := <-settings, <-own
	for _, key := range ofOperator {
		if found != nil && mine != nil {
			found[key] = mine[key]
		}
	}
	if err != nil {
		return SSHD{Problem: err.Error()}
	}
	s := SSHD{Asked: true, TestCode: test.Code, TestText: joinLines(test.Stderr), Settings: found}
	if found == nil && (s.TestCode == 0 || strings.Contains(s.TestText, noPrivsepDir)) {
		s.Settings = readSSHDConfig(f)
	}
	return s
}

// ofOperator are the settings that count for the operator, of whom a Match may speak.
var ofOperator = []string{"authorizedkeysfile", "authorizedkeyscommand", "passwordauthentication", "kbdinteractiveauthentication"}

func joinLines(b []byte) string {
	return strings.Join(strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// parseSettings reads what sshd -T prints: a keyword and its value a line, a
// keyword more than once where it is a list.
func parseSettings(text string) map[string][]string {
	s := map[string][]string{}
	for l := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), " ")
		if key = strings.ToLower(key); key != "" {
			s[key] = append(s[key], strings.TrimSpace(value))
		}
	}
	return s
}

// setting is the value of a keyword that has one.
func (s SSHD) setting(key string) string {
	if v := s.Settings[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// readSSHDConfig reads sshd_config(5) itself, up to its first Match: of a keyword the
// first line counts. It is for where sshd cannot be asked, and leaves out what is not
// written there.
func readSSHDConfig(f hostfs.FS) map[string][]string {
	settings := map[string][]string{"permitrootlogin": nil}
	var read func(file string, depth int) bool
	read = func(file string, depth int) bool {
		data, err := f.ReadFile(file)
		for l := range strings.Lines(string(data)) {
			words := strings.Fields(strings.ReplaceAll(l, "=", " "))
			if len(words) < 2 || strings.HasPrefix(words[0], "#") {
				continue
			}
			switch key := strings.ToLower(words[0]); {
			case key == "match":
				return err == nil
			case key == "include" && depth < 8:
				for _, pattern := range words[1:] {
					if !path.IsAbs(pattern) {
						pattern = "/etc/ssh/" + pattern
					}
					for _, one := range glob(f, pattern) {
						read(one, depth+1)
					}
				}
			case key == "listenaddress" || settings[key] == nil:
				settings[key] = append(settings[key], strings.Trim(strings.Join(words[1:], " "), `"`))
			}
		}
		return err == nil
	}
	if !read("/etc/ssh/sshd_config", 0) {
		return nil
	}
	if settings["permitrootlogin"] == nil { // sshd's own default, of every version: root's keys count
		settings["permitrootlogin"] = []string{"prohibit-password"}
	}
	return settings
}
