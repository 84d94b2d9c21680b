package sshcheck

import (
	"path"
	"slices"
	"strings"

	"umm/internal/host/unitfile"
)

// sshServers are the units that ssh servers come as, services before sockets: on
// Ubuntu since 22.10 the socket alone is enabled.
var sshServers = []string{
	"ssh.service", "sshd.service", "dropbear.service",
	"ssh.socket", "sshd.socket", "dropbear.socket", "tinysshd.socket",
}

// Server is a service or a socket of an ssh server.
type Server struct {
	Unit    string
	Program string // sshd, dropbear, tinysshd
	NoRoot  bool   // its arguments keep root out
}

// programs are those of ssh servers that umm knows.
var sshPrograms = []string{"sshd", "dropbear", "tinysshd"}

// server takes in the ssh server that a service runs, by its command. That of a template
// is a server by its socket.
func (c *commands) server(t *unitfile.Tree, name, command string) {
	words := tokens(command)
	if len(words) == 0 || !slices.Contains(sshPrograms, path.Base(words[0])) {
		return
	}
	s := Server{Unit: name, Program: path.Base(words[0])}
	if s.Program == "dropbear" {
		defaults, _ := t.FS().ReadFile("/etc/default/dropbear")
		vars := assignments(string(defaults))
		words = append(words, strings.Fields(vars["DROPBEAR_EXTRA_ARGS"])...)
		s.NoRoot = slices.Contains(words, "-w")
	}
	socket := strings.TrimSuffix(name, ".service") + ".socket"
	if template, plain := strings.Replace(name, "@.", ".", 1), ""; template != name {
		plain = strings.TrimSuffix(template, ".service") + ".socket"
		s.Unit = plain
		if !t.Exists(plain) {
			return
		}
	} else if t.Exists(socket) {
		c.Servers = append(c.Servers, Server{socket, s.Program, s.NoRoot})
	}
	c.Servers = append(c.Servers, s)
}

// servers are all units that may be an ssh server: those of known names first.
func (f Facts) servers() []Server {
	var all []Server
	add := func(s Server) {
		if !slices.ContainsFunc(all, func(old Server) bool { return old.Unit == s.Unit }) {
			all = append(all, s)
		}
	}
	for _, unit := range sshServers {
		s := Server{Unit: unit, Program: "sshd"}
		for _, known := range f.Servers {
			if known.Unit == unit {
				s = known
			}
		}
		for _, program := range sshPrograms {
			if strings.HasPrefix(unit, program) {
				s.Program = program
			}
		}
		add(s)
	}
	for _, s := range f.Servers {
		add(s)
	}
	return all
}

// server is the ssh server that comes up.
func (j judge) server() (Server, bool) {
	for _, s := range j.servers() {
		u := j.Units[s.Unit]
		if u.Exists && !u.Masked && j.runs(s.Unit) {
			return s, true
		}
	}
	return Server{}, false
}

// ssh judges whether an ssh server comes up.
func (j judge) ssh() Finding {
	f := Finding{Name: "ssh", LosesSSH: true}
	var trouble []string
	var hints []string
	present := ""
	for _, server := range j.servers() {
		unit := server.Unit
		u := j.Units[unit]
		if !u.Exists {
			continue
		}
		if present == "" {
			present = unit
		}
		if !u.Enabled && !j.runs(unit) {
			continue
		}
		why, hint := j.missing(unit)
		if service, isSocket := strings.CutSuffix(unit, ".socket"); isSocket && why == "" && j.Units[service+".service"].Masked {
			why, hint = unit+" listens, but "+service+".service is masked", "systemctl unmask "+service+".service"
		}
		if why == "" {
			f.Verdict, f.Reason = OK, unit+" is enabled and essential"
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
		f.Reason, f.Hint = "no known ssh server is installed", "install openssh-server, or add your server to KEEP_UNITS in /etc/umm.conf"
	}
	return f
}
