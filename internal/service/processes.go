package service

import (
	"slices"
	"strings"
)

// ProcessScript prints a line "process KIND" for each kind that runs, also in containers: the
// host's process list has those. It needs nothing but a POSIX shell, ps, grep, sed and /proc.
// The kernel cuts names at 15 characters.
//
// Neutron's HAProxy of a network, for the metadata of instances, is no proxy of the cluster's.
// An ovsdb-server is one of consensus where a database that it has open is clustered: the first
// bytes of the file say so, wherever it is. Each Open vSwitch has one that is not.
const ProcessScript = `
ps -e -o comm= | sed -nE '
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
	s/^(tcmu-runner|rbd-target-api|rbd-target-gw)$/process iscsi-gateway/p' | sort -u
ps -e -o args= | sed -nE '
	/^[^ ]*haproxy .*metadata[-_]proxy/d
	s/^[^ ]*haproxy( .*)?$/process haproxy/p
	s/^[^ ]*beam[^ ]* .*rabbit.*$/process rabbitmq/p
	s/^([^ ]*python[^ ]* )?([^ ]*\/)?nova-compute( .*)?$/process nova/p
	s/^[^ ]*python[^ ]* ([^ ]*\/)?rbd-target-(api|gw)( .*)?$/process iscsi-gateway/p
	s/^[^ ]*java .*org\.apache\.zookeeper\..*$/process zookeeper/p
	s/^[^ ]*java .* kafka\.Kafka( .*)?$/process kafka/p
	s/^[^ ]*java .*org\.(opensearch|elasticsearch)\.bootstrap\..*$/process opensearch/p
	s/^[^ ]*ovsdb-server .*ovn[ns]b.*$/process ovn/p' | sort -u
ps -e -o pid= -o comm= | sed -nE 's/^ *([0-9]+) ovsdb-server$/\1/p' | while read -r pid; do
	for fd in /proc/"$pid"/fd/*; do
		[ -f "$fd" ] && [ "$(head -c 13 "$fd" 2>/dev/null | tr -d '\000')" = "OVSDB CLUSTER" ] && { echo "process ovsdb"; break; }
	done
done | sort -u
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
