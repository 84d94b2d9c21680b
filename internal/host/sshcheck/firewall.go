package sshcheck

import "strings"

// firewalls are the services that load packet filters.
var firewalls = []string{
	"nftables.service", "ufw.service", "firewalld.service", "netfilter-persistent.service",
	"iptables.service", "ip6tables.service", "ferm.service", "shorewall.service", "shorewall6.service",
	"firehol.service", "arno-iptables-firewall.service", "csf.service", "apf.service", "uif.service", "vuurmuur.service",
	"firewall.service", "iptables-persistent.service",
}

// firewall judges whether the host would be as well protected as it is.
func (j judge) firewall() Finding {
	f := Finding{Name: "firewall", Verdict: OK, Reason: "no firewall service is enabled here"}
	var walls []string
	for _, unit := range j.Firewalls {
		if u := j.Units[unit]; !u.Exists || u.Masked || !u.Enabled {
			continue
		}
		if why, hint := j.missing(unit); why != "" {
			f.Verdict, f.Hint = Fail, hint
			f.Reason = why + ": the host would be less protected than now"
			return f
		}
		walls = append(walls, unit)
	}
	if len(walls) > 0 {
		f.Reason = strings.Join(walls, ", ") + " is essential"
	}
	for _, m := range j.Filters {
		if j.Units[m.Unit].Enabled && !j.runs(m.Unit) {
			f.Verdict = Warn
			f.Reason = m.Unit + " runs " + m.Word + " (" + m.File + ") and is not essential: if it sets up the firewall, the host would be less protected than now"
			f.Hint = "add " + m.Unit + " to KEEP_UNITS in /etc/umm.conf if it does"
			return f
		}
	}
	return f
}

// watchdog tells of a watchdog(8) that would reboot the host for what maintenance mode
// does not run.
func (j judge) watchdog() Finding {
	f := Finding{Name: "watchdog", Verdict: OK, Reason: "no watchdog service tests other services"}
	switch {
	case len(j.Watchdog) == 0:
	case j.runs("watchdog.service"):
		f.Verdict = Warn
		f.Reason = "watchdog.service runs in maintenance mode and reboots the host if one of its tests fails: " + strings.Join(firstFew(j.Watchdog), ", ")
		f.Hint = "make sure that what it tests runs in maintenance mode, or remove the test from /etc/watchdog.conf"
	case j.runs("wd_keepalive.service"):
		f.Reason = "wd_keepalive.service runs instead of watchdog.service, which tests " + strings.Join(firstFew(j.Watchdog), ", ")
	}
	return f
}

// console tells where somebody can log in without the network. It is for the
// operator to know, never a reason to refuse.
func (j judge) console() Finding {
	f := Finding{Name: "console", Verdict: Unknown, Reason: "umm found no console on this host"}
	if !j.runs("getty.target") {
		f.Reason = "getty.target does not run, so only tty2 has a login"
		return f
	}
	switch {
	case j.Console.Container:
		f.Verdict, f.Reason = OK, "login on the container's console"
	case len(j.Console.Active) > 0:
		var names []string
		for _, tty := range j.Console.Active {
			if tty == "tty0" {
				tty = "tty1, tty2"
			}
			names = append(names, tty)
		}
		f.Verdict, f.Reason = OK, "login on "+strings.Join(names, ", ")
	}
	return f
}
