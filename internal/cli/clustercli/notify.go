package clustercli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/site"
	"umm/internal/execx"
)

func (a *app) notifyCommand() *cobra.Command {
	var test bool
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "List who is notified of runs, or send a test notification",
		Long: `notify lists the entries of notify in the configuration, and when each of them is notified.
With --test it sends a notification to each of them now, as if a run had ended, and says
which could not be reached; it asks no host.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conf, err := a.load(cmd)
			if err != nil {
				return err
			}
			hooks := site.HooksOf(conf)
			if len(hooks) == 0 {
				return &Error{Code: Refused, Err: errors.New("nobody is notified: the configuration has no notify"), Hint: "umm-cluster.yaml(5), notify"}
			}
			if !test {
				var rows [][]string
				for _, h := range hooks {
					rows = append(rows, []string{h.Name, kindOf(h), strings.Join(h.On, ", ")})
				}
				return show.Columns(a.stdout, rows)
			}
			return a.testHooks(cmd, hooks)
		},
	}
	cmd.Flags().BoolVar(&test, "test", false, "send a test notification to all of them")
	return cmd
}

// kindOf says what a hook is, without an URL, which may be a secret.
func kindOf(h report.Hook) string {
	if len(h.Argv) > 0 {
		return h.Argv[0]
	}
	return "webhook"
}

func (a *app) testHooks(cmd *cobra.Command, hooks []report.Hook) error {
	master, err := os.Hostname()
	if err != nil {
		return err
	}
	// No run has such an ID: it is of a time before umm.
	e := run.Entry{At: time.Now(), Run: "00000000-000000-0000", Kind: run.Ended, Text: "test notification by umm-cluster on " + master}
	failed := 0
	for i, err := range report.TellOnce(cmd.Context(), hooks, execx.Local{Env: execx.Inherited()}, report.NewHTTP(), e) {
		said := "notified"
		if err != nil {
			failed++
			said = err.Error()
		}
		fmt.Fprintf(a.stdout, "%s (%s): %s\n", hooks[i].Name, kindOf(hooks[i]), said)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d could not be notified", failed, len(hooks))
	}
	return nil
}
