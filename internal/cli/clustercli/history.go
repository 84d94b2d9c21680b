package clustercli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"umm/internal/atomicfile"
	"umm/internal/cli/show"
	"umm/internal/cluster/journal"
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
			if err := checkFormat(format); err != nil {
				return err
			}
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			states := a.pastRuns(s)
			if format == "json" {
				return show.JSON(a.stdout, report.RunsDoc(states...))
			}
			_, err = fmt.Fprint(a.stdout, report.History(states))
			return err
		},
	}
	outputFlag(cmd, &format)
	return cmd
}

// journals is the site without its hosts.
func (a *app) journals(cmd *cobra.Command) (*site, error) {
	conf, err := a.load(cmd)
	if err != nil {
		return nil, err
	}
	return &site{conf: conf, runs: journal.Dir{Path: conf.StateDir + "/runs"}}, nil
}

func (a *app) showCommand() *cobra.Command {
	var format, page string
	cmd := &cobra.Command{
		Use:   "show [flags] [RUN]",
		Short: "Show what a run did",
		Long:  "show tells what a run did, how long it took, and what clients noticed.\n\nWithout RUN it is the last one.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			id, err := s.named(args)
			if err != nil {
				return err
			}
			entries, err := s.runs.Read(id)
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
	outputFlag(cmd, &format)
	cmd.Flags().StringVar(&page, "html", "", "write it as one page to `FILE`: a timeline, the steps, what was seen")
	return cmd
}

// named is the run that args name, or the last one.
func (s *site) named(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	ids, err := s.runs.Runs()
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("there is no run in %s yet", s.runs.Path)
	}
	if err != nil {
		return "", &Error{Code: Usage, Err: err}
	}
	return ids[len(ids)-1], nil
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
