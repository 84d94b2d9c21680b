package nodecli

import (
	"context"
	"path/filepath"
	"strings"

	"umm/internal/bootmenu"
	"umm/internal/rebootneeded"
	"umm/internal/wire"
)

// keptAnswers is where the answers of slow programs are kept for this boot.
const keptAnswers = "run/umm/reboot-needed"

// reboot tells whether this host has to be rebooted.
func (a *app) reboot(ctx context.Context) *wire.Reboot {
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
