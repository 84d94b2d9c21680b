// Package db is one service, and pure.
package db

import (
	_ "net"     // want "not allowed from list 'pure'"
	_ "os/exec" // want "not allowed from list 'pure'"
	"time"      // allowed

	_ "umm/internal/cluster/service" // allowed
	_ "umm/internal/execx"           // want "not allowed from list 'pure'"
)

// Soon reads the clock.
func Soon() time.Time { return time.Now() } // want "pure packages have no clock"
