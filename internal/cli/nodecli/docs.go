package nodecli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// docsCommand writes what packages ship beside the program, from the same source
// as the help.
func (a *app) docsCommand() *cobra.Command {
	var man, completions string
	cmd := &cobra.Command{
		Use:    "gen-docs",
		Short:  "Write the man pages and the shell completions",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if man != "" {
				if err := writeMan(man, cmd.Root()); err != nil {
					return err
				}
			}
			if completions != "" {
				return writeCompletions(completions, cmd.Root())
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&man, "man", "", "write umm.8 and umm.conf.5 into `DIR`")
	cmd.Flags().StringVar(&completions, "completions", "", "write umm.bash, _umm and umm.fish into `DIR`")
	return cmd
}

func writeCompletions(dir string, root *cobra.Command) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := root.GenBashCompletionFileV2(filepath.Join(dir, "umm.bash"), true); err != nil {
		return err
	}
	if err := root.GenZshCompletionFile(filepath.Join(dir, "_umm")); err != nil {
		return err
	}
	return root.GenFishCompletionFile(filepath.Join(dir, "umm.fish"), true)
}
