// Package inventory reads the configuration by itself.
package inventory

import (
	_ "os" // want "not allowed from list 'pure'"

	_ "umm/internal/cluster/config" // want "not allowed from list 'pure'"
)
