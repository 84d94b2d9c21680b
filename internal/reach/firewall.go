package reach

import "strings"

// firewalls are the services that load packet filters.
var firewalls = []string{
	"nftables.service", "ufw.service", "firewalld.service", "netfilter-persistent.service",
	"iptables.service", "ip6tables.service", "ferm.service", "shorewall.service", "shorewall6.service",
}

// firewall judges whether the host would be as well protected as it is.
func (j judge) firewall() Finding {
	f := Finding{Name: "firewall", Verdict: OK, Reason: "no firewall service is enabled here"}
	var kept []string
	for _, unit := range firewalls {
		if u := j.Units[unit]; !u.Exists || u.Masked || !u.Enabled {
			continue
		}
		if why, hint := j.missing(unit); why != "" {
			f.Verdict, f.Hint = Fail, hint
			f.Reason = why + ": the host would be less protected than it is"
			return f
		}
		kept = append(kept, unit)
	}
	if len(kept) > 0 {
		f.Reason = strings.Join(kept, ", ") + " is kept"
	}
	return f
}

// console tells where somebody can log in without the network. It is for the
// operator to know, never a reason to refuse.
func (j judge) console() Finding {
	f := Finding{Name: "console", Verdict: Unknown, Reason: "this host has no console that umm knows of"}
	if !j.kept("getty.target") {
		f.Reason = "getty.target is not kept, so only tty2 has a login"
		return f
	}
	switch {
	case j.Console.Container:
		f.Verdict, f.Reason = OK, "a login on the container's console"
	case len(j.Console.Active) > 0:
		var names []string
		for _, tty := range j.Console.Active {
			if tty == "tty0" {
				tty = "tty1, tty2"
			}
			names = append(names, tty)
		}
		f.Verdict, f.Reason = OK, "a login on "+strings.Join(names, ", ")
	}
	return f
}
