package galera

import "strings"

// blank is how many of the addresses for clients that m sees are empty, and of how many.
// Those of arbiters (garbd) are.
func (m *member) blank() (n, listed int) {
	addresses := m.status["wsrep_incoming_addresses"]
	if addresses == "" {
		return 0, 0
	}
	for _, a := range strings.Split(addresses, ",") {
		listed++
		if strings.TrimSpace(a) == "" {
			n++
		}
	}
	return n, listed
}

// arbiters are members that only vote, by what one member says. Where nobody has an
// address that says nothing.
func (m *member) arbiters() int {
	n, listed := m.blank()
	if n == listed {
		return 0
	}
	return n
}

// arbiters are members that only vote, as m sees them. Some builds leave them out of the
// addresses, and a member that has just joined may not be in them yet: so members without
// an address are arbiters as far as they are more than the known ones that may be there.
func (v *view) arbiters(m *member) int {
	data := 0
	for _, h := range v.members {
		if o := v.by[h]; o.down == "" || o.process {
			data++
		}
	}
	return m.arbitersBeside(data)
}

// arbitersBeside are the arbiters where so many members with data may be there.
func (m *member) arbitersBeside(data int) int {
	blank, listed := m.blank()
	if listed == 0 {
		return 0
	}
	unaddressed := max(0, m.size()-(listed-blank))
	return max(m.arbiters(), min(unaddressed, m.size()-data))
}
