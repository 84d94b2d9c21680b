package clustercli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/journal"
	"umm/internal/report"
	"umm/internal/run"
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
			rows := [][]string{{"RUN", "VERB", "HOSTS", "BY", "STANDS", "REASON"}}
			for _, st := range states {
				r := st.Request
				rows = append(rows, []string{r.ID, string(r.Verb), strconv.Itoa(len(r.Hosts)), r.By, strings.TrimSpace(string(st.Phase) + ": " + st.Text), r.Reason})
			}
			return a.table(rows)
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
	var format string
	cmd := &cobra.Command{
		Use:   "show [flags] RUN",
		Short: "Show what a run did",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			entries, err := s.runs.Read(args[0])
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
			lines := &report.Lines{Out: a.stdout}
			for _, e := range entries {
				lines.Emit(e)
			}
			return nil
		},
	}
	outputFlag(cmd, &format)
	return cmd
}
