// Package rollout is the engine. This file decides.
package rollout

import (
	_ "os" // want "not allowed from list 'pure'"
	"time" // allowed

	_ "umm/internal/cluster/run"     // allowed
	_ "umm/internal/cluster/service" // allowed
	_ "umm/internal/execx"           // want "not allowed from list 'pure'"
)

// Next reads the clock.
func Next() time.Time { return time.Now() } // want "pure packages have no clock"
