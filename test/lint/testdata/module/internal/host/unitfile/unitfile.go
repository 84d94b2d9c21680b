// Package unitfile is a reader that others may use.
package unitfile

import (
	_ "umm/internal/api"               // allowed
	_ "umm/internal/cluster/inventory" // want "the host's house knows nothing of the master's"
)
