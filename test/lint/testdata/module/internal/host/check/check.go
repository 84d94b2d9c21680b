// Package check asks adapters, and is wired as they are.
package check

import (
	_ "umm/internal/cli/nodecli"   // want "only cmd/* and cli/* import cli/*"
	_ "umm/internal/host/bootmenu" // allowed
	_ "umm/internal/host/node"     // want "no adapter imports node"
	_ "umm/internal/host/record"   // allowed
	_ "umm/internal/host/runstate" // want "only cli/* wires adapters"
)
