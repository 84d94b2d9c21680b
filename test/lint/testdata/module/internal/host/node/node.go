// Package node imports an adapter.
package node

import (
	"time" // allowed

	_ "umm/internal/cli/bootcli"   // want "node declares the interfaces"
	_ "umm/internal/execx"         // allowed
	_ "umm/internal/host/mode"     // allowed
	_ "umm/internal/host/runstate" // want "node declares the interfaces"
	_ "umm/internal/host/unitfile" // want "node declares the interfaces"
)

// Wait waits blindly.
func Wait() {
	time.Sleep(time.Second) // want "no blind sleeps"
	_ = time.Now()          // allowed
}

func Undocumented() {} // want "exported function Undocumented should have comment"
