// Package atomicfile is everybody's too.
package atomicfile

import (
	_ "umm/internal/cluster/run"   // want "what both houses use knows neither"
	_ "umm/internal/host/unitfile" // want "what both houses use knows neither"
)
