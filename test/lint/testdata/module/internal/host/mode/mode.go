// Package mode is pure.
package mode

import (
	_ "net"     // want "not allowed from list 'pure'"
	_ "os"      // want "not allowed from list 'pure'"
	_ "os/exec" // want "not allowed from list 'pure'"
	"time"      // allowed
)

// Now reads the clock.
func Now() time.Time { return time.Now() } // want "pure packages have no clock"
