package galera

import (
	_ "embed"

	"umm/internal/cluster/service"
)

// script is what is run on the hosts: what is wanted is its first argument. It runs SQL as
// root, and has no password on any command line.
//
//go:embed galera.sh
var script string

//go:embed status.sql
var statusSQL string

func shell(want string, args ...string) []string {
	return service.Shell("umm-galera", script, append([]string{want}, args...)...)
}

// starts are one group for each server, in this order.
func starts(still []saved) [][]service.Change {
	var groups [][]service.Change
	for _, s := range still {
		groups = append(groups, []service.Change{start(s.host)})
	}
	return groups
}

func start(host string) service.Change {
	return service.Change{ID: Name + "/start/" + host, Service: Name, Target: host, Title: "start the database on " + host,
		On: []string{host}, Do: service.Command{Argv: shell("start")}, Wait: service.Waiting{Limit: joinPatience}}
}
