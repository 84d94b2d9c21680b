package detect

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/servicetest"
	"umm/internal/execx"
)

func answer(text string) service.Answer {
	return service.Answer{Result: execx.Result{Stdout: []byte(text)}}
}

func TestParse(t *testing.T) {
	whole := answer("galera runs\nhaproxy configured\naddresses 10.0.0.11 fd00::1 \nend\n")
	if got := Addresses(whole); !slices.Equal(got, []string{"10.0.0.11", "fd00::1"}) {
		t.Errorf("addresses %q", got)
	}
	for _, text := range []string{"addresses 10.0.0.11 \x1b[2J fe80::1%a/;b ::1\nend\n", "addresses 10.0.0.11 ::1" + strings.Repeat(" x", 9999) + "\nend\n"} {
		if got := Addresses(answer(text)); !slices.Equal(got, []string{"10.0.0.11", "::1"}) {
			t.Errorf("addresses %q", got)
		}
	}
	if got := Addresses(answer("addresses" + strings.Repeat(" 10.0.0.1", 9999))); len(got) != mostAddresses {
		t.Errorf("%d addresses", len(got))
	}
	got, err := Parse(whole)
	if err != nil || len(got) != 2 || got["galera"] != Runs || got["haproxy"] != Configured {
		t.Errorf("%v, %v", got, err)
	}
	for name, text := range map[string]string{
		"nothing":        "",
		"broken off":     "galera runs\n",
		"not an answer":  "sh: ps: not found\nend\n",
		"a word too few": "galera\nend\n",
	} {
		if got, err := Parse(answer(text)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := Parse(service.Answer{Result: execx.Result{Code: 1}}); err == nil {
		t.Error("a command that failed was believed")
	}
}

// On this very machine the script comes to its end.
func TestScriptRuns(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		out := h.Prints(Ask().Argv, "")
		if _, err := Parse(answer(out)); err != nil || !strings.HasSuffix(out, "\nend") {
			t.Errorf("%q: %v", out, err)
		}
	})
}

// processes has a ps that prints these processes, as "NAME ARGUMENTS".
func processes(h *servicetest.Host, all string) {
	h.Program("ps", "case $4$3 in *comm=*) cut -d' ' -f1 ;; *) cut -d' ' -f2- ;; esac <<'END'\n"+all+"END")
}

// What runs is found by the process list, also what runs in containers.
func TestFound(t *testing.T) {
	for name, c := range map[string]struct {
		processes string
		want      []string
	}{
		"nothing":          {"systemd /sbin/init\nbash -bash\n", nil},
		"the database":     {"mariadbd /usr/sbin/mariadbd --wsrep-new-cluster\n", nil},
		"rabbitmq":         {"beam.smp /usr/lib/erlang/erts-13.1.5/bin/beam.smp -W w -- -root /usr/lib/erlang -sname rabbit@n1\n", []string{"rabbitmq"}},
		"pacemaker":        {"pacemakerd /usr/sbin/pacemakerd\n", []string{"pacemaker"}},
		"haproxy":          {"haproxy /usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg\n", []string{"haproxy"}},
		"Neutron's proxy":  {"haproxy haproxy -f /var/lib/neutron/ns-metadata-proxy/5f8f.conf\n", nil},
		"etcd":             {"etcd /usr/bin/etcd\n", []string{"etcd"}},
		"its client":       {"etcdctl etcdctl watch x\n", nil},
		"a monitor":        {"ceph-mon /usr/bin/ceph-mon -f --cluster ceph --id n1\n", []string{"ceph"}},
		"an OSD":           {"ceph-osd /usr/bin/ceph-osd -n osd.1 -f\n", []string{"ceph"}},
		"a Ceph client":    {"ceph-fuse ceph-fuse /mnt\n", nil},
		"nova-compute":     {"nova-compute /usr/bin/python3 /usr/bin/nova-compute --config-file=/etc/nova/nova.conf\n", []string{"nova"}},
		"in a container":   {"nova-compute /var/lib/kolla/venv/bin/python3.11 /var/lib/kolla/venv/bin/nova-compute\n", []string{"nova"}},
		"the rest of nova": {"nova-scheduler /usr/bin/python3 /usr/bin/nova-scheduler\nless less nova-compute\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
				processes(h, c.processes)
				found, err := Parse(answer(h.Prints(Ask().Argv, "")))
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for service, how := range found {
					if how == Runs {
						got = append(got, service)
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		})
	}
}

// Galera is found wherever a distribution has its configuration, also behind a link out of
// there, and however it is written.
func TestFindsGalera(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		processes(h, "mariadbd /usr/sbin/mariadbd\n")
		for i, file := range []string{"/etc/mysql/conf.d/galera.cnf", "/etc/percona-xtradb-cluster.conf.d/wsrep.cnf", "link"} {
			root := fmt.Sprint("root", i)
			path := root + file
			if file == "link" {
				path = root + "/opt/galera.cnf"
				h.File(root+"/etc/mysql/empty.cnf", "")
				if err := os.Symlink(filepath.Join(h.Folder, path), filepath.Join(h.Folder, root, "etc/mysql/galera.cnf")); err != nil {
					t.Fatal(err)
				}
			}
			h.File(path, "[mysqld]\nWSREP_CLUSTER_ADDRESS = gcomm://a,b\n")
			if found, err := Parse(answer(h.Prints(ask(filepath.Join(h.Folder, root)).Argv, ""))); err != nil || found["galera"] != Runs {
				t.Errorf("%s: %v, %v", file, found, err)
			}
		}
	})
}

// By which name a cluster goes is in files, also while nothing of it runs.
func TestIDs(t *testing.T) {
	servicetest.OnHosts(t, func(t *testing.T, h *servicetest.Host) {
		h.File("var/lib/mysql/grastate.dat", "# GALERA saved state\nversion: 2.1\nuuid:    4a6b0d2e-7a4c-11ef-9b5e-0b6c1f3d2a10\nseqno:   -1\nsafe_to_bootstrap: 0\n")
		h.File("etc/ceph/ceph.conf", "[global]\n\tfsid = 8f0c1f6e-1d55-4c3a-9c43-2f1b7a6e0d11\n\tmon_host = 10.0.0.1\n")
		processes(h, "systemd /sbin/init\n")
		out := h.Prints(ask(h.Folder).Argv, "")
		if _, err := Parse(answer(out)); err != nil {
			t.Error(err)
		}
		if got := IDs(answer(out)); len(got) != 2 || got["galera"] != "4a6b0d2e-7a4c-11ef-9b5e-0b6c1f3d2a10" || got["ceph"] != "8f0c1f6e-1d55-4c3a-9c43-2f1b7a6e0d11" {
			t.Errorf("%v of %s", got, out)
		}
	})
	for _, text := range []string{"id galera " + service.NoUUID, "id galera x; curl a | sh", "id galera", "id galera \x1b[2J", ""} {
		if got := IDs(answer(text + "\nend\n")); len(got) > 0 {
			t.Errorf("%q says %v", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("galera runs\nend\n")
	f.Add("id ceph 8f0c1f6e-1d55-4c3a-9c43-2f1b7a6e0d11\nend\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = Parse(answer(text))
		for name, id := range IDs(answer(text)) {
			if strings.ContainsAny(name, " \n") || !service.IsUUID(id) {
				t.Errorf("%q has the ID %q", name, id)
			}
		}
	})
}
