package galera

import "umm/internal/cluster/service"

// unit finds the database's: mariadb has mysql for another name.
const unit = `unit() { for u in mariadb mysql mysqld; do systemctl cat "$u" >/dev/null 2>&1 && { echo "$u"; return; }; done; echo mysql; }
`

// startScript comes back at once: a full copy may take long, and whether the member
// is in sync is asked by other means.
const startScript = client + unit + `if alive; then exit 0; fi
if [ -d /run/systemd/system ]; then
	systemctl reset-failed "$(unit)" 2>/dev/null
	exec systemctl start --no-block "$(unit)"
fi
exec service mysql start`

// bootstrapScript starts a cluster of one. It wants the history that was decided on,
// and does nothing where the database runs in a primary component: newer versions of
// galera_new_cluster restart what runs.
const bootstrapScript = unit + `if alive; then
	case $(sql "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_status'") in *Primary) exit 0 ;; esac
	echo "a database server runs here, without a primary component" >&2; exit 1
fi
g=$d/grastate.dat
if [ -e "$g" ]; then
	grep -qi "^uuid: *$1\$" "$g" || { echo "$g is not of the history $1" >&2; exit 1; }
	sed -i 's/^safe_to_bootstrap: *0/safe_to_bootstrap: 1/' "$g" || exit
	sync
fi
if [ -d /run/systemd/system ] && command -v galera_new_cluster >/dev/null 2>&1; then
	systemctl reset-failed "$(unit)" 2>/dev/null
	# A socket that is waited at would start the database once more, outside of it.
	systemctl stop mariadb.socket mariadb-extra.socket 2>/dev/null
	exec galera_new_cluster
fi
if [ -d /run/systemd/system ]; then exec systemctl start mysql@bootstrap; fi
service mysql bootstrap || exec service mysql start --wsrep-new-cluster`

// regainScript makes a primary component of all that this member sees.
const regainScript = `case $(sql "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_status'") in *Primary) exit 0 ;; esac
o=$(sql "SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'") || { echo "$o" >&2; exit 1; }`

// starts are one group for each server, in this order.
func starts(still []saved) [][]service.Change {
	var groups [][]service.Change
	for _, s := range still {
		groups = append(groups, []service.Change{start(s.host)})
	}
	return groups
}

func start(host string) service.Change {
	return service.Change{ID: Name + "/start/" + host, Service: Name, Target: host, Title: "start the database on " + host,
		On: []string{host}, Do: service.Command{Argv: []string{"sh", "-c", startScript}}, Patience: joinPatience}
}
