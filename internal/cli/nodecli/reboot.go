package nodecli

import (
	"context"
	"path/filepath"
	"strings"

	"umm/internal/api"
	"umm/internal/host/bootmenu"
	"umm/internal/host/mode"
	"umm/internal/host/rebootneeded"
)

// keptAnswers is where the answers of slow programs are kept for this boot.
const keptAnswers = "run/umm/reboot-needed"

// reboot tells whether this host has to be rebooted. While the command of umm on runs, the
// answer is not final, and umm-cluster asks for the status several times a second: nothing is
// run then.
func (a *app) reboot(ctx context.Context, s api.Status) *api.Reboot {
	if c := s.Command; c != nil && s.Mode == api.ModeMaintenance && c.State == string(mode.CommandRunning) {
		return &api.Reboot{Needed: api.RebootUnknown, Unknown: []string{"the command of umm on is running"}}
	}
	root := a.node.Root
	h := rebootneeded.Host{
		Root:      root,
		Run:       a.node.Run,
		Next:      bootmenu.Host{Root: root}.Default,
		Container: a.node.InContainer(),
		Superuser: a.euid == 0,
		Kept:      filepath.Join(root, keptAnswers),
	}
	p, _ := a.node.Policy()
	h.Command = p.RebootNeeded
	if err := a.node.OnlyRoots(filepath.Join(root, confPath)); h.Command != "" && err != nil {
		h.Refused = err
	}
	is := h.Ask(ctx)
	return &api.Reboot{Needed: is.Needed, Reasons: is.Reasons, Unknown: is.Unknown}
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
