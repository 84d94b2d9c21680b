package bootcli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/initsys"
	"umm/internal/host/jobfile"
	"umm/internal/host/node"
	"umm/internal/host/policyrcd"
	"umm/internal/host/unitfile"
)

// policyLimit bounds an answer: a package script waits for it.
const policyLimit = 40 * time.Second

// answer tells a package script whether it may start a service.
func answer(args []string, n *node.Node, stderr io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), policyLimit)
	defer cancel()
	q, err := policyrcd.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return policyrcd.Syntax
	}
	n.Warn = func(text string) { fmt.Fprintln(stderr, "umm: "+text) }
	if !q.Starts || !n.HoldsBack(ctx, q.Service) {
		return policyrcd.Allowed
	}
	fmt.Fprintf(stderr, "umm: %s is not started in maintenance mode; umm off starts what is enabled\n", q.Service)
	return policyrcd.Forbidden
}

// servicesOf tells of the services of the host below root, as they are when it is asked.
func servicesOf(root string, kind initsys.Kind, keepUnits func() []string) node.Services {
	if kind == initsys.Upstart {
		return upstartServices{root, keepUnits}
	}
	return systemdServices{root, keepUnits}
}

type systemdServices struct {
	root      string
	keepUnits func() []string
}

func (s systemdServices) Unit(name string) string {
	if unitfile.Kind(name) == "" {
		name += ".service"
	}
	return unitfile.Open(s.root).Canonical(name)
}

func (s systemdServices) Keeps(name string) bool {
	tree := unitfile.Open(s.root)
	plan := essential.Plan(tree, tree.Enabled(), s.keepUnits())
	unit := s.Unit(name)
	if strings.HasPrefix(unit, "umm-") {
		return true
	}
	_, runs := essential.Running(tree, plan)[unit]
	return runs
}

func (s systemdServices) Enabled(name string) bool {
	_, enabled := unitfile.Open(s.root).Enabled()[s.Unit(name)]
	return enabled
}

type upstartServices struct {
	root      string
	keepUnits func() []string
}

func (s upstartServices) Unit(name string) string { return strings.TrimSuffix(name, ".service") }

func (s upstartServices) Keeps(name string) bool {
	if strings.HasPrefix(name, "umm-") || name == "umm" {
		return true
	}
	_, keeps := jobs.New(jobfile.Open(s.root), s.keepUnits()).Keeps(s.Unit(name))
	return keeps
}

func (s upstartServices) Enabled(name string) bool { return jobfile.Open(s.root).Enabled(s.Unit(name)) }
