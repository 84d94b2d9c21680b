package sshcheck

import (
	"strings"

	"umm/internal/host/jobfile"
)

// inJobs says a finding in the words of such a host.
func inJobs(f Finding) Finding {
	say := func(text string) string {
		words := strings.Split(text, " ")
		for i, w := range words {
			bare := strings.Trim(w, "(),;:")
			words[i] = strings.Replace(w, bare, jobfile.NameOf(bare), 1)
		}
		return strings.Join(words, " ")
	}
	f.Reason, f.Hint = say(f.Reason), say(f.Hint)
	return f
}

// enable is how a unit is made to start at boot.
func (j judge) enable(unit string) string {
	if j.Upstart {
		return "remove manual from /etc/init/" + jobfile.NameOf(unit) + ".override; an init script: update-rc.d " + jobfile.NameOf(unit) + " enable"
	}
	return "systemctl enable " + unit
}
