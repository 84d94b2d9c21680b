// Package runstate is an adapter that wires others.
package runstate

import (
	_ "umm/internal/cli/bootcli" // want "only cmd/* and cli/* import cli/*"
	_ "umm/internal/host/record" // want "only cli/* wires adapters"
)
