package nodecli

import (
	"context"
	"path/filepath"
	"strings"

	"umm/internal/bootmenu"
	"umm/internal/mode"
	"umm/internal/rebootneeded"
	"umm/internal/wire"
)

// keptAnswers is where the answers of slow programs are kept for this boot.
const keptAnswers = "run/umm/reboot-needed"

// reboot tells whether this host has to be rebooted. While the command of umm on runs, the
// answer is not final, and umm-cluster asks for the status several times a second: nothing is
// run then.
func (a *app) reboot(ctx context.Context, s wire.Status) *wire.Reboot {
	if c := s.Command; c != nil && s.Mode == wire.ModeMaintenance && c.State == string(mode.CommandRunning) {
		return &wire.Reboot{Needed: wire.RebootUnknown, Unknown: []string{"the command of umm on is running"}}
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
	return &wire.Reboot{Needed: is.Needed, Reasons: is.Reasons, Unknown: is.Unknown}
}

func rebootText(r wire.Reboot) string {
	switch r.Needed {
	case wire.RebootNotNeeded:
		return "not needed"
	case wire.RebootNeeded:
		return "needed: " + strings.Join(r.Reasons, "; ")
	default:
		return "unknown: " + strings.Join(r.Unknown, "; ")
	}
}
