package completion

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Unknown refuses a word where a command is wanted, and names the commands that it is close to.
func Unknown(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	// How many letters may differ: of a short word few, or any would be close to it.
	root.SuggestionsMinimumDistance = max(1, len(args[0])/3)
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown command %q", args[0])
}
