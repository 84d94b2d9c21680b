package site

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/inventory"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/service"
	"umm/internal/cluster/service/custom"
	"umm/internal/cluster/service/detect"
	"umm/internal/cluster/service/etcd"
	"umm/internal/cluster/service/haproxy"
	"umm/internal/cluster/service/nova"
)

// configured is a cluster of three hosts with the services that were found there.
func configured(t *testing.T, text string, found map[string]map[string]detect.Presence) *Site {
	t.Helper()
	file := filepath.Join(t.TempDir(), "umm-cluster.yaml")
	if err := os.WriteFile(file, []byte("hosts: [{name: n1}, {name: n2}, {name: n3}]\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := config.Source{Path: file, Named: true, Getenv: func(string) string { return "" }}.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{Conf: conf, Cluster: rollout.Cluster{Hosts: inventory.Names(conf.Hosts)}}
	s.place(found)
	return s
}

// Hosts leave the services' users before the services, and Pacemaker last.
func TestOrderOfServices(t *testing.T) {
	found := map[string]map[string]detect.Presence{"n1": {}, "n3": {"galera": detect.Configured}}
	for _, name := range config.Names() {
		found["n1"][name] = detect.Runs
	}
	s := configured(t, "checks: [{name: shop, check: [x]}, {name: till, hosts: [n2], check: [y]}]\n", found)
	var order []string
	for _, svc := range s.Cluster.Services {
		order = append(order, svc.Name())
	}
	want := []string{"shop", "till", "nova", "haproxy", "rabbitmq", "galera", "etcd", "ceph", "pacemaker"}
	if !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}
	for name, want := range map[string][]string{"shop": {"n1", "n2", "n3"}, "till": {"n2"}, "galera": {"n1", "n3"}, "ceph": {"n1"}} {
		if got := s.Cluster.Members[name]; !slices.Equal(got, want) {
			t.Errorf("%s on %q, want %q", name, got, want)
		}
	}
	if err := s.absent(); err != nil {
		t.Error(err)
	}
}

// Every key of a service's own reaches it.
func TestServicesObeyTheirKeys(t *testing.T) {
	s := configured(t, `services:
  haproxy: {sockets: [/run/a], patience: 5s, one_up: [postgres]}
  etcd: {endpoints: ["https://127.0.0.1:2379"], ca_file: /ca, cert_file: /cert, key_file: /key, hosts: [n2]}
  nova: {openrc: /root/login}
  ceph: {hosts: [n1, n3]}
checks: [{name: shop, hosts: [n1], check: [a], drain: [b], undrain: [c], timeout: 7s}]
`, nil)
	want := []any{
		custom.Service{Label: "shop", Check: []string{"a"}, Drain: []string{"b"}, Undrain: []string{"c"}, Timeout: 7 * time.Second},
		nova.Service{OpenRC: "/root/login"},
		haproxy.Service{Sockets: []string{"/run/a"}, Patience: 5 * time.Second, OneUp: []string{"postgres"},
			Addresses: map[string][]string{"n1": nil, "n2": nil, "n3": nil}},
		etcd.Service{Endpoints: []string{"https://127.0.0.1:2379"}, CAFile: "/ca", CertFile: "/cert", KeyFile: "/key"},
	}
	known := s.known()
	for _, w := range want {
		if !slices.ContainsFunc(known, func(svc service.Service) bool { return reflect.DeepEqual(svc, w) }) {
			t.Errorf("%+v is not in %+v", w, known)
		}
	}
	if got := s.Cluster.Members; !slices.Equal(got["etcd"], []string{"n2"}) || !slices.Equal(got["ceph"], []string{"n1", "n3"}) || len(got["nova"]) != 0 {
		t.Errorf("%v", got)
	}
}

// A service that has to be there and is not is told, with what to do.
func TestServicesThatHaveToBeThere(t *testing.T) {
	for text, want := range map[string]string{
		"services: {ceph: {enabled: 'yes'}}\n":              "services.ceph.enabled is yes, and ceph is found on no host",
		"services: {ceph: {enabled: 'yes', hosts: [n2]}}\n": "",
		"services: {galera: {enabled: 'yes'}}\n":            "",
		"services: {ceph: {enabled: 'no'}}\n":               "",
		"services: {etcd: {enabled: 'auto'}}\n":             "",
	} {
		err := configured(t, text, map[string]map[string]detect.Presence{"n1": {"galera": detect.Runs}}).absent()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
