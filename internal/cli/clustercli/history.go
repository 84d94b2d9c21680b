package clustercli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"umm/internal/atomicfile"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
)

func (a *app) historyCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the runs of this master",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			states := s.PastRuns()
			if format == "json" {
				return show.JSON(a.stdout, report.RunsDoc(states...))
			}
			_, err = fmt.Fprint(a.stdout, report.History(states))
			return err
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) showCommand() *cobra.Command {
	var format, page string
	cmd := &cobra.Command{
		Use:   "show [flags] [RUN]",
		Short: "Show what a run did",
		Long:  "show shows what a run did, how long it took, and what clients noticed. Without RUN it is\nthe last one.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			id, err := s.Named(args)
			if err != nil {
				return err
			}
			entries, err := s.Runs.Read(id)
			if err != nil {
				return &Error{Code: Usage, Err: err}
			}
			state, err := run.Fold(entries)
			if err != nil {
				return err
			}
			if format == "json" {
				return show.JSON(a.stdout, report.RunsDoc(state))
			}
			if page != "" {
				return writePage(page, state, entries)
			}
			_, err = fmt.Fprint(a.stdout, report.Summary(state))
			return err
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	cmd.Flags().StringVar(&page, "html", "", "write a page to `FILE`: a timeline, the steps, the health checks")
	return cmd
}

// writePage writes a run as one page, whole or not at all; it may tell of commands,
// and is for its owner.
func writePage(path string, state run.State, entries []run.Entry) error {
	err := atomicfile.Write(path, atomicfile.Options{Mode: 0o600}, func(w io.Writer) error { return report.HTML(w, state, entries) })
	if err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	return nil
}
