package clustercli

import (
	"context"
	"fmt"
	"os"

	"umm/internal/cluster/config"
	"umm/internal/cluster/nailgun"
)

// fetchHosts puts the hosts of a Fuel environment into the configuration, where they
// are said to be from there.
func (a *app) fetchHosts(ctx context.Context, conf *config.Config) error {
	if conf.Inventory != config.FromNailgun {
		return nil
	}
	nodes, err := a.nodes(ctx, conf.Nailgun)
	if err != nil {
		return &Error{Code: CannotDo, Err: fmt.Errorf("cannot tell the hosts of the cluster: %w", err), Hint: hintOf(err)}
	}
	hosts, notes, err := nailgun.Hosts(nodes, conf.Nailgun.Roles)
	for _, note := range notes {
		a.log.Warn(note)
	}
	if err != nil {
		return &Error{Code: Gated, Err: err, Hint: hintOf(err)}
	}
	for i := range hosts {
		// Fuel gives its key to root.
		if conf.SSH.User == "" {
			hosts[i].User = "root"
		}
	}
	conf.Hosts = hosts
	if err := conf.Misnamed(); err != nil {
		return &Error{Code: Usage, Err: err}
	}
	return nil
}

func (a *app) nodes(ctx context.Context, conf config.Nailgun) ([]nailgun.Node, error) {
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
	access, err := nailgun.Find(a.getenv, os.ReadFile)
	if err != nil {
		return nil, err
	}
	if conf.URL != "" {
		access.URL = conf.URL
	}
	client := nailgun.Client{Access: access}
	return client.Nodes(ctx, conf.Environment)
}
