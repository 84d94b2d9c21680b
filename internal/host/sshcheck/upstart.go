package sshcheck

import "strings"

// JobName is what a unit is called on a host that Upstart runs; what Judge goes by is
// named as on systemd. Interfaces that appear are brought up by instances of one job.
func JobName(unit string) string {
	switch {
	case strings.HasPrefix(unit, "ifup@"):
		return "network-interface"
	case unit == networkManager:
		return "network-manager"
	default:
		return strings.TrimSuffix(unit, ".service")
	}
}

// inJobs says a finding in the words of such a host.
func inJobs(f Finding) Finding {
	say := func(text string) string {
		words := strings.Split(text, " ")
		for i, w := range words {
			bare := strings.Trim(w, "(),;:")
			words[i] = strings.Replace(w, bare, JobName(bare), 1)
		}
		return strings.Join(words, " ")
	}
	f.Reason, f.Hint = say(f.Reason), say(f.Hint)
	return f
}

// enable is how a unit is made to start at boot.
func (j judge) enable(unit string) string {
	if j.Upstart {
		return "take manual out of /etc/init/" + JobName(unit) + ".override; an init script: update-rc.d " + JobName(unit) + " enable"
	}
	return "systemctl enable " + unit
}
