// Package run is pure.
package run

import (
	_ "context" // want "not allowed from list 'pure'"
	"time"      // allowed

	_ "umm/internal/cluster/service" // allowed
)

// Since reads the clock.
func Since(t time.Time) time.Duration { return time.Since(t) } // want "pure packages have no clock"
