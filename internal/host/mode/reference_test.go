package mode_test

import "strings"

// reference says in the plainest way what should become of a host: how the boots
// before ended, what was asked for, and nothing of how that is kept.
type reference struct {
	enabled bool
	count   int

	// Of this boot. unseen: umm keeps out of it, or was disabled when it began.
	unseen, rescue       bool
	maintenance, leaving bool
	healed               bool

	// Of the boots before: how many in a row were unclean.
	unclean int
	// What the last boot that umm saw was, as far as the disk knows.
	crashedIfDown, wasMaintenance, wasEnded bool

	pending, nextOperational bool
}

func (m *reference) boot(rescue, asked bool) {
	m.rescue, m.unseen = rescue, rescue
	m.leaving, m.healed, m.maintenance = false, false, false
	if rescue {
		return
	}
	if !m.enabled {
		*m = reference{count: m.count, unseen: true}
		return
	}
	if m.crashedIfDown {
		m.unclean++
	} else {
		m.unclean = 0
	}
	switch {
	case m.pending, asked:
		m.maintenance = true
	case m.nextOperational:
	case m.wasMaintenance && m.crashedIfDown:
		m.maintenance = true
	case m.wasMaintenance && m.wasEnded:
	default:
		m.maintenance = m.unclean >= m.count
	}
	m.pending, m.nextOperational = false, false
	m.seen()
}

// seen: from now on a crash of this boot counts.
func (m *reference) seen() {
	m.unseen = false
	m.crashedIfDown, m.wasMaintenance, m.wasEnded = !m.healed, m.maintenance, false
}

// end is a shutdown that was asked for. The disk learns of it even where it was
// not told of the beginning, but for a rescue boot.
func (m *reference) end() {
	if !m.rescue || !m.unseen {
		m.crashedIfDown, m.wasMaintenance, m.wasEnded = false, m.maintenance, true
	}
}

func (m *reference) live(word string) {
	down, how, _ := strings.Cut(word, ", ")
	switch word {
	case "umm on":
		if m.enabled && !m.maintenance {
			m.pending, m.nextOperational = true, false
			if !m.rescue {
				m.seen()
			}
		}
	case "umm on --live":
		if m.enabled && !m.maintenance && !m.rescue && !m.leaving {
			m.maintenance, m.leaving, m.healed = true, false, false
			m.pending, m.nextOperational = false, false
			m.seen()
		}
	case "umm off", "umm off, killed", "umm off reboot":
		m.off(word)
	case "healthy":
		if !m.maintenance && !m.healed && !(m.rescue && m.unseen) {
			m.unclean, m.healed = 0, true
			m.seen()
		}
	case "umm enable":
		if !m.enabled {
			m.enabled = true
			if m.unseen && m.rescue {
				m.unclean = 0
			}
			m.seen()
		}
	case "umm disable":
		if m.enabled && !m.maintenance && !m.leaving {
			m.enabled = false
			m.unclean, m.pending, m.nextOperational = 0, false, false
			if !m.rescue || !m.unseen {
				m.healed = true
				m.seen()
			}
		}
	case "UMM=no by hand", "UMM=yes by hand":
		m.enabled = word == "UMM=yes by hand"
	case "REBOOT_COUNT=0", "REBOOT_COUNT=1", "REBOOT_COUNT=2":
		m.count = int(word[len(word)-1] - '0')
	case "soft reboot":
		m.end()
		m.boot(m.rescue, false)
	}
	switch down {
	case "reboot":
		m.end()
		m.boot(how == "rescue" || how == "kexec" && m.rescue, how == "kernel argument")
	case "crash":
		m.boot(how == "rescue", how == "kernel argument")
	}
}

func (m *reference) off(word string) {
	if !m.maintenance && !m.leaving {
		m.pending, m.nextOperational = false, false
		return
	}
	m.maintenance, m.leaving, m.healed = false, word != "umm off", false
	m.unclean, m.pending, m.nextOperational = 0, false, word == "umm off reboot"
	m.seen()
	if word == "umm off reboot" {
		m.live("reboot")
	}
}
