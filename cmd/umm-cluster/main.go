// Command umm-cluster takes the hosts of a cluster through maintenance mode, one
// after another.
package main

import (
	"os"

	"umm/internal/cli/clustercli"
)

func main() {
	os.Exit(clustercli.Run(os.Args[1:], os.Stdout, os.Stderr))
}
