// Package command is what the command lines of umm and umm-cluster have in common: how
// arguments are refused, how help and the version are printed, -o and FILE.
package command

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"umm/internal/atomicfile"
	"umm/internal/cli/completion"
	"umm/internal/version"
)

// Program is a program with its commands.
type Program struct {
	// Root is the command without a name, with its help and its own flags.
	Root     *cobra.Command
	Commands []*cobra.Command
	// ExitCodes is the table that stands in every command's help.
	ExitCodes string
	// Usage makes an error that has the exit code of wrong usage.
	Usage func(format string, args ...any) error
}

// Tree makes the command tree of a program: all that is wrong with a command line is an error
// of wrong usage.
func (p Program) Tree() *cobra.Command {
	root := p.Root
	var printVersion bool
	root.Flags().BoolVar(&printVersion, "version", false, "print the version of "+root.Name())
	root.SilenceUsage, root.SilenceErrors = true, true
	root.Args = p.usageArgs(completion.Unknown)
	root.PersistentPreRunE = p.checkFormat
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if printVersion {
			return printVersionOf(root)
		}
		_ = cmd.Help()
		return p.Usage("no command given")
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return p.Usage("%v", err) })
	for _, c := range p.Commands {
		c.Args = p.usageArgs(c.Args)
		root.AddCommand(c)
	}
	// A function, since a template would make the program two megabytes larger.
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n%s\n%s\n", LongOf(cmd), cmd.UsageString(), p.ExitCodes)
	})
	return root
}

// usageArgs gives a wrong number of arguments the exit code of wrong usage.
func (p Program) usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return p.Usage("%v", err)
		}
		return nil
	}
}

// outputFlag is the name of -o.
const outputFlag = "output"

// OutputFlag adds -o text|json to a command.
func OutputFlag(cmd *cobra.Command, format *string, help string) {
	cmd.Flags().StringVarP(format, outputFlag, "o", "text", help)
}

func (p Program) checkFormat(cmd *cobra.Command, _ []string) error {
	if f := cmd.Flags().Lookup(outputFlag); f != nil && f.Value.String() != "text" && f.Value.String() != "json" {
		return p.Usage("invalid -o %q: use text or json", f.Value)
	}
	return nil
}

// LongOf is what a command's help begins with.
func LongOf(c *cobra.Command) string {
	return cmp.Or(c.Long, c.Short+".")
}

// Version is the command that prints the version of the program so called.
func Version(program string) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of " + program,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return printVersionOf(cmd.Root()) },
	}
}

func printVersionOf(root *cobra.Command) error {
	_, err := fmt.Fprintln(root.OutOrStdout(), root.Name()+" "+version.Version)
	return err
}

// WriteMetrics prints the text, or replaces the file that args name with it.
func WriteMetrics(stdout io.Writer, args []string, text string) error {
	if len(args) == 0 {
		_, err := fmt.Fprint(stdout, text)
		return err
	}
	if err := atomicfile.WriteBytes(args[0], atomicfile.Options{Mode: 0o644}, []byte(text)); err != nil {
		return fmt.Errorf("cannot write the metrics: %w", err)
	}
	return nil
}
