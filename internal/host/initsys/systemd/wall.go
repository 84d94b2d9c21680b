package systemd

import (
	"context"

	"umm/internal/execx"
	"umm/internal/host/wall"
)

// Wall implements node.Power.
func (m Manager) Wall(ctx context.Context, text string) {
	if wall.Send(m.Proc, text) {
		return
	}
	// Not every host has wall, and not every user a terminal.
	_, _ = m.Run.Run(ctx, execx.Cmd{Argv: []string{"wall", text}, Limit: askLimit})
}
