package clustercli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/command"
	"umm/internal/cli/show"
	"umm/internal/cluster/config"
)

// load reads the configuration, with what flags of the command overrule.
func (a *app) load(cmd *cobra.Command, flags ...config.Flag) (config.Config, error) {
	c, err := config.Source{
		Path: a.conf, Named: cmd.Flags().Changed("config"), Flags: flags, Euid: a.euid, Getenv: a.getenv,
	}.Load()
	var problems config.Problems
	if errors.As(err, &problems) {
		return c, &Error{Code: Usage, Err: err, Hint: "see man umm-cluster.yaml; nothing was done"}
	}
	for _, note := range c.Notes() {
		a.log.Warn(note)
	}
	return c, err
}

func (a *app) configCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the configuration and where each value comes from",
		Long: `config prints each key of the configuration with its value and where that comes from: a
flag, an environment variable, a line of the file, or the default. Brackets show what
applies where no value is set. Secrets are not shown. If the configuration is invalid,
it prints the errors line by line and exits with 2.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			return a.printConfig(c, format)
		},
	}
	command.OutputFlag(cmd, &format, outputHelp)
	return cmd
}

func (a *app) printConfig(c config.Config, format string) error {
	if format == "json" {
		doc := api.ClusterConfig{Version: api.ClusterConfigVersion, File: c.File(), Settings: []api.ClusterSetting{}}
		for _, s := range c.Settings() {
			doc.Settings = append(doc.Settings, api.ClusterSetting(s))
		}
		return show.JSON(a.stdout, doc)
	}
	if c.File() == "" {
		if _, err := fmt.Fprintf(a.stdout, "%s does not exist: using defaults\n\n", a.conf); err != nil {
			return err
		}
	}
	var rows [][]string
	for _, s := range c.Settings() {
		rows = append(rows, []string{s.Key, s.Text(), s.From})
	}
	return show.Columns(a.stdout, rows)
}
