// Package lock is an adapter that knows another.
package lock

import (
	_ "umm/internal/cluster/ummclient" // want "only cli/* wires adapters"
	_ "umm/internal/execx"             // allowed
)
