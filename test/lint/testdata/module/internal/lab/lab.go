// Package lab is an adapter that imports the core; it may sleep.
package lab

import (
	"time" // allowed

	_ "umm/internal/host/node" // want "no adapter imports node"
)

// Wait waits.
func Wait() { time.Sleep(time.Second) } // allowed
