package sshcheck

import (
	"net/netip"
	"strings"
)

// listen judges whether the addresses that sshd listens on would be there: where none is,
// it does not start.
func (j judge) listen() Finding {
	f := Finding{Name: "listen", Verdict: OK, LosesSSH: true}
	s, _ := j.server()
	lines, who, socket := j.SSHD.Settings["listenaddress"], "sshd", false
	if unit, ok := j.socket(); ok {
		lines, who, socket = j.Sockets[unit], unit, true
	}
	switch {
	case socket:
	case s.Program != "" && s.Program != "sshd":
		f.Reason = s.Program + " does not say what it listens on"
		return f
	case j.SSHD.Settings == nil:
		f.Verdict, f.LosesSSH, f.Reason, f.Hint = Unknown, false, "the addresses that sshd listens on are unknown", j.howToAsk()
		return f
	}
	var good, bad []string
	var worst ownership
	mine := !j.Session.Server.IsValid()
	for _, l := range lines {
		addr, ok := listenAddr(l)
		if !ok || addr.IsUnspecified() {
			f.Reason = who + " listens on every address"
			return f
		}
		o := j.listens(addr)
		if o.verdict == OK {
			good = append(good, addr.String())
			mine = mine || addr == j.Session.Server.WithZone("")
			continue
		}
		if bad = append(bad, addr.String()); worst.verdict != Unknown {
			worst = o
		}
	}
	switch {
	case len(lines) == 0:
		f.Reason = who + " listens on every address"
	case len(good) == 0:
		f.Verdict, f.Hint, f.Evidence = worst.verdict, worst.hint, worst.why
		f.Reason = who + " listens on " + strings.Join(bad, ", ") + " only, and " + worst.reason
	case !mine:
		f.Verdict, f.LosesSSH = Warn, false
		f.Reason = "in maintenance mode " + who + " listens on " + strings.Join(good, ", ") + ", and you connected to " + j.Session.Server.WithZone("").String()
		f.Hint = "connect by ssh to " + good[0]
	default:
		f.Reason = who + " listens on " + strings.Join(good, ", ")
		if len(bad) > 0 {
			f.Reason += "; " + strings.Join(bad, ", ") + " may be missing"
		}
	}
	return f
}

// socket is the socket that takes connections in the place of the ssh server itself, if
// one does.
func (j judge) socket() (unit string, ok bool) {
	for _, s := range j.servers() {
		service := strings.TrimSuffix(s.Unit, "socket") + "service"
		if _, known := j.Sockets[s.Unit]; known && j.Units[s.Unit].Enabled && j.runs(s.Unit) && !j.Units[service].Enabled {
			return s.Unit, true
		}
	}
	return "", false
}

// howToAsk is what to do where sshd's settings are not known.
func (j judge) howToAsk() string {
	if j.SSHD.Asked || j.SSHD.Problem != "" {
		return "see sshd-config"
	}
	return "run this as root"
}

// listens judges one address of this host.
func (j judge) listens(addr netip.Addr) ownership {
	if addr.IsLoopback() {
		return ownership{Unknown, "the loopback interface is reached through a tunnel only", "", tunnelHint}
	}
	link, ok := j.linkOf(addr)
	if !ok {
		if o, found := j.made(addr.String()); found {
			return o
		}
		return ownership{Unknown, "no interface of this host has " + addr.String(), "", keepHint}
	}
	for i, name := range j.stack(link) {
		if o := j.owner(name, i == 0); o.verdict != OK {
			return o
		}
	}
	return j.given(link, addr)
}

// listenAddr reads a value of ListenAddress, as sshd -T prints it and as it is written.
func listenAddr(text string) (netip.Addr, bool) {
	word, _, _ := strings.Cut(text, " ") // "... rdomain 1"
	if ap, err := netip.ParseAddrPort(word); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddr(strings.Trim(word, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}

// keyPrograms are programs of AuthorizedKeysCommand and the service that each asks.
var keyPrograms = map[string]string{
	"sss_ssh_authorizedkeys": "sssd.service",
	"userdbctl":              "systemd-userdbd.service",
}

// keys judges a program that sshd asks for the operator's keys: what it asks in its turn
// has to run.
func (j judge) keys() Finding {
	f := Finding{Name: "keys", Verdict: OK, LosesSSH: true}
	command := j.SSHD.setting("authorizedkeyscommand")
	server, ok := j.server()
	switch {
	case ok && server.Program != "sshd":
		f.Reason = server.Program + " runs no program for keys"
		return f
	case j.SSHD.Settings == nil:
		f.Verdict, f.LosesSSH, f.Reason, f.Hint = Unknown, false, "whether sshd runs a program for keys is unknown", j.howToAsk()
		return f
	case command == "" || command == "none":
		f.Reason = "sshd runs no program for keys"
		return f
	}
	program, _, _ := strings.Cut(command, " ")
	name := program[strings.LastIndexByte(program, '/')+1:]
	unit, known := keyPrograms[name]
	why, hint := "", ""
	if known {
		why, hint = j.missing(unit)
	}
	good, _ := j.keyFiles()
	switch {
	case known && why == "":
		f.Reason = "sshd runs " + program + " for keys, which asks " + unit + ", which is essential"
	case good.Exists:
		f.Reason = "sshd runs " + program + " for keys, and finds some in " + good.Path + " too"
	case known && !j.passwords():
		f.Verdict, f.Hint = Fail, hint
		f.Reason = "sshd runs " + program + " for your keys, and " + why
	case known:
		f.Verdict, f.LosesSSH, f.Hint = Warn, false, hint
		f.Reason = "sshd runs " + program + " for keys, and " + why + ": only passwords get in"
	default:
		f.Verdict, f.LosesSSH = Warn, false
		f.Reason = "sshd runs " + program + " for keys, and what that needs is unknown"
		f.Hint = "add the service that it asks to KEEP_UNITS in /etc/umm.conf, or put a key into " + good.Path
		if good.Path == "" {
			f.Hint = "add the service that it asks to KEEP_UNITS in /etc/umm.conf"
		}
	}
	return f
}

// passwords tells whether sshd takes other than keys from the operator.
func (j judge) passwords() bool {
	if j.Login.Operator.Name == "root" && j.SSHD.setting("permitrootlogin") != "yes" {
		return false
	}
	return j.SSHD.setting("passwordauthentication") != "no" || j.SSHD.setting("kbdinteractiveauthentication") == "yes"
}
