package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/inventory"
)

func TestDefaults(t *testing.T) {
	c, err := from("/nonexistent/umm-cluster.yaml").Load()
	if err != nil {
		t.Fatal(err)
	}
	auto := Service{Enabled: "auto"}
	want := Config{
		Inventory: "hosts", Nailgun: Nailgun{Roles: []string{"controller"}},
		SSH:      SSH{Sudo: "auto", ConnectTimeout: 10 * time.Second, Parallel: 32},
		StateDir: "/home/alice/.local/state/umm-cluster",
		Gate:     Gate{Samples: 3, Interval: time.Second, Timeout: 30 * time.Minute},
		Limits:   Limits{Ask: 15 * time.Second, Drain: 10 * time.Minute, Enter: 15 * time.Minute, Leave: 15 * time.Minute, Settle: 30 * time.Minute},
		Policy:   Policy{OnCommandFailure: "stop"},
		Lock:     Lock{Engine: "auto"},
		Services: Services{Pacemaker: auto, Galera: auto, RabbitMQ: auto, HAProxy: HAProxyService{Service: auto, Patience: 30 * time.Second},
			Ceph: auto, Etcd: EtcdService{Service: auto}, Nova: NovaService{Service: auto}},
		Alerts: Alerts{Query: `ALERTS{alertstate="firing"}`, MayFire: []string{`alertname="Watchdog"`}},
	}
	if !reflect.DeepEqual(bare(c), want) {
		t.Errorf("without a file there is\n%+v, want\n%+v", c, want)
	}
	if c.File() != "" {
		t.Errorf("the file is %s", c.File())
	}
}

func TestWhereTheStateIs(t *testing.T) {
	for _, c := range []struct {
		euid      int
		xdg, want string
	}{
		{0, "/x", "/var/lib/umm-cluster"},
		{1000, "/x", "/x/umm-cluster"},
		{1000, "relative", "/home/alice/.local/state/umm-cluster"},
	} {
		s := from("/nonexistent")
		home := s.Getenv
		s.Euid, s.Getenv = c.euid, func(name string) string {
			if name == "XDG_STATE_HOME" {
				return c.xdg
			}
			return home(name)
		}
		if got, err := s.Load(); err != nil || got.StateDir != c.want {
			t.Errorf("for %d it is %s (%v), want %s", c.euid, got.StateDir, err, c.want)
		}
	}
}

// Names keep their case, ~ is the home, keys keep what they hold.
func TestValues(t *testing.T) {
	c := load(t, `
hosts:
  - {name: Node-1.Example.ORG, address: "2001:db8::1", user: Alice, port: 2222, identity_file: ~/id, roles: [Controller], zone: 010, services: []}
  - name: n2
gate:
ssh: {known_hosts: /k, parallel: 4}
limits: {command: 1h30m, drain: 90s}
notify:
  - {url: "https://u:p@Example.ORG/T/B?x=Y", timeout: 1m}
checks: [{name: shop, check: [sh, -c, "a && B $X"]}]
`)
	want := []inventory.Host{
		{Name: "Node-1.Example.ORG", Address: "2001:db8::1", User: "Alice", Port: 2222, IdentityFile: "/home/alice/id", Roles: []string{"Controller"}, Zone: "010", Services: []string{}},
		{Name: "n2"},
	}
	if !reflect.DeepEqual(c.Hosts, want) {
		t.Errorf("the hosts are\n%+v, want\n%+v", c.Hosts, want)
	}
	if c.Gate.Samples != 3 || c.SSH != (SSH{KnownHosts: "/k", Parallel: 4, Sudo: "auto", ConnectTimeout: 10 * time.Second}) ||
		c.Limits.Command != 90*time.Minute || c.Limits.Drain != 90*time.Second || c.Limits.Enter != 15*time.Minute {
		t.Errorf("it is %+v", c)
	}
	if n := c.Notify[0]; n.URL.Reveal() != "https://u:p@Example.ORG/T/B?x=Y" || len(n.On) != 4 || n.Timeout != time.Minute {
		t.Errorf("who is told is %+v", n)
	}
	if own := c.Checks[0]; !reflect.DeepEqual(own.Check, []string{"sh", "-c", "a && B $X"}) || own.Timeout != 30*time.Second {
		t.Errorf("the check is %+v", own)
	}
}

// A host that is only a name is written as one.
func TestHostsByName(t *testing.T) {
	c, err := put(t, "hosts: [n1, n2, {name: n3, zone: b}]\n").Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Hosts) != 3 || c.Hosts[0].Name != "n1" || c.Hosts[1].Name != "n2" || c.Hosts[2].Name != "n3" || c.Hosts[2].Zone != "b" {
		t.Errorf("%+v", c.Hosts)
	}
}

// The lock was called lease, in the file and in the environment.
func TestFormerly(t *testing.T) {
	s := put(t, "state_dir: /s\nlease: {engine: etcd, endpoints: [http://a:1]}\n")
	c, err := s.Load()
	if err != nil || c.Lock.Engine != "etcd" || !reflect.DeepEqual(c.Lock.Endpoints, []string{"http://a:1"}) {
		t.Errorf("it is %+v (%v)", c.Lock, err)
	}
	if want := s.Path + ":2: lease: is called lock now"; c.Notes().Error() != want {
		t.Errorf("it notes %q, want %q", c.Notes(), want)
	}
	s.Getenv = func(name string) string { return map[string]string{"UMM_CLUSTER_LEASE_ENGINE": "none"}[name] }
	if c, err = s.Load(); err != nil || c.Lock.Engine != "none" {
		t.Errorf("by the environment it is %+v (%v)", c.Lock, err)
	}
	_, err = put(t, "lock: {engine: none}\nlease: {engine: none}\n").Load()
	if err == nil || !strings.Contains(err.Error(), ":2: lock: is there already, in line 1") {
		t.Errorf("both: %v", err)
	}
}

func TestFlagsOverrule(t *testing.T) {
	s := put(t, "ssh:\n  parallel: 4\n  sudo: never\n")
	s.Flags = []Flag{{Key: "ssh.parallel", Name: "--parallel", Text: "8"}, {Key: "state_dir", Name: "--state-dir", Text: "~/s"}}
	c, err := s.Load()
	if err != nil || c.SSH.Parallel != 8 || c.SSH.Sudo != "never" || c.StateDir != "/home/alice/s" {
		t.Errorf("it is %+v (%v)", c, err)
	}
	where := map[string]string{}
	for _, setting := range c.Settings() {
		where[setting.Key] = setting.From
	}
	for key, want := range map[string]string{"ssh.parallel": "--parallel", "ssh.sudo": s.Path + ":3", "gate.samples": "default", "state_dir": "--state-dir"} {
		if where[key] != want {
			t.Errorf("%s is from %q, want %q", key, where[key], want)
		}
	}
	s.Flags = []Flag{{Key: "ssh.parallel", Name: "--parallel", Text: "many"}, {Key: "hosts", Name: "--all", Text: "x"}}
	if _, err := s.Load(); err == nil || err.Error() != "--parallel: is many, not a number from 1 to 1000\n--all: hosts is no key with a single value" {
		t.Errorf("it says %v", err)
	}
}

// Defaults, file, environment, flags: each overrules the one before.
func TestTheEnvironmentOverrulesTheFile(t *testing.T) {
	s := put(t, "ssh:\n  parallel: 4\ngate:\n  samples: 4\n  interval: 2s\n")
	env := map[string]string{"HOME": "/home/alice", "UMM_CLUSTER_SSH_PARALLEL": "6", "UMM_CLUSTER_GATE_SAMPLES": "6", "UMM_CLUSTER_STATE_DIR": "~/s",
		"UMM_CLUSTER_GATE_INTERVAL": "", "UMM_CLUSTER_EVENT": "start", "UMM_CLUSTER_HOSTS": "n1", "UMM_CLUSTER_SERVICES_HAPROXY_PATIENCE": "9s"}
	s.Getenv = func(name string) string { return env[name] }
	s.Flags = []Flag{{Key: "ssh.parallel", Name: "--parallel", Text: "8"}}
	c, err := s.Load()
	if err != nil || c.SSH.Parallel != 8 || c.Gate.Samples != 6 || c.Gate.Interval != 2*time.Second || c.StateDir != "/home/alice/s" || len(c.Hosts) != 0 ||
		c.Services.HAProxy.Patience != 9*time.Second {
		t.Errorf("it is %+v (%v)", c, err)
	}
	where := map[string]string{}
	for _, setting := range c.Settings() {
		where[setting.Key] = setting.From
	}
	for key, want := range map[string]string{"ssh.parallel": "--parallel", "gate.samples": "UMM_CLUSTER_GATE_SAMPLES", "gate.interval": s.Path + ":5",
		"gate.timeout": "default", "state_dir": "UMM_CLUSTER_STATE_DIR"} {
		if where[key] != want {
			t.Errorf("%s is from %q, want %q", key, where[key], want)
		}
	}
	env["UMM_CLUSTER_GATE_SAMPLES"] = "many"
	if _, err := s.Load(); err == nil || err.Error() != "UMM_CLUSTER_GATE_SAMPLES: is many, not a number from 1 to 1000" {
		t.Errorf("it says %v", err)
	}
}

func TestSettings(t *testing.T) {
	c := load(t, "hosts:\n  - name: n1\n    roles: [a, b]\n\nnotify:\n  - url: https://h/secret\nlimits:\n  enter: 300s\n")
	got := map[string]string{}
	for _, s := range c.Settings() {
		got[s.Key] = s.Text() + " " + strings.TrimPrefix(s.From, c.File())
	}
	for key, want := range map[string]string{
		"hosts[0].name": "n1 :2", "hosts[0].roles": "[a, b] :3", "notify[0].url": "(not shown) :6", "notify[0].timeout": "30s default",
		"limits.enter": "5m :8", "limits.command": "0 default", "ssh.user": "(as in ssh_config, or who calls) default",
		"lock.endpoints": "(none) default", "probes": "(none) default", "services.galera.hosts": "(those where it is found) default",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

// A secret is in nothing that is printed.
func TestSecretsAreNotShown(t *testing.T) {
	c := load(t, "notify:\n  - url: https://hooks.example.org/T0PSECRET\n")
	data, err := json.Marshal(c)
	texts := []string{string(data), fmt.Sprint(c), fmt.Sprintf("%+v %#v %q", c, c, c.Notify[0].URL), fmt.Sprint(c.Settings())}
	for _, text := range texts {
		if strings.Contains(text, "T0PSECRET") {
			t.Errorf("it is in %s", text)
		}
	}
	if err != nil || !strings.Contains(string(data), "(not shown)") {
		t.Errorf("as JSON it is %s (%v)", data, err)
	}
	_, err = put(t, "notify:\n  - url: [https://hooks.example.org/T0PSECRET]\n  - url: T0PSECRET\n").Load()
	if err == nil || strings.Contains(err.Error(), "T0PSECRET") {
		t.Errorf("it says %v", err)
	}
}

func TestPlaced(t *testing.T) {
	c := load(t, "hosts: [{name: n1}, {name: n2, services: [rabbitmq]}, {name: n3, services: []}]\nservices:\n  galera: {hosts: [n1, n3]}\n  ceph: {enabled: no}\nchecks: [{name: shop, hosts: [n2], check: [x]}, {name: till, check: [x]}]\n")
	for _, w := range []struct {
		service string
		want    [3]Placement
	}{
		{Galera, [3]Placement{Runs, RunsNot, Runs}},
		{RabbitMQ, [3]Placement{Look, Runs, RunsNot}},
		{Ceph, [3]Placement{RunsNot, RunsNot, RunsNot}},
		{"shop", [3]Placement{RunsNot, Runs, RunsNot}},
		{"till", [3]Placement{Runs, Runs, Runs}},
		{"chess", [3]Placement{RunsNot, RunsNot, RunsNot}},
	} {
		for i, h := range c.Hosts {
			if got := c.Placed(w.service, h); got != w.want[i] {
				t.Errorf("%s on %s is %v, want %v", w.service, h.Name, got, w.want[i])
			}
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	named := from("/nonexistent/umm-cluster.yaml")
	named.Named = true
	folder := from(t.TempDir())
	for want, s := range map[string]Source{"cannot be read: no such file or directory": named, "cannot be read: is a directory": folder} {
		_, err := s.Load()
		var problems Problems
		if !errors.As(err, &problems) || err.Error() != s.Path+": "+want {
			t.Errorf("it says %v, want %q", err, want)
		}
	}
}

// The hosts of a Fuel master are not known before it was asked.
func TestHostsOfNailgun(t *testing.T) {
	c := load(t, "inventory: nailgun\nnailgun: {environment: 3}\nservices: {galera: {hosts: [node-1]}}\nchecks: [{name: shop, hosts: [node-2], check: [x]}]\n")
	if want := (Nailgun{Environment: 3, Roles: []string{"controller"}}); !reflect.DeepEqual(c.Nailgun, want) {
		t.Errorf("it is %+v, want %+v", c.Nailgun, want)
	}
	c.Hosts = []inventory.Host{{Name: "node-1"}, {Name: "node-2"}}
	if err := c.Misnamed(); err != nil {
		t.Error(err)
	}
	c.Hosts = []inventory.Host{{Name: "node-11"}, {Name: "node-2"}}
	if err := c.Misnamed(); err == nil || !strings.Contains(err.Error(), "services.galera.hosts names node-1, which is none of the hosts: did you mean node-11?") {
		t.Errorf("it says %v", err)
	}
	_, err := put(t, "inventory: nailgun\nhosts: [{name: n1}]\n").Load()
	if err == nil || !strings.Contains(err.Error(), ":2: hosts: is there, and inventory is nailgun") {
		t.Errorf("with both it says %v", err)
	}
}
