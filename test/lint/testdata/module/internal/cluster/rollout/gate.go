package rollout

import (
	_ "context" // allowed
	_ "os"      // want "not allowed from list 'pure-steps'"
	_ "sync"    // want "not allowed from list 'pure-steps'"
	"time"      // allowed

	_ "umm/internal/api"         // allowed
	_ "umm/internal/cluster/run" // allowed
	_ "umm/internal/execx"       // want "not allowed from list 'pure-steps'"
)

// Until reads the clock.
func Until(at time.Time) time.Duration { return time.Until(at) } // want "pure packages have no clock"
