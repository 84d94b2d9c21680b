package nodecli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/atomicfile"
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
		RunE: func(cmd *cobra.Command, args []string) error { return a.metrics(cmd.Context(), args) },
	}
}

func (a *app) metrics(ctx context.Context, args []string) error {
	text := metrics.Host(a.fullStatus(ctx))
	if len(args) == 0 {
		_, err := fmt.Fprint(a.stdout, text)
		return err
	}
	if err := atomicfile.WriteBytes(args[0], atomicfile.Options{Mode: 0o644}, []byte(text)); err != nil {
		return fmt.Errorf("cannot write the metrics: %w", err)
	}
	return nil
}
