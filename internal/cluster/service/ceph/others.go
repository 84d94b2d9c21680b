package ceph

import (
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// metadata is Ceph's own word on the host's metadata servers: whether others can take
// their place. It is asked where they run.
func (v view) metadata(host string) service.Verdict {
	const name = "mds-without"
	own := v.seen[host]
	mine := own.daemons.mdss
	switch {
	case !own.told:
		return judge.Unknown(name, host, v.complaints(), "cannot tell whether %s has a metadata server of Ceph", host)
	case len(mine) == 0:
		return judge.OK(name, host, "no ceph-mds runs", "%s has no metadata server of Ceph", host)
	case own.mds == nil || slices.ContainsFunc(mine, func(id string) bool { return !slices.Contains(own.mds.ids, id) }):
		return judge.Unknown(name, host, v.complaints(), "Ceph could not be asked on %s whether its metadata servers %s may stop", host, strings.Join(mine, ", ")).WithRisk(riskMDS)
	}
	seen := strings.TrimSpace(fmt.Sprintf("ceph mds ok-to-stop on %s: %s: status %d %s", host, strings.Join(own.mds.ids, ", "), own.mds.code, own.mds.said))
	switch own.mds.code {
	case 0:
		return judge.OK(name, host, seen, "CephFS can be used without the metadata servers of %s", host)
	case notNow:
		return judge.Stop(name, host, seen, "without the metadata servers of %s CephFS could not be used", host).WithRisk(riskMDS)
	}
	return judge.Unknown(name, host, seen, "Ceph does not say whether the metadata servers of %s may stop", host).WithRisk(riskMDS)
}

// gateways: another host has one of each kind that this one has.
func (v view) gateways(host string) []service.Verdict {
	var all []service.Verdict
	for _, kind := range v.seen[host].daemons.gateways {
		others, unclear := 0, false
		for _, m := range v.members {
			switch s := v.seen[m]; {
			case m == host:
			case !s.told:
				unclear = true
			case slices.Contains(s.daemons.gateways, kind):
				others++
			}
		}
		seen := fmt.Sprintf("%d other hosts run a gateway for %s", others, kind)
		one := judge.OK("gateway-without", host, seen, "%s does not have the only gateway for %s", host, kind)
		switch {
		case others == 0 && unclear:
			one = judge.Unknown("gateway-without", host, v.complaints(), "cannot tell whether another host than %s has a gateway for %s", host, kind).WithRisk(riskGateway)
		case others == 0:
			one = judge.Stop("gateway-without", host, seen, "%s has the only gateway of Ceph for %s", host, kind).WithRisk(riskGateway)
		}
		all = append(all, one)
	}
	return all
}
