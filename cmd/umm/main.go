// Command umm takes this host into maintenance mode and back.
package main

import (
	"os"

	"umm/internal/cli/nodecli"
)

func main() {
	os.Exit(nodecli.Run(os.Args[1:], os.Stdout, os.Stderr))
}
