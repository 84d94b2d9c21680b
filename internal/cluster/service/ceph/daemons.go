package ceph

import (
	"regexp"
	"slices"
	"strconv"
)

// daemons are what runs on a host.
type daemons struct {
	mons []string
	osds []int
	mgrs int
	mdss []string
	// gateways are the kinds of gateways that run here: of object storage, NFS, iSCSI.
	gateways []string
}

var daemonLine = regexp.MustCompile(`^\S*ceph-(mon|osd|mgr|mds) (?:.* )?(?:(?:--id|-i)[ =]?|(?:-n|--name)[ =]?(?:mon|osd|mgr|mds)\.)(\S+)(?: .*)?$`)

// gatewayLine is that of a gateway, which may be a program for Python.
var gatewayLine = regexp.MustCompile(`^(?:\S*python\S* )?(?:\S*/)?(radosgw|ganesha\.nfsd|tcmu-runner|rbd-target-api)(?: |$)`)

// gatewayKinds are what the programs serve.
var gatewayKinds = map[string]string{"radosgw": "object storage (radosgw)", "ganesha.nfsd": "NFS (ganesha)",
	"tcmu-runner": "iSCSI", "rbd-target-api": "iSCSI"}

// parseDaemons reads the process list's lines of daemons: "ceph-osd -f --cluster ceph
// --id 1", and of those in containers "ceph-osd -n osd.1 -f".
func parseDaemons(lines []string) daemons {
	var d daemons
	for _, line := range lines {
		if g := gatewayLine.FindStringSubmatch(line); g != nil {
			d.gateways = append(d.gateways, gatewayKinds[g[1]])
			continue
		}
		m := daemonLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch m[1] {
		case "mon":
			d.mons = append(d.mons, m[2])
		case "mgr":
			d.mgrs++
		case "mds":
			d.mdss = append(d.mdss, m[2])
		case "osd":
			if id, err := strconv.Atoi(m[2]); err == nil && id >= 0 {
				d.osds = append(d.osds, id)
			}
		}
	}
	slices.Sort(d.gateways)
	d.gateways = slices.Compact(d.gateways)
	slices.Sort(d.osds)
	d.osds = slices.Compact(d.osds)
	return d
}
