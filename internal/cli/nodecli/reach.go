package nodecli

import (
	"context"

	"umm/internal/kept"
	"umm/internal/unitfile"
	"umm/internal/wire"
)

func (a *app) checkReach(ctx context.Context, tree *unitfile.Tree, plan kept.Result) []wire.Check {
	return nil
}
