package rollout

import (
	"slices"
	"strings"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/sanitize"
)

// What an entry keeps of what others wrote, in bytes.
const (
	mostText     = 8 << 10
	mostEvidence = 4 << 10
	// mostVerdicts bounds the evidence of all verdicts together; those that are not OK come
	// first.
	mostVerdicts = 1 << 20
)

// sanitized is an entry whose words are fit for terminals and files, and not too many: texts are
// made of what hosts said, and a host may say anything.
func sanitized(e run.Entry) run.Entry {
	e.Text, e.Hint = sanitize.Phrase(e.Text, mostText), sanitize.Phrase(e.Hint, mostText)
	e.Host, e.Boot = sanitize.Phrase(e.Host, mostText), sanitize.Phrase(e.Boot, mostText)
	e.Verdicts = slices.Clone(e.Verdicts)
	left := mostVerdicts
	for _, ok := range []bool{false, true} {
		for i := range e.Verdicts {
			if v := &e.Verdicts[i]; (v.State == service.OK) == ok {
				*v = sanitizeVerdict(*v)
				if left -= len(v.Reason) + len(v.Evidence); left < 0 {
					v.Reason, v.Evidence = sanitize.Phrase(v.Reason, mostText/16), ""
				}
			}
		}
	}
	return e
}

// sanitizeVerdicts cleans what services made of the words of hosts.
func sanitizeVerdicts(vs []service.Verdict) []service.Verdict {
	for i := range vs {
		vs[i] = sanitizeVerdict(vs[i])
	}
	return vs
}

func sanitizeVerdict(v service.Verdict) service.Verdict {
	v.Name, v.Host, v.Risk = sanitize.Phrase(v.Name, mostEvidence), sanitize.Phrase(v.Host, mostEvidence), sanitize.Phrase(v.Risk, mostEvidence)
	v.Reason = sanitize.Phrase(v.Reason, mostEvidence)
	if len(v.Evidence) > mostEvidence {
		v.Evidence = strings.ToValidUTF8(v.Evidence[:mostEvidence], "") + "..."
	}
	v.Evidence = sanitize.Lines(v.Evidence)
	return v
}
