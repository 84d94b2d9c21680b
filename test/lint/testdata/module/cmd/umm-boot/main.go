// Command umm-boot imports another program's cli package.
package main

import _ "umm/internal/cli/nodecli" // want "not allowed from list 'cmd-umm-boot'"

func main() {}
