package config

import (
	"strings"
	"time"
)

// Path is where the file is, unless it is said otherwise.
const Path = "/etc/umm-cluster.yaml"

// The services that are known, in the order in which they are shown.
const (
	Pacemaker = "pacemaker"
	Galera    = "galera"
	RabbitMQ  = "rabbitmq"
	HAProxy   = "haproxy"
	Ceph      = "ceph"
	Etcd      = "etcd"
	Nova      = "nova"
)

// FromNailgun is what inventory is where a Fuel master is asked.
const FromNailgun = "nailgun"

// Names are the names of all services that can be configured.
func Names() []string { return []string{Pacemaker, Galera, RabbitMQ, HAProxy, Ceph, Etcd, Nova} }

// Kinds are the names of what can run on a host and matters to a cluster, whether a service
// looks after it or not.
func Kinds() []string {
	return []string{"mysql", "postgres", "redis", "keepalived", "mongodb", "consul", "garbd", "pacemaker", "pacemaker-remote", "proxysql",
		"etcd", "ceph", "nfs-ganesha", "iscsi-gateway", "haproxy", "rabbitmq", "nova", "zookeeper", "kafka", "opensearch", "ovn", "ovsdb"}
}

// Help describes the file as a whole, for the man page and the example file.
const Help = `/etc/umm-cluster.yaml says which hosts make up the cluster, how they are reached,
and what umm-cluster waits for. It is YAML. Without the file, or without a key,
the defaults hold; the hosts can be named on the command line instead. A key that
umm-cluster does not know, and a value that it does not understand, are errors:
nothing is done then. What is in force, and where from: umm-cluster config.

A key with a single value can be set in the environment too, which overrules the file,
and is overruled by flags: UMM_CLUSTER_GATE_SAMPLES=5 for gate.samples.

Here gate.samples stands for the key samples below gate, and hosts[].name
for the key name of each item of the list hosts. Times are written with a unit: 90s,
15m, 2h, 1h30m. A command is a list of words; no shell sees it, unless it is one:
[sh, -c, 'a && b']. A path may begin with ~/ where the file is on the host that
umm-cluster runs on.`

// key is one key of the file: its place, what it may hold, and its help. The table
// is the only place that knows: the decoder, the man page and the example file
// are made of it.
type key struct {
	// name is the way to it: "gate.samples", "hosts[].name".
	name string
	kind kind
	// usual holds where nothing is written; nil is nothing, then usually says what
	// that means.
	usual   any
	usually string
	// need: an item of the list has to have it.
	need bool
	// formerly is the word that it had before December 2026, and is read by still.
	formerly string
	// alone: an item that is a text and no group of keys is the value of this one.
	alone bool
	// example is the value in YAML; of a list of mappings all its items.
	example string
	help    string
}

const (
	second = time.Second
	minute = time.Minute
	hour   = time.Hour
	week   = 7 * 24 * hour
)

// keys is the table.
func keys() []key {
	table := hostKeys()
	table = append(table, runKeys()...)
	table = append(table, serviceKeys()...)
	table = append(table, ownKeys()...)
	table = append(table, toldKeys()...)
	return append(table, alertKeys()...)
}

func hostKeys() []key {
	return []key{
		{name: "inventory", kind: choice("hosts", FromNailgun), usual: "hosts", help: `Where the hosts are from: hosts is the key of that name, nailgun a Fuel master.`},
		{name: "hosts", kind: fields, example: `
- name: n1
  address: 192.0.2.11
  roles: [controller]
  zone: a
- name: n2
  address: 192.0.2.12
  user: operator
  port: 2222
  identity_file: ~/.ssh/id_n2
  roles: [controller, mon]
  zone: b
  services: [galera, rabbitmq]`, usually: "the hosts that --hosts names",
			help: `The hosts of the whole cluster: each gate looks at all of them, whichever are
taken. A host that is no more than its name is written as one: [n1, n2, n3].`},
		{name: "hosts[].name", kind: hostName, need: true, alone: true, help: `What the host is called, by its services too.`},
		{name: "hosts[].address", kind: hostName, usually: "the name", help: `Where ssh goes: a name or an IP address.`},
		{name: "hosts[].user", kind: userName, usually: "ssh.user", help: `Who logs in.`},
		{name: "hosts[].port", kind: number(1, 65535), usually: "ssh.port", help: `The port of sshd.`},
		{name: "hosts[].identity_file", kind: localPath, usually: "ssh.identity_file", help: `The private key.`},
		{name: "hosts[].roles", kind: listOf(word), help: `What the host is, for --role.`},
		{name: "hosts[].zone", kind: word, help: `Where the host is, for --zone.`},
		{name: "hosts[].services", kind: listOf(choice(Names()...)), usually: "those that are found there",
			help: `The services that run on the host, and no others.`},

		{name: "nailgun", kind: group, help: `The Fuel environment whose hosts are taken where inventory is nailgun. The user and
the password are found where the Fuel client finds them: OS_USERNAME and OS_PASSWORD
in the environment, the file that FUELCLIENT_CUSTOM_SETTINGS names,
~/.config/fuel/fuel_client.yaml, /etc/fuel/astute.yaml.`},
		{name: "nailgun.url", kind: endpoint, example: "http://10.20.0.2:8000", usually: "SERVER_ADDRESS and SERVER_PORT of the Fuel client, else http://127.0.0.1:8000",
			help: `Where Nailgun answers.`},
		{name: "nailgun.environment", kind: number(1, 1000000), example: "1", usually: "the only one that there is", help: `The number of the environment.`},
		{name: "nailgun.roles", kind: listOf(word), usual: []any{"controller"}, example: "[controller]", help: `Its hosts with any of these roles make up the cluster.`},
		{name: "nailgun.file", kind: localPath, example: "/root/nodes.json", usually: "Nailgun is asked", help: `Read this file, that fuel2 node list -f json has written, and ask nobody.`},

		{name: "ssh", kind: group, help: `How the hosts are reached. What is not said here is taken from ssh_config(5).`},
		{name: "ssh.user", kind: userName, example: "root", usually: "as in ssh_config, or who calls", help: `Who logs in.`},
		{name: "ssh.port", kind: number(1, 65535), example: "22", usually: "as in ssh_config, or 22", help: `The port of sshd.`},
		{name: "ssh.identity_file", kind: localPath, example: "~/.ssh/id_ed25519", usually: "the agent's keys and those of ssh_config", help: `The private key.`},
		{name: "ssh.config", kind: localPath, example: "~/.ssh/config", usually: "both of these", help: `The file that is read in place of ~/.ssh/config and /etc/ssh/ssh_config, as by ssh -F.
Where it has more than plain lines ssh itself is asked (ssh -G). ProxyCommand,
BindInterface and PubkeyAuthentication no are refused for the hosts that they are for.`},
		{name: "ssh.known_hosts", kind: localPath, example: "~/.ssh/known_hosts", usually: "~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts",
			help: `The host keys. A host without one is refused; umm-cluster trust records it.
RevokedHostKeys, HostKeyAlgorithms, CASignatureAlgorithms and RequiredRSASize of
ssh_config are obeyed.`},
		{name: "ssh.sudo", kind: choice("auto", "always", "never"), usual: "auto", help: `Whether umm and the services' programs are run by sudo -n; auto: where the user
is not root.`},
		{name: "ssh.connect_timeout", kind: duration(second, 10*minute, false), usual: 10 * second, help: `How long a host may take to let umm-cluster in.`},
		{name: "ssh.parallel", kind: number(1, 1000), usual: 32, help: `How many hosts are asked at the same time, whatever is asked of each.`},

		{name: "state_dir", kind: localPath, example: "/var/lib/umm-cluster", usually: "/var/lib/umm-cluster as root, else $XDG_STATE_HOME/umm-cluster",
			help: `Where the journals of the runs, their logs and the locks are. Clusters may share it.`},
	}
}

func runKeys() []key {
	return []key{
		{name: "gate", kind: group, help: `When the cluster counts as whole, before and after each host.`},
		{name: "gate.samples", kind: number(1, 1000), usual: 3, help: `How many looks in a row have to be good.`},
		{name: "gate.interval", kind: duration(100*time.Millisecond, 10*minute, false), usual: second, help: `The time from one check to the next.`},
		{name: "gate.timeout", kind: duration(second, week, false), usual: 30 * minute, help: `How long to wait for the cluster to be whole before a host is taken; then the run
stops.`},

		{name: "limits", kind: group, help: `How long each step of a host may take; then the run stops.`},
		{name: "limits.ask", kind: duration(second, 10*minute, false), usual: 15 * second, help: `A question to a host or to a service there, as how it stands. Each is asked again
where a step waits for the answer.`},
		{name: "limits.drain", kind: duration(second, week, false), usual: 10 * minute, help: `A change that lets the host leave a service, until it has had its effect. Some
services say less.`},
		{name: "limits.enter", kind: duration(10*second, week, false), usual: 15 * minute, help: `From umm on to maintenance mode: a reboot, on most hosts.`},
		{name: "limits.command", kind: duration(second, week, true), usual: time.Duration(0), help: `The command in maintenance mode. 0 is no limit.`},
		{name: "limits.leave", kind: duration(10*second, week, false), usual: 15 * minute, help: `From umm off to operational mode.`},
		{name: "limits.settle", kind: duration(second, week, false), usual: 30 * minute, help: `From operational mode until the cluster is whole again; and each service until it
is back once its drain is undone.`},

		{name: "policy", kind: group, help: `What a run goes on after. Nothing here allows to lose quorum or the last copy of
something.`},
		{name: "policy.on_command_failure", kind: choice("stop", "continue"), usual: "stop", help: `What to do when the command fails on a host: stop with that host in maintenance
mode, or continue, bring it back and take the next; the run ends with 6 then. It
holds for umm-cluster roll. A command that does not end within limits.command, or
was cut short by a crash or a person, stops the run in any case.`},

		{name: "policy.prepare", kind: text, example: "apt-get -qq update && apt-get -y --download-only dist-upgrade", help: `A line of the shell that umm-cluster roll runs on all of its hosts at once, while
they serve, before any of them is drained: to fetch what is to be installed, and to
check that there is room. Where it fails on one, nothing is done; it may take as
long as the command, limits.command. --prepare says another one.`},

		{name: "policy.window", kind: listOf(weekly), example: `["Mon-Fri 01:00-05:00 Europe/Berlin"]`, usually: "always", help: `When umm-cluster roll may take hosts: days, times and a time zone (that of this
machine where there is none). Outside of these windows it does not begin; within one
it begins no host that would not be back before it ends, and pauses.
umm-cluster continue goes on in the next one. --until sets another end.`},

		{name: "lock", formerly: "lease", kind: group, help: `What keeps two of umm-cluster from working on one cluster.`},
		{name: "lock.engine", kind: choice("auto", "pacemaker", "etcd", "none"), usual: "auto", help: `auto takes etcd where endpoints are named here, else Pacemaker where it runs.
none relies on the lock on the host that umm-cluster runs on.`},
		{name: "lock.endpoints", kind: listOf(endpoint), example: "[https://192.0.2.11:2379, https://192.0.2.12:2379]", help: `The etcd that holds the lock.`},
		{name: "lock.ca_file", kind: localPath, example: "/etc/etcd/ca.crt", help: `Who signed etcd's certificate.`},
		{name: "lock.cert_file", kind: localPath, example: "/etc/etcd/client.crt", help: `The certificate to show to etcd.`},
		{name: "lock.key_file", kind: localPath, example: "/etc/etcd/client.key", help: `The key of that certificate.`},
	}
}

// wrapped is a list in lines as long as those of the help.
func wrapped(words []string) string {
	const width = 80
	var lines []string
	line := ""
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return strings.Join(append(lines, line), "\n")
}

// serviceKeys has the same two keys for every service, and the service's own.
func serviceKeys() []key {
	own := map[string][]key{
		HAProxy: {
			{name: "sockets", kind: listOf(hostPath), example: "[/run/haproxy/admin.sock]", usually: "those in haproxy's configuration",
				help: `The admin sockets, on the hosts; they need level admin.`},
			{name: "patience", kind: duration(0, hour, true), usual: 30 * second, help: `How long the connections to a host may take to end, once no new ones go there.`},
			{name: "one_up", kind: listOf(proxyName), example: "[postgres]", usually: "none", help: `Backends of which one server alone is up by design, as where the check is for the
leader: the others are not down.`},
		},
		Etcd: {
			{name: "endpoints", kind: listOf(endpoint), example: "[https://127.0.0.1:2379]", usually: "http://127.0.0.1:2379", help: `Where etcdctl asks, as seen from each host. One is the host's own member; of several
the members are told by their names, which have to be the hosts'.`},
			{name: "ca_file", kind: hostPath, example: "/etc/etcd/ca.crt", help: `Who signed etcd's certificate, on the hosts.`},
			{name: "cert_file", kind: hostPath, example: "/etc/etcd/client.crt", help: `The certificate to show to etcd, on the hosts.`},
			{name: "key_file", kind: hostPath, example: "/etc/etcd/client.key", help: `The key of that certificate, on the hosts.`},
		},
		Nova: {{name: "openrc", kind: hostPath, example: "/root/openrc", usually: "/root/openrc", help: `The file with the login for the openstack command, on the hosts that run
nova-compute. It has to be on more than one of them.`}},
	}
	table := []key{{name: "services", kind: group, help: "The services that are looked after:\n" + strings.Join(Names(), ", ") + `.
Below each of them stand enabled (auto: where it is found, the default; yes: it has
to be found somewhere; no: it is never looked at, and services.unwatched says why it
may run) and hosts (those that run it, and
no others; by default those where it is found).`}}
	for _, s := range Names() {
		at := "services." + s
		table = append(table, key{name: at, kind: group},
			key{name: at + ".enabled", kind: choice("auto", "yes", "no"), usual: "auto"},
			key{name: at + ".hosts", kind: listOf(hostName), example: "[n1, n2]", usually: "those where it is found"})
		for _, k := range own[s] {
			k.name = at + "." + k.name
			table = append(table, k)
		}
	}
	return append(table,
		key{name: "services.unwatched", kind: fields, usually: "nothing", example: `
- name: redis
  reason: a cache, which may be lost`,
			help: `What runs on hosts and may go unwatched. Anything else of these names that runs on a
host, while neither a service above nor a check of that name looks after it, keeps
hosts from leaving:
` + wrapped(Kinds()) + `.`},
		key{name: "services.unwatched[].name", kind: choice(Kinds()...), need: true, help: `Which it is.`},
		key{name: "services.unwatched[].reason", kind: text, need: true, help: `Why nobody has to look after it; check shows that.`},
	)
}

func ownKeys() []key {
	return []key{
		{name: "checks", kind: fields, example: `
- name: shop
  hosts: [n1, n2]
  check: [/usr/local/bin/shop-check]
  drain: [/usr/local/bin/shop, drain]
  undrain: [/usr/local/bin/shop, undrain]
  timeout: 30s`, usually: "none",
			help: `Services of your own. Each command is run on the host that it is about; it can
be run any number of times, and ends with status 0 when all is well.`},
		{name: "checks[].name", kind: word, need: true, help: `What it is called. With the name of something that runs there and no service looks
after (services.unwatched has the names) it looks after that.`},
		{name: "checks[].hosts", kind: listOf(hostName), usually: "all hosts", help: `The hosts that it is for.`},
		{name: "checks[].check", kind: argv, need: true, help: `Is it whole on this host? It changes nothing. Any status but 0 is waited for. Where
it takes too long, or is not there, it cannot be told, and no host is taken.`},
		{name: "checks[].drain", kind: argv, help: `Lets the host leave. It is run before the host leaves any other service.`},
		{name: "checks[].undrain", kind: argv, help: `Undoes what drain did; a drain has to have one.`},
		{name: "checks[].timeout", kind: duration(second, hour, false), usual: 30 * second, help: `How long each of the commands may take.`},
	}
}
