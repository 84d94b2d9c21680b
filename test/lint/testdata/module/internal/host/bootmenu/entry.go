// Package bootmenu reads the host where it makes a text.
package bootmenu

import (
	_ "os" // want "not allowed from list 'pure'"
)
