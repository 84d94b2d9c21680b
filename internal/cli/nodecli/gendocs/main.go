// Command gendocs writes umm's man pages and completions into two folders; make
// docs runs it.
package main

import (
	"fmt"
	"os"

	"umm/internal/cli/nodecli"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gendocs MAN-DIR COMPLETIONS-DIR")
		os.Exit(2)
	}
	if err := nodecli.WriteDocs(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}
