package nodecli

import (
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/host/mode"
)

func (a *app) historyCommand() *cobra.Command {
	var format string
	var count int
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show boots, unclean boots and maintenance sessions",
		Long: `history shows what happened on this host, oldest first: boots and how the previous one
ended, maintenance sessions with who asked for them and why, commands and their results.`,
		Args:    cobra.NoArgs,
		PreRunE: a.asRoot,
		RunE: func(*cobra.Command, []string) error {
			if count < 0 {
				return usage("invalid -n %d: use a number of events, or 0 for all", count)
			}
			return a.history(count, format)
		},
	}
	cmd.Flags().IntVarP(&count, "lines", "n", 20, "show the last `EVENTS`; 0: all")
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) history(count int, format string) error {
	events, err := a.node.Past()
	if err != nil {
		return err
	}
	if count > 0 && len(events) > count {
		events = events[len(events)-count:]
	}
	if format == "json" {
		return show.JSON(a.stdout, apiHistory(events))
	}
	var rows [][]string
	for _, e := range events {
		boot := e.Boot
		if len(boot) > 8 {
			boot = boot[:8]
		}
		rows = append(rows, []string{e.At.Local().Format(time.DateTime), boot, string(e.Kind), e.Text})
	}
	return show.Columns(a.stdout, rows)
}

func apiHistory(events []mode.Event) api.History {
	h := api.History{Version: api.HistoryVersion, Events: []api.Event{}}
	for _, e := range events {
		h.Events = append(h.Events, api.Event{Seq: e.Seq, At: e.At.UTC(), Boot: e.Boot, Kind: string(e.Kind), Text: e.Text})
	}
	return h
}
