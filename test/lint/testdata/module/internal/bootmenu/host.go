package bootmenu

import (
	_ "os" // allowed

	_ "umm/internal/record" // want "only cli/* wires adapters"
)
