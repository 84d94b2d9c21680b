package sshcheck

import (
	"slices"
	"strings"
)

const (
	pathName   = "path"
	keepHint   = "add the service that brings it up to KEEP_UNITS in /etc/umm.conf"
	tunnelHint = "add the service that makes the tunnel to KEEP_UNITS in /etc/umm.conf, or have a console ready"
)

// path judges whether what carries the operator's connection comes up.
func (j judge) path() Finding {
	f := Finding{Name: pathName, LosesSSH: true}
	link, what, trouble := j.operatorLink()
	if trouble != nil {
		return *trouble
	}
	links := j.stack(link)
	if out, ok := j.answers(); ok && out != link {
		links = append(links, j.stack(out)...)
		what += ", replies leave by " + out
	}
	var owners, evidence []string
	for i, name := range links {
		if slices.Contains(links[:i], name) {
			continue
		}
		o := j.owner(name, i == 0 || !j.covered(links[:i], name))
		if o.why != "" {
			evidence = append(evidence, name+": "+o.why)
		}
		if o.verdict != OK {
			f.Verdict, f.Reason, f.Hint = o.verdict, what+", but "+o.reason, o.hint
			f.Evidence = strings.Join(evidence, "; ")
			return f
		}
		if o.reason != "" && !slices.Contains(owners, o.reason) {
			owners = append(owners, o.reason)
		}
	}
	f.Evidence = strings.Join(evidence, "; ")
	if o := j.addressed(link); o.verdict != OK {
		return j.otherAddress(f, link, what, o)
	}
	f.Verdict, f.Reason = OK, what+"; "+strings.Join(owners, ", ")
	return f
}

// otherAddress: the interface comes up, but not with the address that the operator came
// to. Where another one answers, the operator is told.
func (j judge) otherAddress(f Finding, link, what string, o ownership) Finding {
	f.Verdict, f.Reason, f.Hint = o.verdict, what+", but "+o.reason, o.hint
	if other, ok := j.answering(link, j.Session.Server); ok {
		f.Verdict, f.LosesSSH = Warn, false
		f.Reason += ": in maintenance mode this host answers at " + other.String()
		f.Hint = "connect by ssh to " + other.String()
	}
	return f
}

// answers is the interface that answers to the operator leave by in maintenance mode: the
// one that the kernel takes now, policy routing and all, or that of the routing table. A
// tunnel that would not be there takes its routes with it.
func (j judge) answers() (string, bool) {
	client := j.Session.Client
	if !client.IsValid() {
		return "", false
	}
	out, ok := j.routeTo(client, nil)
	if j.Answers != "" {
		out, ok = j.Answers, true
	}
	if ok && j.gone(out) {
		return j.routeTo(client, j.gone)
	}
	return out, ok
}

// gone tells of a tunnel that maintenance mode does not make.
func (j judge) gone(link string) bool {
	l := j.Links[link]
	return (l.Kind == Tunnel || l.Kind == WireGuard) && j.owner(link, true).verdict != OK
}

// operatorLink is the interface that the operator comes in by, with the words for
// it, or the finding that there is none to be told.
func (j judge) operatorLink() (link, what string, trouble *Finding) {
	unknown := func(reason, hint string, loses bool) *Finding {
		return &Finding{Name: pathName, Verdict: Unknown, Reason: reason, Evidence: j.Session.Source, Hint: hint, LosesSSH: loses}
	}
	if server := j.Session.Server; server.IsValid() {
		link, ok := j.linkOf(server)
		switch {
		case server.IsLoopback() || j.Links[link].Kind == Loopback:
			return "", "", unknown("your ssh connection comes in on the loopback interface, so through a tunnel, and what makes it is unknown", tunnelHint, true)
		case ok:
			return link, link + " carries your ssh connection (" + server.WithZone("").String() + ")", nil
		}
		return "", "", unknown("your ssh connection goes to "+server.String()+", which no interface of this host has", "run this over a direct ssh connection", true)
	}
	if link, ok := j.defaultLink(j.gone); ok {
		return link, link + " carries the default route (no ssh connection of yours was found)", nil
	}
	return "", "", unknown("there is neither an ssh connection nor a default route", "run this over ssh", false)
}

// stack is a link and all that it stands on, top first.
func (j judge) stack(link string) []string {
	names := []string{link}
	for i := 0; i < len(names); i++ {
		for _, lower := range j.Links[names[i]].Lower {
			if !slices.Contains(names, lower) {
				names = append(names, lower)
			}
		}
	}
	return names
}

// covered tells whether a link stands below one of others: what configures those
// brings it up, unless its own configuration says more.
func (j judge) covered(above []string, name string) bool {
	return slices.ContainsFunc(above, func(a string) bool { return slices.Contains(j.Links[a].Lower, name) })
}

// ownership says whether a link comes up, and by whom.
type ownership struct {
	verdict Verdict
	reason  string // "eth0 is brought up by ...", or what is wrong; empty if another link's owner does it
	why     string
	hint    string
}

// owner judges one link. top: nothing else would bring it up.
func (j judge) owner(name string, top bool) ownership {
	l, ok := j.Links[name]
	if !ok {
		return ownership{Unknown, "unknown interface " + name, "", keepHint}
	}
	if l.Kind == OVS {
		if o := j.openvswitch(l); o.verdict != OK {
			return o
		}
	}
	claims := j.claims(l)
	if len(claims) == 0 {
		return j.unclaimed(l, top)
	}
	if !top && !claims[0].running && !claims[0].sure {
		return ownership{verdict: OK} // with what stands on it: "iface eth0 inet manual" of a bridge's port
	}
	o := ownership{verdict: OK}
	var managers, why []string
	for i, c := range claims {
		if i > 0 && !c.running {
			why = append(why, "also configured for "+c.manager+" ("+c.why+")")
			continue
		}
		words, trouble, hint := j.comesUp(c)
		managers, why = append(managers, words), append(why, c.why)
		if trouble != "" && o.verdict == OK {
			o.verdict, o.hint = Fail, hint
			o.reason = l.describe() + " is brought up by " + c.manager + " and " + trouble
		}
	}
	o.why = strings.Join(why, ", ")
	switch c := claims[0]; {
	case o.verdict == Fail:
	case c.running && !c.sure:
		o.verdict, o.hint = Unknown, keepHint
		o.reason = l.describe() + " was brought up by " + c.manager + ", but it is uncertain whether it is at boot (" + c.why + ")"
	case !c.sure:
		o.verdict, o.hint = Unknown, keepHint
		o.reason = "it is uncertain whether " + c.manager + " brings up " + l.describe()
	default:
		o.reason = l.describe() + " is brought up by " + strings.Join(managers, " and ")
	}
	return o
}

// comesUp tells who brings a link up, and what is wrong with that.
func (j judge) comesUp(c claim) (words, trouble, hint string) {
	switch {
	case c.unit == "":
		return c.manager, "", ""
	case strings.HasPrefix(c.unit, "ifup@") && j.Units[c.unit].Exists && !j.Units[c.unit].Masked:
		return c.manager + " (udev starts " + c.unit + ")", "", ""
	}
	trouble, hint = j.missing(c.unit)
	if c.manager == c.unit {
		return c.unit + " (essential)", trouble, hint
	}
	return c.manager + " (" + c.unit + ", essential)", trouble, hint
}

// openvswitch judges the switch that an interface is a part of.
func (j judge) openvswitch(l Link) ownership {
	var candidates []string
	for _, unit := range ovsUnits {
		if u := j.Units[unit]; u.Exists && (u.Enabled || j.runs(unit)) {
			candidates = append(candidates, unit)
		}
	}
	if len(candidates) == 0 {
		return ownership{Fail, l.describe() + " needs Open vSwitch and no service of it is enabled", "", "enable " + ovsUnits[0] + " or " + ovsUnits[1]}
	}
	if why, hint := j.missing(candidates[0]); why != "" {
		return ownership{Fail, l.describe() + " needs Open vSwitch and " + why, "", hint}
	}
	return ownership{verdict: OK}
}

// unclaimed judges a link that no configuration names.
func (j judge) unclaimed(l Link, top bool) ownership {
	switch {
	case !top:
		return ownership{verdict: OK} // with what stands on it
	case tunnels[l.Name] != "":
		if why, hint := j.missing(tunnels[l.Name]); why != "" {
			return ownership{Fail, l.describe() + " is made by " + tunnels[l.Name] + " and " + why, "", hint}
		}
		return ownership{OK, l.describe() + " is made by " + tunnels[l.Name] + " (essential)", "", ""}
	case l.Kind == Tunnel || l.Kind == WireGuard:
		return ownership{Unknown, l.describe() + " is made by an unknown program", "", tunnelHint}
	}
	reason := "umm found nothing that brings up " + l.describe()
	if len(j.Network.Unread) > 0 {
		return ownership{Unknown, reason, strings.Join(j.Network.Unread, "; "), "run this as root"}
	}
	return ownership{Unknown, reason, "", keepHint}
}

// ovsUnits are the services of Open vSwitch, of Debian and of EL.
var ovsUnits = []string{"openvswitch-switch.service", "openvswitch.service", "ovs-vswitchd.service"}

// tunnels are interfaces whose maker is known by their name.
var tunnels = map[string]string{"tailscale0": "tailscaled.service"}

func (l Link) describe() string {
	if l.Kind == Plain || l.Kind == Loopback {
		return l.Name
	}
	return l.Name + " (" + string(l.Kind) + ")"
}
