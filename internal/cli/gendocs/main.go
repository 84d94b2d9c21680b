// Command gendocs writes the man pages, completions and example files of umm and
// umm-cluster into man, completions and etc below a folder; make docs runs it.
package main

import (
	"errors"
	"fmt"
	"os"

	"umm/internal/cli/clustercli"
	"umm/internal/cli/nodecli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendocs FOLDER")
		os.Exit(2)
	}
	if err := errors.Join(nodecli.Docs().Write(os.Args[1]), clustercli.Docs().Write(os.Args[1])); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}
