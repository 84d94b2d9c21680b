# shellcheck shell=sh
# Prints a line "SERVICE runs|configured" for each service that is there, one with the host's
# addresses, and one for each cluster that the host's files say it is a member of, whether
# anything of it runs or not. It reads the process list and the places where packages and
# deployments put their configuration, below the folder that is its argument (in tests), and
# needs nothing but a POSIX shell, ps, grep and sed. processes.sh follows it.
root=${1-}
comms=$(ps -e -o comm=) || exit 1
args=$(ps -e -o args=) || exit 1
runs() { printf '%s\n' "$comms" | grep -qxE "$1"; }
is() { # SERVICE PROCESSES-PATTERN: the caller says whether it is configured
	if runs "$2"; then echo "$1 runs"; elif [ "$3" -eq 0 ]; then echo "$1 configured"; fi
}
there() { command -v "$1" >/dev/null 2>&1; }
any() { for f; do [ ! -e "$f" ] || return 0; done; return 1; }
filled() { [ -n "$(ls -A "$1" 2>/dev/null)" ]; }

there crm_mon && [ -e "$root"/etc/corosync/corosync.conf ]; is pacemaker 'pacemakerd' $?
# Neutron runs one for the metadata of each network.
if printf '%s\n' "$args" | grep -vE '^[^ ]*haproxy .*metadata[-_]proxy' | grep -qE '^[^ ]*haproxy( |$)'; then echo "haproxy runs"
elif there haproxy && [ -e "$root"/etc/haproxy/haproxy.cfg ]; then echo "haproxy configured"; fi
if grep -RqsiE '^[[:space:]]*wsrep[_-]cluster[_-]address[[:space:]]*=.*gcomm' \
	"$root"/etc/mysql "$root"/etc/my.cnf "$root"/etc/my.cnf.d "$root"/etc/percona-xtradb-cluster.conf.d; then
	is galera 'mysqld|mariadbd|mysqld_safe' 0
fi
if printf '%s\n' "$args" | grep -q '^[^ ]*beam[^ ]* .*[r]abbit'; then echo "rabbitmq runs"
elif there rabbitmqctl; then echo "rabbitmq configured"; fi
there etcd; is etcd 'etcd' $?
# Below FSID in containers.
filled "$root"/var/lib/ceph/mon || filled "$root"/var/lib/ceph/osd || any "$root"/var/lib/ceph/*/mon.* "$root"/var/lib/ceph/*/osd.*
is ceph 'ceph-mon|ceph-osd|ceph-mgr|ceph-mds|radosgw' $?
if printf '%s\n' "$args" | grep -qE '^([^ ]*python[^ ]* )?([^ ]*/)?nova-compute( |$)'; then echo "nova runs"
elif there nova-compute && [ -e "$root"/etc/nova/nova.conf ]; then echo "nova configured"; fi
echo "addresses $(hostname -I 2>/dev/null)"
sed -n 's/^uuid:[[:space:]]*/id galera /p' "$root"/var/lib/mysql/grastate.dat 2>/dev/null
sed -n 's/^[[:space:]]*fsid[[:space:]]*=[[:space:]]*/id ceph /p' "$root"/etc/ceph/ceph.conf 2>/dev/null
