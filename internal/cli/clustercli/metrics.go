package clustercli

import (
	"github.com/spf13/cobra"

	"umm/internal/cli/command"
	"umm/internal/cluster/report"
	"umm/internal/metrics"
)

func (a *app) metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metrics [FILE]",
		Short: "Print the state of this master's runs as metrics for Prometheus",
		Long: `metrics prints what history knows in Prometheus's text format, or replaces FILE with it,
for the textfile collector of node_exporter. It asks no host. A line for cron:

  * * * * * root umm-cluster metrics /var/lib/prometheus/node-exporter/umm-cluster.prom`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.journals(cmd)
			if err != nil {
				return err
			}
			return command.WriteMetrics(a.stdout, args, metrics.Runs(report.RunsDoc(s.PastRuns()...).Runs))
		},
	}
}
