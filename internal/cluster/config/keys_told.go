package config

import (
	"time"

	"umm/internal/cluster/matcher"
)

// toldKeys are about who is told of a run, and what is measured meanwhile.
func toldKeys() []key {
	return []key{
		{name: "notify", kind: fields, example: `
- on: [start, failure, stop, hold, end, host]
  command: [/usr/local/bin/tell]
  timeout: 30s
- url: https://hooks.example.org/T0000/B0000`, usually: "nobody",
			help: `Who is told of a run. Whatever becomes of that, the run goes on.`},
		{name: "notify[].on", kind: listOf(choice(Moments()...)), usual: []any{"start", "stop", "hold", "end"}, help: `When: a run starts, or goes on; a step of a host fails (failure), whether the run
stops for it or not; it stops; is held; ends; takes a host and is through with it
(host).`},
		{name: "notify[].command", kind: argv, help: `A command on the host that umm-cluster runs on; it reads the event as JSON.`},
		{name: "notify[].url", kind: webhook, help: `A webhook; the event is posted to it as JSON. It is never printed. Keep others
from reading the file if it is a secret.`},
		{name: "notify[].timeout", kind: duration(second, 10*minute, false), usual: 30 * second, help: `How long that may take.`},

		{name: "silences", kind: fields, example: `
- alertmanager: http://192.0.2.5:9093
  matchers: ['instance=~"({host}|{address})(:[0-9]+)?"']
- icinga2: https://umm:PASSWORD@icinga.example.org:5665
  ca_file: /var/lib/icinga2/ca.crt
- zabbix: https://zabbix.example.org/zabbix
  token: 2f0c3a...
  host: '{host}.example.org'`, usually: "none",
			help: `Where alerts about a host are silenced while a run has it out of service. The
silence is renewed while the run is at work, and ends by itself minutes after it
has stopped or the master has died; while a run is paused it lasts 12 hours.`},
		{name: "silences[].alertmanager", kind: webhook, help: `The address of an Alertmanager. It is never printed: it may have a password.`},
		{name: "silences[].icinga2", kind: webhook, help: `The address of the API of Icinga 2, with the name and password of an ApiUser
that has the permissions actions/schedule-downtime, actions/remove-downtime and
objects/modify/Downtime. The host and its services get a downtime. It is never
printed.`},
		{name: "silences[].zabbix", kind: webhook, help: `The address of Zabbix's pages. The host is put into maintenance. It is never printed.`},
		{name: "silences[].token", kind: token, help: `An API token of Zabbix, of a user who may change maintenance and this host. It is never
printed.`},
		{name: "silences[].matchers", kind: listOf(condition), usual: []any{matcher.Default}, help: `Which alerts are those of a host: all of these have to match. {host} is its name,
{address} its address; one of them has to be there. They are for Alertmanager.`},
		{name: "silences[].host", kind: called, usual: "{host}", help: `What a host is called in Icinga 2 or Zabbix.`},
		{name: "silences[].ca_file", kind: localPath, usually: "those that the system trusts", help: `Who signed the certificate there.`},

		{name: "probes", kind: fields, example: `
- name: vip
  tcp: 192.0.2.10:3306
  every: 200ms
  timeout: 2s
- name: web
  command: [curl, -fsS, http://192.0.2.10/]`, usually: "none",
			help: `What clients use. They are tried from the host that umm-cluster runs on as long
as a run goes; its report tells for how long each did not answer.`},
		{name: "probes[].name", kind: word, need: true, help: `What it is called.`},
		{name: "probes[].tcp", kind: address, help: `It answers when a connection can be made, and is not ended at once. It sees nothing of
requests: a database that takes connections and commits nothing for a while has no gap
here. A command that makes a request sees that.`},
		{name: "probes[].command", kind: argv, help: `It answers when the command ends with status 0.`},
		{name: "probes[].every", kind: duration(50*time.Millisecond, 10*minute, false), usual: 200 * time.Millisecond, help: `The time from one try to the next.`},
		{name: "probes[].timeout", kind: duration(50*time.Millisecond, 10*minute, false), usual: 2 * second, help: `How long a try may take.`},
	}
}

// Moments are what notify[].on can hold.
func Moments() []string { return []string{"start", "failure", "stop", "hold", "end", "host"} }

// alertKeys are about alerts that keep hosts from leaving.
func alertKeys() []key {
	return []key{
		{name: "alerts", kind: group, help: `A Prometheus whose alerts keep hosts from leaving: before a run begins,
before a host is drained and after it is back, no alert may fire. One that fires is
waited for, as long as gate.timeout and limits.settle allow. While a host is out alerts
do not count: they may be about its absence.`},
		{name: "alerts.prometheus", kind: webhook, example: "http://192.0.2.5:9090", usually: "nobody is asked", help: `Its address. It is never printed: it may have a password.`},
		{name: "alerts.query", kind: text, usual: `ALERTS{alertstate="firing"}`, help: `Each element of the result is an alert that fires.`},
		{name: "alerts.may_fire", kind: listOf(condition), usual: []any{`alertname="Watchdog"`}, help: `Alerts that may fire: an alert that any of these conditions matches does not count.`},
		{name: "alerts.ca_file", kind: localPath, example: "/etc/umm-cluster/prometheus-ca.crt", usually: "those that the system trusts", help: `Who signed the certificate there.`},
	}
}
