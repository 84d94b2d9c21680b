package clustercli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	config "umm/internal/cluster/config"
	"umm/internal/cluster/site"
	"umm/internal/cluster/transport"
)

func (a *app) trustCommand() *cobra.Command {
	var replace bool
	var cluster, yes []string
	cmd := &cobra.Command{
		Use:   "trust [flags] HOST",
		Short: "Show a host's ssh keys, and record them",
		Long: `trust asks a host for its ssh keys and shows their fingerprints beside those already
recorded. Compare them with the host's own, on its console:
ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. --yes=FINGERPRINT then records the key
with that fingerprint and no other. Other keys recorded for the host are replaced only
with --replace.`,
		Example: `  umm-cluster trust n2
  umm-cluster trust n2 --yes=SHA256:Pv8nRqZMVkSc3nyQ4cPTOj0YQ1fVhNq3mUdGzVYvD1s`,
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
			s, err := a.openFor(cmd, args[0], cluster, "text")
			if err != nil {
				return err
			}
			defer s.Close()
			return a.trust(cmd.Context(), s.Host(args[0]), yes, replace)
		},
	}
	cmd.Flags().StringSliceVar(&yes, "yes", nil, "record the key with this `FINGERPRINT`; several are separated by commas")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace other keys recorded for the host")
	clusterFlag(cmd, &cluster)
	return cmd
}

// trust shows the keys of a host, and records those that yes names.
func (a *app) trust(ctx context.Context, host *transport.Host, yes []string, replace bool) error {
	keys, err := host.Fetch(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		fmt.Fprintf(a.stdout, "%s shows %s\n", host.Name(), k)
	}
	recorded, err := host.Recorded()
	if err != nil {
		return err
	}
	for _, k := range recorded {
		fmt.Fprintf(a.stdout, "%s is recorded with %s\n", host.Name(), k)
	}
	if len(yes) == 0 {
		_, err := fmt.Fprintln(a.stdout, "nothing was recorded: --yes=FINGERPRINT records the key with that fingerprint, with --replace in place of a recorded one")
		return err
	}
	meant, err := confirmed(host.Name(), keys, recorded, yes)
	if err != nil {
		return err
	}
	file, err := host.Record(meant, replace)
	if err != nil {
		return &Error{Code: Refused, Err: err, Hint: site.HintOf(err)}
	}
	_, err = fmt.Fprintln(a.stdout, "recorded in "+file)
	return err
}

// confirmed are the keys that are to be recorded: those that the operator named, and those
// that are recorded already.
func confirmed(host string, shown, recorded []transport.HostKey, named []string) ([]transport.HostKey, error) {
	has := func(keys []transport.HostKey, fingerprint string) bool {
		return slices.ContainsFunc(keys, func(k transport.HostKey) bool { return k.Fingerprint == fingerprint })
	}
	for _, fingerprint := range named {
		if !has(shown, fingerprint) {
			return nil, &Error{Code: Refused, Err: fmt.Errorf("cannot record %s: %s does not show a key with that fingerprint", fingerprint, host),
				Hint: "another machine may be answering; umm-cluster trust " + host + " shows what answers now"}
		}
	}
	var meant []transport.HostKey
	for _, k := range shown {
		if slices.Contains(named, k.Fingerprint) || has(recorded, k.Fingerprint) {
			meant = append(meant, k)
		}
	}
	return meant, nil
}
