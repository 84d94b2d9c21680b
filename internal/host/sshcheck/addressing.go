package sshcheck

import (
	"net/netip"
	"slices"
	"strings"
)

// Addressing is what a configuration gives an interface. The zero value is of one that
// does not tell.
type Addressing struct {
	Known   bool // Static is all of it, but for what is Dynamic
	Dynamic bool // DHCP and the like
	Static  []netip.Addr
}

// gives tells whether an address may come of it. Of IPv6 addresses routers have a say.
func (a Addressing) gives(addr netip.Addr) bool {
	return !a.Known || a.Dynamic || addr.Is6() || slices.Contains(a.Static, addr)
}

// add takes in an address as it is written: with the length of its prefix, or without.
func (a *Addressing) add(written string) {
	written, _, _ = strings.Cut(strings.TrimSpace(written), "/")
	if addr, err := netip.ParseAddr(written); err == nil {
		a.Static = append(a.Static, addr.Unmap().WithZone(""))
	}
}

// join is the addressing of two configurations of one interface.
func (a Addressing) join(b Addressing) Addressing {
	return Addressing{Known: a.Known && b.Known, Dynamic: a.Dynamic || b.Dynamic, Static: slices.Concat(a.Static, b.Static)}
}

// given judges whether what runs in maintenance mode gives a link an address that it has now: what is up
// proves nothing.
func (j judge) given(link string, addr netip.Addr) ownership {
	addr = addr.WithZone("")
	what := addr.String()
	if !addr.IsValid() || addr.IsLinkLocalUnicast() {
		return ownership{verdict: OK}
	}
	for _, v := range j.VIPs {
		if v.Addr != addr {
			continue
		}
		if why, hint := j.missing(v.Unit); why != "" {
			return ownership{Fail, what + " is assigned by " + v.Unit + " (" + v.File + "), and " + why, v.File, hint}
		}
		return ownership{verdict: OK}
	}
	claims := j.claims(j.Links[link])
	for _, c := range claims {
		if _, trouble, _ := j.comesUp(c); trouble == "" && c.sure && c.addressing.gives(addr) {
			return ownership{verdict: OK}
		}
	}
	if len(claims) == 0 {
		return ownership{verdict: OK} // judged as a link that nobody claims
	}
	if o, found := j.made(what); found {
		return o
	}
	return ownership{Unknown, "umm found nothing that gives " + link + " the address " + what, claims[0].why,
		"add what gives it to KEEP_UNITS in /etc/umm.conf"}
}

// made judges an address that services set up; found is false where none does.
func (j judge) made(addr string) (o ownership, found bool) {
	for _, m := range j.makersOf(addr) {
		why, hint := j.missing(m.Unit)
		if why == "" {
			return ownership{verdict: OK}, true
		}
		o, found = ownership{Fail, addr + " comes from " + m.Unit + " (" + m.File + "), and " + why, m.File, hint}, true
	}
	return o, found
}

// addressed judges the address that the operator came to, or, without a connection,
// whether the link gets any of those that it holds.
func (j judge) addressed(link string) ownership {
	if j.Session.Server.IsValid() {
		return j.given(link, j.Session.Server)
	}
	o := ownership{verdict: OK}
	for _, a := range j.Addresses {
		if a.Link != link || a.Prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		if o = j.given(link, a.Prefix.Addr().Unmap()); o.verdict == OK {
			break
		}
	}
	return o
}

// answering is another address of a link at which the host answers in maintenance mode.
func (j judge) answering(link string, not netip.Addr) (netip.Addr, bool) {
	for _, a := range j.Addresses {
		addr := a.Prefix.Addr().Unmap()
		if a.Link != link || addr == not.WithZone("") || addr.IsLinkLocalUnicast() || addr.IsLoopback() || addr.Is6() != not.Is6() {
			continue
		}
		if len(j.claims(j.Links[link])) > 0 && j.given(link, addr).verdict == OK {
			return addr, true
		}
	}
	return netip.Addr{}, false
}
