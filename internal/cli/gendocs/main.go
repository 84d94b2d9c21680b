// Command gendocs writes the man pages and completions of umm and umm-cluster into
// two folders; make docs runs it.
package main

import (
	"errors"
	"fmt"
	"os"

	"umm/internal/cli/clustercli"
	"umm/internal/cli/nodecli"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gendocs MAN-DIR COMPLETIONS-DIR")
		os.Exit(2)
	}
	man, completions := os.Args[1], os.Args[2]
	if err := errors.Join(nodecli.Docs().Write(man, completions), clustercli.Docs().Write(man, completions)); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}
