// Command umm imports more than its cli package.
package main

import (
	_ "fmt" // want "not allowed from list 'cmd-umm'"

	_ "umm/internal/cli/bootcli" // want "not allowed from list 'cmd-umm'"
	_ "umm/internal/cli/nodecli" // allowed
	_ "umm/internal/host/record" // want "not allowed from list 'cmd-umm'"
)

func main() {}
