// Package journal is an adapter.
package journal

import (
	_ "umm/internal/api"           // allowed
	_ "umm/internal/cluster/run"   // allowed
	_ "umm/internal/host/unitfile" // want "the master's house knows nothing of the host's"
)
