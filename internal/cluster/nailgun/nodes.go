// Package nailgun asks the Nailgun of a Fuel master which hosts an environment has,
// or reads them from a file that the Fuel client wrote. What it makes of them are
// hosts for the inventory; it changes nothing in Fuel.
package nailgun

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/inventory"
	"umm/internal/sanitize"
)

// Node is a host as Nailgun describes it; what a file of the Fuel client lacks is
// empty.
type Node struct {
	ID int `json:"id"`
	// Name is free text, for people; Hostname is what the host is called.
	Name     string `json:"name"`
	Hostname string `json:"hostname"`
	// IP is the address in the admin network, where ssh goes.
	IP     string `json:"ip"`
	Status string `json:"status"`
	// Online is whether the host's agent has reported lately.
	Online bool     `json:"online"`
	Roles  []string `json:"roles"`
	// PendingRoles are those that the next deployment gives it.
	PendingRoles    []string `json:"pending_roles"`
	PendingDeletion bool     `json:"pending_deletion"`
	// Cluster is the environment; nil for none.
	Cluster *int `json:"cluster"`
}

// hostname is the name in the cluster. Fuel calls a host node-ID unless it is told
// otherwise.
func (n Node) hostname() string { return cmp.Or(n.Hostname, "node-"+strconv.Itoa(n.ID)) }

// ParseNodes reads a list of nodes: the answer of the API, or what
// "fuel2 node list -f json" prints.
func ParseNodes(data []byte) ([]Node, error) {
	var nodes []Node
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&nodes); err != nil {
		return nil, fmt.Errorf("is not a list of nodes: %w", err)
	}
	for i, n := range nodes {
		if n.ID == 0 || n.Status == "" {
			return nil, fmt.Errorf("is not a list of nodes: item %d has no id or no status", i+1)
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int { return a.ID - b.ID })
	return nodes, nil
}

// Hosts are the nodes of an environment that have one of the roles. A node that
// Fuel is about to remove, or has not deployed yet, is left out, and notes say so.
// One that is offline stays: the cluster may be missing it just now, and only a
// gate that looks for it can tell. It is an error where Fuel is working on one of
// them: two that take hosts out of service do not go together.
func Hosts(nodes []Node, roles []string) (hosts []inventory.Host, notes []string, err error) {
	for _, n := range nodes {
		name := n.hostname()
		note := func(format string, args ...any) {
			notes = append(notes, sanitize.Line(name+" "+fmt.Sprintf(format, args...)))
		}
		switch has := common(n.Roles, roles); {
		case !has && common(n.PendingRoles, roles):
			note("is left out: Fuel has not deployed it yet (status %s)", n.Status)
			continue
		case !has:
			continue
		case n.PendingDeletion || n.Status == "removing":
			note("is left out: Fuel is about to remove it")
			continue
		case slices.Contains([]string{"deploying", "provisioning", "provisioned", "discover"}, n.Status):
			return nil, notes, &Error{Text: fmt.Sprintf("Fuel is deploying %s (status %s)", name, n.Status), Do: "wait until the deployment has ended"}
		case n.Status != "ready":
			note("has the status %s in Fuel: its last deployment did not come to its end", n.Status)
		}
		if !n.Online {
			note("is offline, as Fuel sees it")
		}
		h, err := n.host()
		if err != nil {
			return nil, notes, err
		}
		hosts = append(hosts, h)
	}
	if len(hosts) == 0 {
		return nil, notes, &Error{Text: "no deployed node has the role " + strings.Join(roles, " or "), Do: "fuel2 node list shows the nodes; set nailgun.roles to what they have"}
	}
	return hosts, notes, nil
}

func (n Node) host() (inventory.Host, error) {
	name := n.hostname()
	if why := inventory.BadName(name); why != "" {
		return inventory.Host{}, &Error{Text: fmt.Sprintf("the node %d is called %q, which is not a valid host name: %s", n.ID, name, why),
			Do: fmt.Sprintf("fuel2 node update --hostname NAME %d gives it one; nailgun.file takes a list that was changed by hand", n.ID)}
	}
	if n.IP == "" {
		return inventory.Host{}, &Error{Text: name + " has no address in Fuel's admin network, so it cannot be reached, and without it the cluster cannot be judged",
			Do: fmt.Sprintf("fuel2 node show %d: where the host is gone for good, remove it from the environment; else start its agent, or give its address in a list for nailgun.file", n.ID)}
	}
	if why := inventory.BadName(n.IP); why != "" {
		return inventory.Host{}, &Error{Text: fmt.Sprintf("%s has the address %q in Fuel, which is none: %s", name, n.IP, why),
			Do: fmt.Sprintf("fuel2 node show %d shows it; nailgun.file takes a list that was changed by hand", n.ID)}
	}
	return inventory.Host{Name: name, Address: n.IP, Roles: n.Roles}, nil
}

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(w string) bool { return slices.Contains(b, w) })
}

// Error is an error with what to do about it.
type Error struct{ Text, Do string }

// Error implements error.
func (e *Error) Error() string { return sanitize.Line(e.Text) }

// Hint is what to do.
func (e *Error) Hint() string { return sanitize.Line(e.Do) }

// Within are the nodes of an environment out of a list that may hold others; 0 is
// the only environment that is in there.
func Within(nodes []Node, environment int) ([]Node, error) {
	var there []Environment
	for _, n := range nodes {
		if n.Cluster != nil && !slices.ContainsFunc(there, func(e Environment) bool { return e.ID == *n.Cluster }) {
			there = append(there, Environment{ID: *n.Cluster, Name: "as in the file"})
		}
	}
	env, err := pick(there, environment)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return n.Cluster == nil || *n.Cluster != env.ID }), nil
}
