package config

import (
	"errors"
	"strings"
	"testing"
)

// What is wrong is told with its line and its key; want has one message a line.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"an unknown key", "gates: {}\n", "1: gates: is not a key that umm-cluster knows: did you mean gate?"},
		{"an unknown key below another", "gate:\n  sample: 3\n", "2: gate.sample: is not a key that umm-cluster knows: did you mean samples?"},
		{"a key in capitals", "Gate:\n  samples: 3\n", "1: Gate: is not a key that umm-cluster knows: did you mean gate?"},
		{"an unknown key of an item", "hosts:\n- name: n1\n  adress: n2\n", "3: hosts[0].adress: is not a key that umm-cluster knows: did you mean address?"},
		{"an unknown service", "services: {mysql: {}}\n", "1: services.mysql: is not a key that umm-cluster knows: choose from pacemaker, galera, rabbitmq, haproxy, ceph, etcd, nova, unwatched"},
		{"a key twice", "gate: {samples: 3}\nssh: {}\ngate: {samples: 5}\n", "3: gate: is there already, in line 1"},
		{"several", "gate:\n  samples: many\n  interval: 5\nstate_dir: var\n", "2: gate.samples: is many, not a number from 1 to 1000\n" +
			"3: gate.interval: is 5, not a time from 100ms to 10m, as 90s, 15m or 2h\n4: state_dir: is var, not a path that begins with / or ~/"},
		{"an octal number", "gate: {samples: 010}\n", "1: gate.samples: is 010, not a number from 1 to 1000"},
		{"a number that is too large", "ssh: {port: 65536}\n", "1: ssh.port: is 65536, not a number from 1 to 65535"},
		{"a number that is larger", "ssh: {port: 99999999999999999999}\n", "1: ssh.port: is 99999999999999999999, not a number from 1 to 65535"},
		{"a negative time", "gate: {timeout: -5m}\n", "1: gate.timeout: is -5m, not a time from 1s to 168h, as 90s, 15m or 2h"},
		{"no limit where there has to be one", "limits: {enter: 0}\n", "1: limits.enter: is 0, not a time from 10s to 168h, as 90s, 15m or 2h"},
		{"a word of YAML", "ssh: {sudo: yes}\n", "1: ssh.sudo: is yes, not auto, always or never"},
		{"no value", "ssh:\n  port:\n", "2: ssh.port: has no value; it is a number from 1 to 65535"},
		{"a list for a text", "ssh: {user: [a]}\n", "1: ssh.user: is a list, not a user's name"},
		{"keys for a text", "ssh: {user: {a: b}}\n", "1: ssh.user: is a group of keys, not a user's name"},
		{"a text for a list", "hosts: n1\n", "1: hosts: is not a list: each item begins with a dash"},
		{"a text for a list of texts", "lock: {endpoints: http://a:1}\n", "1: lock.endpoints: is not a list: write [http://a:1]"},
		{"a text for keys", "ssh: root\n", "1: ssh: is not a group of keys; there is user, port, identity_file, config, known_hosts, sudo, connect_timeout, parallel"},
		{"lists for items", "hosts: [[n1]]\n", "1: hosts[0]: is not a group of keys; there is name, address, user, port, identity_file, roles, zone, services"},
		{"texts for items that need more", "checks: [a]\n", "1: checks[0]: is not a group of keys; there is name, hosts, check, drain, undrain, timeout"},
		{"a text for an item that is no name", "hosts: [n1, -x]\n", "1: hosts[1].name: is -x, not a host's name: letters, digits, dots and dashes"},
		{"nothing for an item", "hosts:\n- n1\n-\n", "3: hosts[1]: is not a group of keys; there is name, address, user, port, identity_file, roles, zone, services"},
		{"a shell's command", "checks:\n- name: a\n  check: a && b\n", "3: checks[0].check: is not a command as a list of words, as [/usr/local/bin/check, --fast]; for a shell: [sh, -c, '...']"},
		{"an empty command", "checks: [{name: a, check: []}]\n", "1: checks[0].check: is not a command as a list of words, as [/usr/local/bin/check, --fast]; for a shell: [sh, -c, '...']"},
		{"a command without a program", "checks: [{name: a, check: ['', b]}]\n", "1: checks[0].check: has no program: its first word is empty"},
		{"no name", "hosts:\n- name: n1\n- address: n2\n", "3: hosts[1]: has no name"},
		{"an option for a name", "hosts: [{name: -oProxyCommand=x}]\n", "1: hosts[0].name: is -oProxyCommand=x, not a host's name: letters, digits, dots and dashes"},
		{"a word twice", "hosts: [{name: n1, roles: [a, b, a]}]\n", "1: hosts[0].roles: holds a twice"},
		{"a service that is not known", "hosts: [{name: n1, services: [mysql]}]\n", "1: hosts[0].services: is mysql, not pacemaker, galera, rabbitmq, haproxy, ceph, etcd or nova"},
		{"a host twice", "hosts:\n- name: n1\n- name: N1\n", "3: hosts[1]: host N1 is listed twice"},
		{"an address twice", "hosts:\n- {name: n1, address: a}\n- {name: n2, address: a}\n", "3: hosts[1]: hosts n1 and n2 are the same: both are at a"},
		{"a host that is not there", "hosts: [{name: n1}]\nservices:\n  galera:\n    hosts: [n1, m1]\n", "4: services.galera.hosts: names m1, which is none of hosts: did you mean n1?"},
		{"a host of a check that is not there", "checks:\n- name: a\n  check: [a]\n  hosts: [n1]\n", "4: checks[0].hosts: names n1, which is none of hosts"},
		{"a drain without an undrain", "checks:\n- {name: a, check: [a], drain: [b]}\n", "2: checks[0]: has a drain and no undrain: what it does could not be undone"},
		{"a check by a service's name", "checks:\n- {name: galera, check: [a]}\n", "2: checks[0].name: is galera, which is taken already"},
		{"a check by a name that is umm's", "checks:\n- {name: unwatched, check: [a]}\n", "2: checks[0].name: is unwatched, which is taken already"},
		{"two checks of one name", "checks:\n- {name: a, check: [a]}\n- {name: a, check: [a]}\n", "3: checks[1].name: is a, which is taken already"},
		{"a notification to nobody", "notify:\n- {on: [end]}\n", "2: notify[0]: takes either command or url"},
		{"a notification twice", "notify:\n- {command: [a], url: 'https://a'}\n", "2: notify[0]: takes either command or url"},
		{"a silence of all hosts", "silences:\n- {alertmanager: 'http://a', matchers: ['team=db']}\n", "2: silences[0]: has no matcher that names a host: put {host} or {address} into one, or the alerts of all hosts would be silenced"},
		{"a silence nowhere", "silences:\n- {matchers: ['node={host}']}\n", "2: silences[0]: takes one of alertmanager, icinga2 and zabbix"},
		{"a broken matcher", "silences:\n- {alertmanager: 'http://a', matchers: ['node~{host}']}\n", `2: silences[0].matchers: is node~{host}, not a condition as instance="{host}:9100" or instance=~"{host}(:[0-9]+)?"`},
		{"a host that may fire", "alerts:\n  may_fire: ['instance={host}']\n", "2: alerts.may_fire: names a host by {host} or {address}, which means nothing here"},
		{"a broken window", "policy:\n  window: ['Mo 01:00-05:00']\n", `2: policy.window: is "Mo 01:00-05:00", not a window as "Mon-Fri 01:00-05:00 Europe/Berlin", in a time zone that this machine knows`},
		{"an unknown moment", "notify:\n- {on: [ever], command: [a]}\n", "2: notify[0].on: is ever, not start, failure, stop, hold, end or host"},
		{"a probe of nothing", "probes:\n- {name: a}\n", "2: probes[0]: takes either tcp or command"},
		{"a probe without a port", "probes:\n- {name: a, tcp: a}\n", "2: probes[0].tcp: is a, not HOST:PORT"},
		{"etcd without endpoints", "lock:\n  engine: etcd\n", "2: lock.engine: is etcd, and there are no lock.endpoints"},
		{"a certificate without its key", "lock:\n  cert_file: /a\n", "1: lock: has one of cert_file and key_file; it takes both"},
		{"a certificate of etcd's without its key", "services:\n  etcd: {cert_file: /a}\n", "2: services.etcd: has one of cert_file and key_file; it takes both"},
		{"an alias", "hosts:\n- &a {name: n1}\n- *a\n", "2: hosts[0]: anchors and aliases are not understood here\n3: hosts[1]: anchors and aliases are not understood here"},
		{"a merge", "ssh:\n  <<: {user: a}\n", "2: ssh.<<: is not a key that umm-cluster knows: choose from user, port, identity_file, config, known_hosts, sudo, connect_timeout, parallel"},
		{"a tag", "gate: {samples: !!int '3'}\n", "1: gate.samples: tags are not understood here"},
		{"a list for the file", "- a\n", "1: is not a group of keys; there is inventory, hosts, nailgun, ssh, state_dir, gate, limits, policy, lock, services, checks, notify, silences, probes, alerts"},
		{"a second document", "gate: {samples: 4}\n---\nssh: {}\n", "2: there is a second document; all stands in the first"},
		{"a tab", "gate:\n\tsamples: 3\n", "2: is not YAML: found character that cannot start any token"},
		{"rubbish", "a: b: c\n", " is not YAML: mapping values are not allowed in this context"},
		{"a key that is no text", "[a]: b\n", "1: holds something that is no key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := put(t, c.file)
			_, err := s.Load()
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("it says %v", err)
			}
			if got := strings.ReplaceAll(err.Error(), s.Path+":", ""); got != c.want {
				t.Errorf("it says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Whatever the file holds: it is read or refused with a line, and nothing else.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{"", "a", "hosts: [{name: n1}]\n", uncommented(), "&a [*a]", "? [a]\n: b", "--- \n...\n---\n", "gate: {samples: 5}", "\xff", "ssh:\n  <<: *x\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &codec{file: "f"}
		into := map[string]any{}
		if err := c.Decode([]byte(text), into); err != nil {
			t.Errorf("it says %v", err)
		}
		for _, p := range c.problems {
			if p.Text == "" {
				t.Errorf("a problem without a word: %+v", p)
			}
		}
	})
}
