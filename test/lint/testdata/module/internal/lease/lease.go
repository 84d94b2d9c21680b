// Package lease is an adapter that knows another.
package lease

import (
	_ "umm/internal/execx"  // allowed
	_ "umm/internal/remote" // want "only cli/* wires adapters"
)
