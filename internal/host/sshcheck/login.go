package sshcheck

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"umm/internal/host/hostfs"
)

const userSessions = "systemd-user-sessions.service"

// login judges whether logins are blocked, for everybody or for all but root.
func (j judge) login() Finding {
	f := Finding{Name: "login", LosesSSH: true}
	root, known := j.rootBySSH()
	op := j.Login.Operator
	if op.Name == "root" && root {
		f.LosesSSH = false // what keeps others out does not keep root out
	}
	switch {
	case j.Login.Nologin:
		f.Verdict, f.Reason, f.Evidence = Fail, "/etc/nologin allows root only", "/etc/nologin"
		f.Hint = "remove /etc/nologin"
	case j.Units[userSessions].Exists && !j.runs(userSessions):
		why, hint := j.missing(userSessions)
		f.Verdict, f.Reason, f.Hint = Fail, why+", so /run/nologin allows root only", hint
	case op.Name != "root" && op.Local:
		f.Verdict, f.Reason = OK, op.Name+" may log in"
	case root:
		f.Verdict, f.Reason = OK, "root may log in by ssh"
		if how := j.SSHD.setting("permitrootlogin"); how != "" {
			f.Reason += " (permitrootlogin " + how + ")"
		}
	case len(j.Login.Users) > 0:
		f.Verdict, f.Reason = OK, "local users have a login shell: "+strings.Join(firstFew(j.Login.Users), ", ")
	case known:
		f.Verdict, f.LosesSSH = Unknown, false
		f.Reason = "sshd refuses root (permitrootlogin no) and no other local user has a login shell"
		f.Hint = "make sure that you have a local account"
	default:
		f.Verdict, f.LosesSSH = Unknown, false
		f.Reason, f.Hint = "no local user but root has a login shell, and whether sshd accepts root is unknown", "run this as root"
	}
	return f
}

// rootBySSH tells whether sshd lets root in, and whether that is known.
func (j judge) rootBySSH() (allowed, known bool) {
	if s, ok := j.server(); ok && s.Program != "sshd" {
		return !s.NoRoot, true
	}
	switch j.SSHD.setting("permitrootlogin") {
	case "":
		return false, false
	case "yes", "without-password", "prohibit-password":
		return true, true
	default: // no, forced-commands-only
		return false, true
	}
}

func firstFew(names []string) []string {
	const few = 5
	if len(names) > few {
		return append(slices.Clone(names[:few]), "...")
	}
	return names
}

// sources are the services behind the words of the line passwd in nsswitch.conf.
var sources = map[string][]string{
	"sss":     {"sssd.service"},
	"ldap":    {"nslcd.service"},
	"winbind": {"winbind.service"},
	"nis":     {"ypbind.service", "nis.service"},
	"compat":  {"ypbind.service", "nis.service"},
}

// accounts judges whether accounts that come over the network would be known.
func (j judge) accounts() Finding {
	f := Finding{Name: "accounts", Verdict: OK, Reason: "accounts are local"}
	op := j.Login.Operator
	f.LosesSSH = !op.Local
	var from []string
	for _, source := range j.Login.Sources {
		for _, unit := range sources[source] {
			if u := j.Units[unit]; !u.Exists || !u.Enabled {
				continue
			}
			if why, hint := j.missing(unit); why != "" {
				f.Verdict, f.Hint = Fail, hint
				f.Reason = "accounts come from " + source + ", and " + why
				f.Evidence = "/etc/nsswitch.conf: passwd: " + strings.Join(j.Login.Sources, " ")
				return f
			}
			from = append(from, unit)
		}
	}
	switch {
	case len(from) > 0:
		f.Reason = "accounts come from " + strings.Join(from, ", ") + " too, which is essential"
	case f.LosesSSH:
		f.Verdict = Unknown
		f.Reason = "your account " + op.Name + " is not in /etc/passwd, and what provides it is unknown"
		f.Evidence = "/etc/nsswitch.conf: passwd: " + strings.Join(j.Login.Sources, " ")
		f.Hint = "log in as a local user, or add the service to KEEP_UNITS in /etc/umm.conf"
	}
	return f
}

// readLogin reads everything about accounts.
func readLogin(f hostfs.FS, operator string) Login {
	l := Login{Nologin: f.Exists("/etc/nologin"), Sources: nssPasswd(f)}
	l.Operator.Name = operator
	var passwd []byte
	for _, file := range passwdFiles(l.Sources) {
		data, _ := f.ReadFile(file)
		passwd = append(append(passwd, data...), '\n')
	}
	for entry := range strings.Lines(string(passwd)) {
		p := strings.Split(strings.TrimSpace(entry), ":")
		if len(p) != 7 {
			continue
		}
		if p[0] == operator && !l.Operator.Local {
			l.Operator.Local, l.Operator.Home, l.Operator.UID = true, p[5], p[2]
		}
		if uid, err := strconv.Atoi(p[2]); err == nil && uid >= 500 && uid != 65534 && loginShell(p[6]) {
			l.Users = append(l.Users, p[0])
		}
	}
	return l
}

// passwdFiles are the files that accounts of this host itself are in, by the words of the
// line passwd in nsswitch.conf.
func passwdFiles(sources []string) []string {
	files := []string{"/etc/passwd"}
	for _, s := range sources {
		switch s {
		case "extrausers": // libnss-extrausers
			files = append(files, "/var/lib/extrausers/passwd")
		case "altfiles": // nss-altfiles, of hosts made from images
			files = append(files, "/usr/lib/passwd", "/lib/passwd")
		}
	}
	return files
}

func loginShell(shell string) bool {
	switch path.Base(shell) {
	case "nologin", "false", "sync", "halt", "shutdown", "git-shell":
		return false
	default:
		return true
	}
}

func nssPasswd(f hostfs.FS) []string {
	data, _ := f.ReadFile("/etc/nsswitch.conf")
	for l := range strings.Lines(string(data)) {
		l, _, _ = strings.Cut(l, "#")
		if words, ok := strings.CutPrefix(strings.TrimSpace(l), "passwd:"); ok {
			return slices.DeleteFunc(strings.Fields(words), func(w string) bool { return strings.HasPrefix(w, "[") })
		}
	}
	return nil
}
