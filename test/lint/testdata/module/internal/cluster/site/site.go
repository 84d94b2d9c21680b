// Package site drives runs: it may wire adapters, and knows no command.
package site

import (
	_ "umm/internal/cli/nodecli"       // want "only cmd/* and cli/* import cli/*"
	_ "umm/internal/cluster/lock"      // allowed
	_ "umm/internal/cluster/rollout"   // allowed
	_ "umm/internal/cluster/ummclient" // allowed
)
