package unwatched

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
)

func TestWhole(t *testing.T) {
	for name, c := range map[string]struct {
		printed service.Answer
		out     []string
		state   service.State
		risk    string
	}{
		"nothing":             {servicetest.Printed("end\n"), nil, service.OK, ""},
		"covered":             {servicetest.Printed("process mysql\nend\n"), nil, service.OK, ""},
		"nobody looks":        {servicetest.Printed("process mysql\nprocess postgres\nend\n"), nil, service.Unknown, "unwatched-postgres"},
		"broken off":          {servicetest.Printed("process mysql\n"), nil, service.Unknown, ""},
		"it does not answer":  {servicetest.Unreachable, nil, service.Unknown, ""},
		"away, and not asked": {servicetest.Unreachable, []string{"n1"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Service{Covered: map[string][]string{"n1": {"mysql"}}}
			vs := s.Read([]string{"n1"}, service.Answers{"n1": {askProcesses: c.printed}}).Health(c.out)
			switch {
			case c.state == "" && len(vs) > 0:
				t.Errorf("%+v", vs)
			case c.state != "" && (len(vs) != 1 || vs[0].State != c.state || vs[0].Risk != c.risk || vs[0].Host != "n1"):
				t.Errorf("%+v", vs)
			}
		})
	}
}

// Kinds are told by what runs, wherever its files are.
func TestScript(t *testing.T) {
	const processes = `systemd /sbin/init
mariadbd /opt/bin/mariadbd
redis-server /usr/bin/redis-server 127.0.0.1:6379
pacemaker-remot /usr/sbin/pacemaker-remoted
garbd /usr/bin/garbd -g x
java /usr/bin/java -cp x org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg
java java -jar shop.jar
ovsdb-server ovsdb-server --remote=punix:/run/ovn/ovnnb_db.sock /var/lib/ovn/ovnnb_db.db
ovsdb-server ovsdb-server /etc/openvswitch/conf.db
less less postgres
pacemakerd /usr/sbin/pacemakerd
etcd etcd --name n1
ceph-osd /usr/bin/ceph-osd -f --cluster ceph --id 3
ganesha.nfsd /usr/bin/ganesha.nfsd -L /var/log/ganesha.log
rbd-target-api /usr/bin/python3 /usr/bin/rbd-target-api
beam.smp /opt/erlang/lib/erlang/erts-14.2/bin/beam.smp -W w -- -root /opt/erlang -- -home /var/lib/rabbitmq -sname rabbit
haproxy haproxy -W -db -f /usr/local/etc/haproxy/haproxy.cfg
nova-compute /var/lib/kolla/venv/bin/python3 /var/lib/kolla/venv/bin/nova-compute
`
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		got := kinds(h, processes, "")
		want := []string{"ceph", "etcd", "garbd", "haproxy", "iscsi-gateway", "mysql", "nfs-ganesha", "nova", "ovn",
			"pacemaker", "pacemaker-remote", "rabbitmq", "redis", "zookeeper"}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// kinds are those that the script finds among these processes, as "COMM ARGUMENTS", the first
// of which has the ID 1. root has /proc.
func kinds(h *servicetest.Host, processes, root string) []string {
	h.Program("ps", "case $* in *pid=*) awk '{ print NR, $1 }' ;; *comm=*) cut -d' ' -f1 ;; *) cut -d' ' -f2- ;; esac <<'END'\n"+processes+"END")
	return service.Processes(h.Prints(append(Service{}.Asks("n1", nil)[0].Argv, root), ""))
}

// Hosts that have nothing but a remote node of Pacemaker, or an arbiter of Galera, are seen;
// Neutron's proxies for the metadata of instances are none of the cluster's.
func TestAlone(t *testing.T) {
	for processes, want := range map[string][]string{
		"systemd /sbin/init\npacemaker-remot /usr/sbin/pacemaker-remoted\n":     {"pacemaker-remote"},
		"systemd /sbin/init\npacemaker_remot /usr/sbin/pacemaker_remoted\n":     {"pacemaker-remote"},
		"systemd /sbin/init\ngarbd /usr/bin/garbd -a gcomm://n1,n2 -g mine\n":   {"garbd"},
		"haproxy haproxy -f /var/lib/neutron/ns-metadata-proxy/5f8f2f5e.conf\n": nil,
		"haproxy haproxy -f /var/lib/neutron/ovn-metadata-proxy/5f8f.conf\n":    nil,
		"grep grep haproxy\nvim vim /etc/etcd.conf\n":                           nil,
	} {
		servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
			if got := kinds(h, processes, ""); !slices.Equal(got, want) {
				t.Errorf("%q: %q, want %q", processes, got, want)
			}
		})
	}
}

// An ovsdb-server keeps consensus where a database that it has open is clustered, wherever that
// is; each Open vSwitch has one that is not.
func TestClusteredOvsdb(t *testing.T) {
	root := t.TempDir()
	open := func(pid string, files ...string) {
		t.Helper()
		fds := filepath.Join(root, "proc", pid, "fd")
		if err := os.MkdirAll(fds, 0o755); err != nil {
			t.Fatal(err)
		}
		for i, text := range files {
			file := filepath.Join(root, pid+"-"+strconv.Itoa(i))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(file, filepath.Join(fds, strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("socket:[1]", filepath.Join(fds, "99")); err != nil {
			t.Fatal(err)
		}
	}
	open("1", "2026-11-30 ovsdb-server log\n", "\x00\x01 OVSDB CLUSTER", "OVSDB JSON 15 0a\n{}")
	open("2", "a log", "OVSDB CLUSTER 380 3c7b\n{}")
	open("3", "OVSDB CLUSTER 380 3c7b\n{}")
	for processes, want := range map[string][]string{
		"ovsdb-server ovsdb-server /etc/openvswitch/conf.db\n":                                 nil,
		"ovsdb-server ovsdb-server /etc/openvswitch/conf.db\novsdb-server ovsdb-server x.db\n": {"ovsdb"},
		"sh sh\nsh sh\nless less\n": nil,
	} {
		servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
			if got := kinds(h, processes, root); !slices.Equal(got, want) {
				t.Errorf("%q: %q, want %q", processes, got, want)
			}
		})
	}
}

// Whatever a host prints, it is told as a whole, and what breaks off is not fine.
func FuzzProcesses(f *testing.F) {
	f.Add("process mysql\nprocess ovsdb\nend\n")
	f.Add("process mysql\n")
	f.Fuzz(func(t *testing.T, text string) {
		vs := Service{Covered: map[string][]string{"n1": {"mysql"}}}.Read([]string{"n1"}, service.Answers{"n1": {askProcesses: servicetest.Printed(text)}}).Health(nil)
		for _, v := range vs {
			if v.Name == "" || v.Reason == "" || v.State == "" {
				t.Errorf("not a whole verdict: %+v", v)
			}
		}
		if len(vs) == 0 || service.Good(vs) && !strings.HasSuffix(text, "end\n") {
			t.Errorf("%+v", vs)
		}
	})
}

// Where the processes cannot be listed it is not known what runs.
func TestBlind(t *testing.T) {
	a := servicetest.Blind(t, Service{}.Asks("n1", nil)[0])
	vs := Service{}.Read([]string{"n1"}, service.Answers{"n1": {askProcesses: a}}).Health(nil)
	if len(vs) != 1 || vs[0].State != service.Unknown {
		t.Errorf("%+v", vs)
	}
}
