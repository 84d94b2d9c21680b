package rollout

import (
	_ "context" // allowed
	"time"      // allowed

	_ "umm/internal/cluster/journal"   // want "rollout declares the interfaces"
	_ "umm/internal/cluster/ummclient" // want "rollout declares the interfaces"
	_ "umm/internal/execx"             // allowed
)

// Tick waits.
func Tick() *time.Ticker { return time.NewTicker(time.Second) } // allowed
