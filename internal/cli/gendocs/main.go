// Command gendocs writes the man pages, completions and example files of umm and
// umm-cluster into man, completions and etc below a folder, and the tables of the JSON
// documents into a file that has places for them; make docs runs it.
package main

import (
	"errors"
	"fmt"
	"os"

	"umm/internal/cli/clustercli"
	"umm/internal/cli/gendocs/page"
	"umm/internal/cli/nodecli"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gendocs FOLDER FORMATS.md")
		os.Exit(2)
	}
	if err := errors.Join(page.Write(nodecli.Docs(), os.Args[1]), page.Write(clustercli.Docs(), os.Args[1]), formats(".", os.Args[2])); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}
