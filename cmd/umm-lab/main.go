// Command umm-lab makes practice hosts: real systemd, booted side by side on this
// machine, to rehearse and to test on.
package main

import (
	"os"

	"umm/internal/cli/labcli"
)

func main() {
	os.Exit(labcli.Main(os.Args[1:], os.Stdout, os.Stderr))
}
