package pacemaker

import "testing"

// Services that Pacemaker runs are known by the names of resources and agents; what is
// only near one is not taken for it.
func TestServicesOfResources(t *testing.T) {
	for _, c := range []struct{ id, agent, want string }{
		{"p_mysqld", "ocf::fuel:mysql-wss", "galera"},
		{"galera-bundle-0", "ocf:heartbeat:galera", "galera"},
		{"p_rabbitmq-server", "ocf::fuel:rabbitmq-server", "rabbitmq"},
		{"p_haproxy", "ocf::fuel:ns_haproxy", "haproxy"},
		{"etcd", "ocf:heartbeat:etcd", "etcd"},
		{"compute", "systemd:openstack-nova-compute", "nova"},
		{"compute", "ocf:openstack:NovaCompute", "nova"},
		{"ceph-nfs", "systemd:ceph-nfs@pacemaker", ""},
		{"nova-evacuate", "ocf:openstack:NovaEvacuate", ""},
	} {
		if got := runs(c.id, c.agent); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.id, c.agent, got, c.want)
		}
	}
}
