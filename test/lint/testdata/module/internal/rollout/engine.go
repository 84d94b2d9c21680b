package rollout

import (
	_ "context" // allowed
	"time"      // allowed

	_ "umm/internal/execx"   // allowed
	_ "umm/internal/journal" // want "rollout declares the interfaces"
	_ "umm/internal/remote"  // want "rollout declares the interfaces"
)

// Tick waits.
func Tick() *time.Ticker { return time.NewTicker(time.Second) } // allowed
