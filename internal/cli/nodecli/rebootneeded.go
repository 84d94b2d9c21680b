package nodecli

import (
	"context"
	"strings"

	"umm/internal/api"
	"umm/internal/host/mode"
)

// reboot tells whether this host has to be rebooted. While the command of umm on runs, the
// answer is not final, and umm-cluster asks for the status several times a second: nothing is
// run then.
func (a *app) reboot(ctx context.Context, s api.Status) *api.Reboot {
	if c := s.Command; c != nil && s.Mode == api.ModeMaintenance && c.State == string(mode.CommandRunning) {
		return &api.Reboot{Needed: api.RebootUnknown, Unknown: []string{"the command of umm on is still running"}}
	}
	r := a.rebootNeeded(ctx)
	return &r
}

func rebootText(r api.Reboot) string {
	switch r.Needed {
	case api.RebootNotNeeded:
		return "not needed"
	case api.RebootNeeded:
		return "needed: " + strings.Join(r.Reasons, "; ")
	default:
		return "unknown: " + strings.Join(r.Unknown, "; ")
	}
}
