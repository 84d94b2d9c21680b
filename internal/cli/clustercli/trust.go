package clustercli

import (
	"fmt"

	"github.com/spf13/cobra"

	config "umm/internal/config/cluster"
)

func (a *app) trustCommand() *cobra.Command {
	var yes, replace bool
	var cluster []string
	cmd := &cobra.Command{
		Use:   "trust [flags] HOST",
		Short: "Show a host's ssh keys, and record them",
		Long: `trust asks a host for its ssh keys and shows their fingerprints, beside those that
are recorded. With --yes it records them. Compare them with what the host itself
says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. Recorded keys that are
others are replaced only with --replace.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(cluster) == 0 {
				cluster = args
			}
			conf, err := a.load(cmd)
			if err != nil {
				return err
			}
			if len(conf.Hosts) > 0 || conf.Inventory == config.FromNailgun {
				cluster = nil
			}
			s, err := a.openFor(cmd, args[0], cluster)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			host := s.hosts[args[0]]
			keys, err := host.Fetch(cmd.Context())
			if err != nil {
				return err
			}
			for _, k := range keys {
				fmt.Fprintf(a.stdout, "%s shows %s\n", args[0], k)
			}
			recorded, err := host.Recorded()
			if err != nil {
				return err
			}
			for _, k := range recorded {
				fmt.Fprintf(a.stdout, "%s is recorded with %s\n", args[0], k)
			}
			if !yes {
				_, err := fmt.Fprintln(a.stdout, "nothing was recorded: --yes records what the host shows; where that is not what is recorded, --yes --replace")
				return err
			}
			file, err := host.Record(keys, replace)
			if err != nil {
				return &Error{Code: Refused, Err: err, Hint: hintOf(err)}
			}
			_, err = fmt.Fprintln(a.stdout, "recorded in "+file)
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "record the keys that the host shows")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace recorded keys that are others")
	cmd.Flags().StringSliceVar(&cluster, "hosts", nil, "the `HOSTS` of the cluster, where none are configured")
	return cmd
}
