package service

import "strings"

// ProcessScript prints a line "process KIND" for each kind that runs. It needs nothing but a
// POSIX shell, ps, grep and sed. The kernel cuts names at 15 characters.
const ProcessScript = `
ps -e -o comm= | sed -nE '
	s/^(mysqld|mariadbd)$/process mysql/p
	s/^(postgres|postmaster)$/process postgres/p
	s/^(redis-server|redis-sentinel|valkey-server|valkey-sentinel)$/process redis/p
	s/^keepalived$/process keepalived/p
	s/^mongod$/process mongodb/p
	s/^consul$/process consul/p
	s/^garbd$/process garbd/p
	s/^pacemaker[-_]remot.*$/process pacemaker-remote/p
	s/^proxysql$/process proxysql/p' | sort -u
ps -e -o args= | sed -nE '
	s/^[^ ]*java .*org\.apache\.zookeeper\..*$/process zookeeper/p
	s/^[^ ]*java .* kafka\.Kafka( .*)?$/process kafka/p
	s/^[^ ]*java .*org\.(opensearch|elasticsearch)\.bootstrap\..*$/process opensearch/p
	s/^[^ ]*ovsdb-server .*ovn[ns]b.*$/process ovn/p' | sort -u
`

// Processes reads the lines of ProcessScript among others.
func Processes(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "process "); ok {
			all = append(all, kind)
		}
	}
	return all
}
