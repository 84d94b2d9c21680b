package nodecli

import (
	"github.com/spf13/cobra"

	"umm/internal/cli/command"
	"umm/internal/metrics"
)

func (a *app) metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metrics [FILE]",
		Short: "Print the host's state as metrics for Prometheus",
		Long: `metrics prints what umm status knows in Prometheus's text format, or replaces FILE with
it, for the textfile collector of node_exporter. A line for cron:

  * * * * * root umm metrics /var/lib/prometheus/node-exporter/umm.prom

Without root it is not known whether the host has to be rebooted.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return command.WriteMetrics(a.stdout, args, metrics.Host(a.fullStatus(cmd.Context())))
		},
	}
}
