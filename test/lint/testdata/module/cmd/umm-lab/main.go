// Command umm-lab wires by itself.
package main

import _ "umm/internal/lab" // want "not allowed from list 'cmd-umm-lab'"

func main() {}
