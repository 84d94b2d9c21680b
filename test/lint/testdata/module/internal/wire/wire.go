// Package wire is pure.
package wire

import (
	_ "umm/internal/execx" // want "not allowed from list 'pure'"
	_ "umm/internal/mode"  // allowed
)
