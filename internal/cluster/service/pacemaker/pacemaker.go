// Package pacemaker reads the state of Pacemaker and of the Corosync below it, and says
// how a host leaves them: by standby, which its peers keep for it while it is
// away. It reads what crm_mon of Pacemaker 1.1 and 2.x, corosync-quorumtool and
// cibadmin print, and runs nothing itself.
package pacemaker

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"umm/internal/cluster/service"
)

// Name is the name of the service.
const Name = "pacemaker"

// judge makes its verdicts.
const judge = service.Judge(Name)

// patience is how long a host's resources may take to stop.
const patience = 5 * time.Minute

// The asks.
const (
	askMon     = "mon"
	askQuorum  = "quorum"
	askNodes   = "nodes"
	askName    = "name"
	askWithout = "without"
)

// script is what is run on the hosts: what is wanted is its first argument.
//
//go:embed pacemaker.sh
var script string

func shell(want string, args ...string) []string {
	return service.Shell("umm-pacemaker", script, append([]string{want}, args...)...)
}

// Service is Pacemaker.
type Service struct{}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask {
	return []service.Ask{
		{ID: askMon, Argv: shell("mon")},
		{ID: askQuorum, Argv: []string{"corosync-quorumtool", "-s"}},
		{ID: askNodes, Argv: []string{"cibadmin", "-Q", "-o", "nodes"}},
		{ID: askName, Argv: []string{"crm_node", "-n"}},
		{ID: askWithout, Argv: shell("without")},
	}
}

// AsksAbout implements service.Frugal.
func (Service) AsksAbout(service.Change, string, []string) []service.Ask {
	return []service.Ask{{ID: askMon, Argv: shell("mon")}}
}

// Read implements service.Service.
func (Service) Read(members []string, a service.Answers) service.View {
	v := view{members: members, seen: map[string]hostAnswer{}}
	own := map[string]string{}
	for _, host := range members {
		v.seen[host] = look(host, a)
		if name, err := a.Get(host, askName).Output(); err == nil {
			own[host] = strings.TrimSpace(name)
		}
	}
	v.nodes = match(members, own, v.allNodes())
	return v
}

// hostAnswer is what one member said.
type hostAnswer struct {
	mon       mon
	monErr    error
	quorum    quorum
	quorumErr error
	// stored is empty where it cannot be read.
	stored attributes
	// without is how Pacemaker would stand with this member in standby.
	without    mon
	withoutErr error
}

func look(host string, a service.Answers) hostAnswer {
	var s hostAnswer
	s.mon, s.monErr = service.Parsed(a.Get(host, askMon), parseMon)
	// The exit status of corosync-quorumtool means "quorate" in some versions and
	// "it worked" in others, so that it is the text that counts.
	got := a.Get(host, askQuorum)
	if s.quorumErr = got.Err; s.quorumErr == nil {
		if s.quorum, s.quorumErr = parseQuorum(string(got.Result.Stdout)); s.quorumErr != nil {
			if _, err := got.Output(); err != nil {
				s.quorumErr = err
			}
		}
	}
	s.stored, _ = service.Parsed(a.Get(host, askNodes), parseAttributes)
	s.without, s.withoutErr = service.Parsed(a.Get(host, askWithout), parseMon)
	return s
}

// view implements service.View.
type view struct {
	members []string
	seen    map[string]hostAnswer
	// nodes are Pacemaker's names of the members, where they can be told.
	nodes map[string]string
}

// allNodes are the names of the full cluster nodes, as any member knows them.
func (v view) allNodes() []string {
	var names []string
	for _, host := range v.members {
		s := v.seen[host]
		if s.monErr != nil {
			continue
		}
		for _, n := range s.mon.nodes {
			if n.member && !slices.Contains(names, n.name) {
				names = append(names, n.name)
			}
		}
	}
	return names
}

// hostOf is the member that a node is; the node's own name if it is none.
func (v view) hostOf(node string) string {
	for _, host := range v.members {
		if v.nodes[host] == node {
			return host
		}
	}
	return node
}

// readable are the members that crm_mon could be read from, without those in out.
func (v view) readable(out ...string) []string {
	var hosts []string
	for _, host := range v.members {
		if !slices.Contains(out, host) && v.seen[host].monErr == nil {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// worst keeps one verdict of each check and host: the worst that a member
// gave, the first of those.
func worst(vs []service.Verdict) []service.Verdict {
	var kept []service.Verdict
	for _, v := range vs {
		i := slices.IndexFunc(kept, func(k service.Verdict) bool { return k.Name == v.Name && k.Host == v.Host })
		switch {
		case i < 0:
			kept = append(kept, v)
		case kept[i].State != v.State && service.Worst([]service.Verdict{kept[i], v}) == v.State:
			kept[i] = v
		}
	}
	return kept
}
