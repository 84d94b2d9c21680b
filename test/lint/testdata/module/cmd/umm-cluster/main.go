// Command umm-cluster reads its configuration by itself.
package main

import _ "umm/internal/cluster/config" // want "not allowed from list 'cmd-umm-cluster'"

func main() {}
