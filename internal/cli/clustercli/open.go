package clustercli

import (
	"context"
	"errors"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"umm/internal/api"
	"umm/internal/cli/show"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/cluster/site"
	"umm/internal/sanitize"
)

// selectionFlags adds the flags that say which hosts are meant.
func selectionFlags(cmd *cobra.Command, s *inventory.Selection) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Hosts, "hosts", nil, "these `HOSTS` only, separated by commas")
	f.StringSliceVar(&s.Roles, "role", nil, "only hosts of this `ROLE`")
	f.StringSliceVar(&s.Zones, "zone", nil, "only hosts in this `ZONE`")
}

// clusterFlag adds the flag that names the hosts of the cluster.
func clusterFlag(cmd *cobra.Command, hosts *[]string) {
	cmd.Flags().StringSliceVar(hosts, "hosts", nil, "the `HOSTS` of the cluster, if none are configured")
}

// open reads the configuration and makes ready to talk to the hosts; it connects to none. A run
// is shown in that format.
func (a *app) open(cmd *cobra.Command, sel inventory.Selection, format string) (*site.Site, error) {
	conf, err := a.load(cmd)
	if err != nil {
		return nil, err
	}
	warn := func(text string) { a.log.Warn(text) }
	if err := site.FetchHosts(cmd.Context(), &conf, a.getenv, warn); err != nil {
		return nil, err
	}
	s, err := site.Open(conf, sel)
	if errors.Is(err, inventory.ErrNoHosts) {
		return nil, &Error{Code: Usage, Err: err, Hint: "--hosts n1,n2,n3, or the key hosts in " + a.conf}
	}
	if err != nil {
		return nil, err
	}
	s.By, s.Master = a.who()
	s.Display = a.display(s, format)
	return s, nil
}

// with does something with the site that open opens.
func (a *app) with(cmd *cobra.Command, sel inventory.Selection, format string, do func(*site.Site) error) error {
	s, err := a.open(cmd, sel, format)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

// openFor opens the whole cluster, of which one host is meant.
func (a *app) openFor(cmd *cobra.Command, host string, named []string, format string) (*site.Site, error) {
	s, err := a.open(cmd, inventory.Selection{Hosts: named}, format)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Cluster.Hosts, host) {
		s.Close()
		return nil, usage("there is no host %s%s", host, inventory.Suggestion(host, s.Cluster.Hosts))
	}
	s.Taken = []string{host}
	return s, nil
}

// journals is the site without its hosts.
func (a *app) journals(cmd *cobra.Command) (*site.Site, error) {
	conf, err := a.load(cmd)
	if err != nil {
		return nil, err
	}
	s := site.Journals(conf)
	s.Display = a.display(s, "text")
	return s, nil
}

// display shows what happens to who called.
func (a *app) display(s *site.Site, format string) site.Display {
	return site.Display{
		Run: func(r run.Request) report.Sink {
			switch out, terminal := a.stdout.(*os.File); {
			case format == "json":
				return &report.JSON{Out: a.stdout}
			case terminal && show.Terminal(out):
				return report.Live(out, a.getenv, time.Now, report.EstimateFrom(s.OwnRuns(), r))
			}
			return &report.Lines{Out: a.stdout}
		},
		Refused: func(bad []service.Verdict) {
			if format != "json" {
				_ = a.printVerdicts(bad)
			}
		},
		Confirm: func(ctx context.Context, r run.Request, hosts []string) error {
			return a.confirm(ctx, r, hosts, s.OwnRuns())
		},
		Warn: func(text string) { a.log.Warn(text) },
		Info: func(text string) { a.log.Info(text) },
	}
}

// who says who runs umm-cluster, and where.
func (a *app) who() (by, master string) {
	by = a.getenv("SUDO_USER")
	if u, err := user.Current(); by == "" && err == nil {
		by = u.Username
	}
	master, _ = os.Hostname()
	// Both go to the hosts.
	return sanitize.Phrase(by, api.MaxText), sanitize.Phrase(master, api.MaxText)
}
