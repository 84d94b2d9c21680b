// Package api is pure.
package api

import (
	_ "umm/internal/execx"    // want "not allowed from list 'pure'"
	_ "umm/internal/sanitize" // allowed
)
