# shellcheck shell=sh
# Prints a line for each kind of service that runs, as "process" and the kind, also in containers: the
# host's process list has those. It needs nothing but a POSIX shell, ps, sed and /proc, and
# fails where one of them does: that nothing was seen is not that nothing runs. The kernel
# cuts names at 15 characters. The argument is the folder that /proc is in, for tests.
#
# Neutron's HAProxy of a network, for the metadata of instances, is no proxy of the cluster's.
# An ovsdb-server is one of consensus where a database that it has open is clustered: the
# first bytes of the file tell, wherever it is. Each Open vSwitch has one that is not.
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
	for fd in "${1-}/proc/$pid"/fd/*; do
		[ -f "$fd" ] && [ "$(head -c 13 "$fd" 2>/dev/null | tr -d '\000')" = "OVSDB CLUSTER" ] && { echo "process ovsdb"; break; }
	done
done
echo end
