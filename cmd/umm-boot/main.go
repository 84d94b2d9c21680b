// Command umm-boot is what umm does at boot: systemd runs it as a generator, and
// umm's units run its steps.
package main

import (
	"os"

	"umm/internal/cli/bootcli"
)

func main() {
	os.Exit(bootcli.Run(os.Args, os.Stdout, os.Stderr))
}
