// Package completion makes what a shell offers for a program's words fit what the program
// takes: values where there are some, files only where a file is meant, and no marks that are
// for the help alone. The scripts themselves are cobra's.
package completion

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Prepare goes through all commands. values are those of flags by name; where the help of a
// flag names its value `a|b`, these are they, and where it says `FILE`, files are offered.
func Prepare(root *cobra.Command, values map[string][]string) {
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd != root && cmd.HasSubCommands() {
			Prepare(cmd, values)
			continue
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			name, _ := pflag.UnquoteUsage(f)
			offered, known := values[f.Name]
			switch {
			case known:
			case strings.Contains(name, "|"):
				offered = strings.Split(name, "|")
			case name == "FILE":
				return
			}
			// An error says that the flag has its own already, or is a parent's.
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(offered, cobra.ShellCompDirectiveNoFileComp))
		})
	}
}

// NoFiles is for a command whose arguments are no files.
func NoFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// OnceBegun offers words once one of them has been begun. A shell puts in the only word that
// there is, and one that reboots a host nobody should get by a key.
func OnceBegun(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		var offered []string
		for _, word := range words {
			if begun != "" && len(args) == 0 && strings.HasPrefix(word, begun) {
				offered = append(offered, word)
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

// Out is where the program prints: for a shell that asks, without the marks by which the help
// names a flag's value.
func Out(args []string, w io.Writer) io.Writer {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return unquoted{w}
	}
	return w
}

type unquoted struct{ w io.Writer }

func (u unquoted) Write(p []byte) (int, error) {
	if _, err := io.WriteString(u.w, strings.ReplaceAll(string(p), "`", "")); err != nil {
		return 0, err
	}
	return len(p), nil
}
