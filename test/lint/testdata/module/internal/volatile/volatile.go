// Package volatile is an adapter that wires others.
package volatile

import (
	_ "umm/internal/cli/bootcli" // want "only cmd/* and cli/* import cli/*"
	_ "umm/internal/record"      // want "only cli/* wires adapters"
)
