package site

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/nailgun"
)

// FetchHosts puts the hosts of a Fuel environment into the configuration, where they
// are said to be from there; warn gets what was left out.
func FetchHosts(ctx context.Context, conf *config.Config, getenv func(string) string, warn func(string)) error {
	if conf.Inventory != config.FromNailgun {
		return nil
	}
	nodes, err := nailgunNodes(ctx, conf.Nailgun, getenv)
	if err != nil {
		return &exit.Error{Code: exit.CannotDo, Err: fmt.Errorf("cannot tell the hosts of the cluster: %w", err), Hint: HintOf(err)}
	}
	hosts, notes, err := nailgun.Hosts(nodes, conf.Nailgun.Roles)
	for _, note := range notes {
		warn(note)
	}
	if err != nil {
		return &exit.Error{Code: exit.Gated, Err: err, Hint: HintOf(err)}
	}
	for i := range hosts {
		// Fuel gives its key to root.
		if conf.SSH.User == "" {
			hosts[i].User = "root"
		}
	}
	conf.Hosts = hosts
	if err := conf.Misnamed(); err != nil {
		return &exit.Error{Code: exit.Usage, Err: err}
	}
	return nil
}

func nailgunNodes(ctx context.Context, conf config.Nailgun, getenv func(string) string) ([]nailgun.Node, error) {
	if conf.File != "" {
		data, err := os.ReadFile(conf.File)
		if err != nil {
			return nil, err
		}
		nodes, err := nailgun.ParseNodes(data)
		if err != nil {
			return nil, fmt.Errorf("%s %w", conf.File, err)
		}
		return nailgun.Within(nodes, conf.Environment)
	}
	access, err := nailgun.Find(getenv, os.ReadFile)
	if err != nil {
		return nil, err
	}
	access.URL = cmp.Or(conf.URL, access.URL)
	client := nailgun.Client{Access: access}
	return client.Nodes(ctx, conf.Environment)
}
