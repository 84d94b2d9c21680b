package bootmenu

import (
	_ "os" // allowed

	_ "umm/internal/host/record" // want "only cli/* wires adapters"
)
