package reach

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/hostfs"
)

// sshServers are the units that ssh servers come as, services before sockets: on
// Ubuntu since 22.10 the socket alone is enabled.
var sshServers = []string{
	"ssh.service", "sshd.service", "dropbear.service",
	"ssh.socket", "sshd.socket", "dropbear.socket",
}

// ssh judges whether an ssh server comes up.
func (j judge) ssh() Finding {
	f := Finding{Name: "ssh", LosesSSH: true}
	var trouble []string
	var hints []string
	present := ""
	for _, unit := range sshServers {
		u := j.Units[unit]
		if !u.Exists {
			continue
		}
		if present == "" {
			present = unit
		}
		if !u.Enabled && !j.kept(unit) {
			continue
		}
		why, hint := j.missing(unit)
		if service, isSocket := strings.CutSuffix(unit, ".socket"); isSocket && why == "" && j.Units[service+".service"].Masked {
			why, hint = unit+" listens, but "+service+".service is masked", "systemctl unmask "+service+".service"
		}
		if why == "" {
			f.Verdict, f.Reason = OK, unit+" is enabled and kept"
			return f
		}
		trouble, hints = append(trouble, why), append(hints, hint)
	}
	f.Verdict = Fail
	switch {
	case len(trouble) > 0:
		f.Reason, f.Hint = strings.Join(trouble, ", and "), hints[0]
	case present != "":
		f.Reason, f.Hint = "no ssh server is enabled: "+present+" would not start at boot", j.enable(present)
		if j.Units[present].Masked {
			f.Reason, f.Hint = present+" is masked", "systemctl unmask "+present+"; "+j.enable(present)
		}
	default:
		f.Reason, f.Hint = "no ssh server is installed that umm knows", "install openssh-server, or add your server to KEEP_UNITS in /etc/umm.conf"
	}
	return f
}

// sshdConfig judges whether sshd would start with the configuration that it would
// read: one that runs may have been started before the file was broken.
func (j judge) sshdConfig() Finding {
	f := Finding{Name: "sshd-config", LosesSSH: true}
	s := j.SSHD
	switch {
	case !s.Asked && s.Problem == "":
		f.Verdict, f.Reason, f.LosesSSH = Unknown, "sshd's configuration was not tested", false
		f.Hint = "run this as root"
	case s.Problem != "":
		f.Verdict, f.Reason, f.LosesSSH = Unknown, s.Problem, false
	case s.TestCode == 0:
		f.Verdict, f.Reason = OK, "sshd -t finds no fault in its configuration"
	case strings.Contains(s.TestText, "Missing privilege separation directory"):
		// It comes after the configuration and the keys were read; the folder is
		// made when the service starts.
		f.Verdict, f.Reason = OK, "sshd -t read its configuration and keys"
	default:
		f.Verdict, f.Reason = Fail, "sshd runs, but would not start again: sshd -t finds a fault"
		f.Evidence, f.Hint = s.TestText, "mend /etc/ssh/sshd_config until sshd -t is silent"
	}
	return f
}

// sshdLimit bounds each run of sshd: it may wait for entropy or a name server.
const sshdLimit = 10 * time.Second

// askSSHD runs sshd -t, and sshd -T for root coming from client.
func askSSHD(ctx context.Context, f hostfs.FS, run execx.Runner, client netip.Addr) SSHD {
	if run == nil {
		return SSHD{}
	}
	path := ""
	for _, p := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if f.Exists(p) {
			path = p
			break
		}
	}
	if path == "" {
		return SSHD{Problem: "there is no /usr/sbin/sshd to test"}
	}
	from := "127.0.0.1"
	if client.IsValid() {
		from = client.WithZone("").String()
	}
	// Both at the same time: they take longer than anything else that is asked.
	settings := make(chan map[string][]string, 1)
	go func() {
		argv := []string{path, "-T", "-C", "user=root,host=" + from + ",addr=" + from}
		dump, err := run.Run(ctx, execx.Cmd{Argv: argv, Limit: sshdLimit})
		if err != nil || dump.Code != 0 {
			settings <- nil
			return
		}
		settings <- parseSettings(string(dump.Stdout))
	}()
	test, err := run.Run(ctx, execx.Cmd{Argv: []string{path, "-t"}, Limit: sshdLimit})
	found := <-settings
	if err != nil {
		return SSHD{Problem: err.Error()}
	}
	return SSHD{Asked: true, TestCode: test.Code, TestText: joinLines(test.Stderr), Settings: found}
}

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
