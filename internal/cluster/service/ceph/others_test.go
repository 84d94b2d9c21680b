package ceph

import (
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

// Every daemon of a host counts: metadata servers by Ceph's own word, gateways by whether
// another host has one.
func TestLeaveOthers(t *testing.T) {
	const fs = "/usr/bin/ceph-mds -f --cluster ceph --id n1 --setuser ceph\n"
	const gateway = "/usr/bin/radosgw -f --cluster ceph --name client.rgw.n1\n"
	const iscsi = "/usr/bin/python3 /usr/bin/rbd-target-api\n"
	add := func(host, daemons, more string) string {
		text := servicetest.Replace(t, printed(t, host, "healthy"), "# cluster 0\n", daemons+"# cluster 0\n")
		return servicetest.Replace(t, text, "# end 0\n", more+"# end 0\n")
	}
	one := func(text string) service.Answers { return with(see(t, "healthy"), "n1", said(text)) }
	for name, c := range map[string]struct {
		answers service.Answers
		want    string
	}{
		"a metadata server that may stop": {one(add("n1", fs, "# mds n1 0\nshould be safe to stop [n1]\n")), ""},
		"the only one": {one(add("n1", fs, "# mds n1 16\nError EBUSY: insufficent standby MDS daemons to stop active gids 4293 and/or standby gids\n")),
			"stop mds-without n1 (last-mds): without the metadata servers of n1 CephFS could not be used"},
		"an old Ceph":      {one(add("n1", fs, "# mds n1 22\nno valid command found\n")), "unknown mds-without n1 (last-mds): Ceph does not say whether the metadata servers of n1 may stop"},
		"not asked":        {one(add("n1", fs, "")), "unknown mds-without n1 (last-mds): Ceph could not be asked on n1 whether its metadata servers n1 may stop"},
		"the only gateway": {one(add("n1", gateway, "")), "stop gateway-without n1 (last-gateway): n1 has the only gateway of Ceph for object storage (radosgw)"},
		"one of two":       {with(one(add("n1", gateway, "")), "n2", said(add("n2", gateway, ""))), ""},
		"the only one for iSCSI": {with(one(add("n1", iscsi, "")), "n2", said(add("n2", gateway, ""))),
			"stop gateway-without n1 (last-gateway): n1 has the only gateway of Ceph for iSCSI"},
		"perhaps another": {with(one(add("n1", gateway, "")), "n2", unreachable), "unknown gateway-without n1 (last-gateway): cannot tell whether another host than n1 has a gateway for object storage (radosgw)"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, v := range service.Bad(read(c.answers).Leave("n1")) {
				text := string(v.State) + " " + v.Name + " " + v.Host
				if v.Risk != "" {
					text += " (" + v.Risk + ")"
				}
				got = append(got, text+": "+v.Reason)
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The script asks Ceph about the metadata servers that run on the host.
func TestScriptAsksMDS(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		h.Program("ps", "printf '%s\\n' '/usr/bin/ceph-mds -f --cluster ceph --id a.b' 'ceph-mds -n mds.c -f' '/usr/bin/radosgw -n x' 'less ceph-mds'")
		h.Program("ceph", `case "$*" in *"mds ok-to-stop a.b c"*) echo "no standby"; exit 16 ;; *) cat >/dev/null; echo '{}' ;; esac`)
		out := h.Prints(service.Shell("umm-ceph", script), "")
		if !strings.Contains(out, "# mds a.b,c 16\nno standby\n") || strings.Contains(out, "less") || !strings.Contains(out, "radosgw -n x") {
			t.Error(out)
		}
	})
}
