package service

import (
	"slices"
	"strings"
)

// ProcessScript prints a line "process KIND" for each kind that runs, also in containers: the
// host's process list has those. It needs nothing but a POSIX shell, ps, sed and /proc, and
// ends with status 1 where one of them fails: that nothing was seen is not that nothing runs.
// The kernel cuts names at 15 characters.
//
// Neutron's HAProxy of a network, for the metadata of instances, is no proxy of the cluster's.
// An ovsdb-server is one of consensus where a database that it has open is clustered: the first
// bytes of the file say so, wherever it is. Each Open vSwitch has one that is not.
const ProcessScript = `
umm_comms=$(ps -e -o comm=) && umm_args=$(ps -e -o args=) && umm_pids=$(ps -e -o pid= -o comm=) || exit 1
printf '%s\n' "$umm_comms" | sed -nE '
	s/^(mysqld|mariadbd)$/process mysql/p
	s/^(postgres|postmaster)$/process postgres/p
	s/^(redis-server|redis-sentinel|valkey-server|valkey-sentinel)$/process redis/p
	s/^keepalived$/process keepalived/p
	s/^mongod$/process mongodb/p
	s/^consul$/process consul/p
	s/^garbd$/process garbd/p
	s/^pacemakerd$/process pacemaker/p
	s/^pacemaker[-_]remot.*$/process pacemaker-remote/p
	s/^proxysql$/process proxysql/p
	s/^etcd$/process etcd/p
	s/^(ceph-mon|ceph-osd|ceph-mgr|ceph-mds|radosgw)$/process ceph/p
	s/^ganesha\.nfsd$/process nfs-ganesha/p
	s/^(tcmu-runner|rbd-target-api|rbd-target-gw)$/process iscsi-gateway/p' || exit 1
printf '%s\n' "$umm_args" | sed -nE '
	/^[^ ]*haproxy .*metadata[-_]proxy/d
	s/^[^ ]*haproxy( .*)?$/process haproxy/p
	s/^[^ ]*beam[^ ]* .*rabbit.*$/process rabbitmq/p
	s/^([^ ]*python[^ ]* )?([^ ]*\/)?nova-compute( .*)?$/process nova/p
	s/^[^ ]*python[^ ]* ([^ ]*\/)?rbd-target-(api|gw)( .*)?$/process iscsi-gateway/p
	s/^[^ ]*java .*org\.apache\.zookeeper\..*$/process zookeeper/p
	s/^[^ ]*java .* kafka\.Kafka( .*)?$/process kafka/p
	s/^[^ ]*java .*org\.(opensearch|elasticsearch)\.bootstrap\..*$/process opensearch/p
	s/^[^ ]*ovsdb-server .*ovn[ns]b.*$/process ovn/p' || exit 1
umm_pids=$(printf '%s\n' "$umm_pids" | sed -nE 's/^ *([0-9]+) ovsdb-server$/\1/p') || exit 1
for pid in $umm_pids; do
	for fd in /proc/"$pid"/fd/*; do
		[ -f "$fd" ] && [ "$(head -c 13 "$fd" 2>/dev/null | tr -d '\000')" = "OVSDB CLUSTER" ] && { echo "process ovsdb"; break; }
	done
done
`

// Kinds are the kinds that ProcessScript knows.
func Kinds() []string {
	var all []string
	for word := range strings.FieldsFuncSeq(ProcessScript, func(r rune) bool { return strings.ContainsRune("/\n\"", r) }) {
		if kind, ok := strings.CutPrefix(word, "process "); ok && !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// Processes reads the lines of ProcessScript among others.
func Processes(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "process "); ok && !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}
