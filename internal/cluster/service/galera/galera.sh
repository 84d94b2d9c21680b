# shellcheck shell=sh
# The database on this host: galera.sh status|files|recover|start|regain|bootstrap UUID
#   status          prints what the SQL on standard input gives, name and value with a tab between
#                   them, and how the server's processes and unit stand
#   files           prints the files that say how the server stopped
#   recover         has the storage engine say up to which write it has the data
#   start           starts the server, and does not wait for it
#   regain          makes a primary component of all that this member sees
#   bootstrap UUID  starts a cluster of one, of that history
# A login that is not interactive may not find the tools.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin
export PATH
HOME=$(getent passwd root | cut -d: -f6)
export HOME
client=$(command -v mariadb || command -v mysql) || { echo "neither mariadb nor mysql is there" >&2; exit 127; }

# What hangs is ended.
once() { timeout 15 "$client" "$@" 2>&1; }

# sql runs statements as root: over the socket or with root's own file, and where that is
# refused with the file that Debian keeps for such programs. No password is ever on a
# command line.
sql() { # STATEMENTS
	o=$(once --batch --skip-column-names --connect-timeout=5 -e "$1") && { printf '%s\n' "$o"; return 0; }
	case $o in *"ERROR 1045"* | *"ERROR 1698"*)
		[ ! -r /etc/mysql/debian.cnf ] || {
			p=$(once --defaults-file=/etc/mysql/debian.cnf --batch --skip-column-names --connect-timeout=5 -e "$1") &&
				{ printf '%s\n' "$p"; return 0; }
		} ;;
	esac
	printf '%s\n' "$o"
	return 1
}

runs() { # NAMES-PATTERN
	umm_comms=$(ps -eo comm=) || { echo "the processes cannot be listed" >&2; exit 1; }
	printf '%s\n' "$umm_comms" | grep -qxE "$1"
}
alive() { runs 'mysqld|mariadbd'; }

primary() { case $(sql "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_status'") in *"	Primary") return 0 ;; esac; return 1; }

datadir() {
	d=$(my_print_defaults mysqld server mariadb mariadbd 2>/dev/null | sed -n 's/^--datadir=//p' | tail -n 1)
	echo "${d:-/var/lib/mysql}"
}

# mariadb has mysql for another name.
unit() {
	for u in mariadb mysql mysqld; do systemctl cat "$u" >/dev/null 2>&1 && { echo "$u"; return; }; done
	echo mysql
}

status() {
	if systemctl is-enabled mariadb mysql mysqld 2>/dev/null | grep -qx enabled; then printf 'umm_boots\tyes\n'; fi
	if runs garbd; then printf 'umm_arbiter\tyes\n'; fi
	if o=$(sql "$(cat)"); then printf '%s\n' "$o"; exit 0; fi
	printf 'umm_error\t%s\n' "$(printf '%s' "$o" | tr '\n\t' '  ')"
	if alive; then printf 'umm_process\tyes\n'; else printf 'umm_process\tno\n'; fi
	for u in mariadb mysql mysqld; do
		s=$(systemctl is-active "$u" 2>/dev/null)
		case $s in active | activating | failed) printf 'umm_unit\t%s\n' "$s"; break ;; esac
	done
	exit 0
}

files() {
	data=$(datadir)
	[ -d "$data" ] || { echo "$data is not there" >&2; exit 1; }
	if alive; then echo "process yes"; else echo "process no"; fi
	for f in grastate.dat gvwstate.dat; do
		[ ! -e "$data/$f" ] || { echo "file $f"; cat "$data/$f" || exit; }
	done
	echo end
}

# The server is started for that, on no port, and ends by itself.
recover() {
	if alive; then echo "a database server runs here" >&2; exit 1; fi
	if command -v galera_recovery >/dev/null 2>&1; then
		p=$(timeout 1800 galera_recovery) || exit
		p=$(printf '%s' "$p" | sed -n 's/.*wsrep[_-]start[_-]position=//p')
	else
		# shellcheck disable=SC2012
		s=$(command -v mariadbd || command -v mysqld || ls /usr/libexec/mariadbd /usr/libexec/mysqld 2>/dev/null | head -n 1)
		log=$(mktemp) || exit
		trap 'rm -f "$log"' EXIT
		chown mysql "$log"
		timeout 1800 "$s" --user=mysql --wsrep-recover --skip-networking --log-error="$log" >/dev/null 2>&1 || { tail -n 3 "$log" >&2; exit 1; }
		p=$(sed -n 's/.*Recovered position: *//p' "$log" | tail -n 1)
	fi
	[ -n "$p" ] || { echo "no position could be recovered" >&2; exit 1; }
	echo "position $p"
}

# A full copy may take long, and whether the member is in sync is asked by other means.
start() {
	if alive; then exit 0; fi
	if [ -d /run/systemd/system ]; then
		systemctl reset-failed "$(unit)" 2>/dev/null
		exec systemctl start --no-block "$(unit)"
	fi
	exec service mysql start
}

regain() {
	if primary; then exit 0; fi
	o=$(sql "SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'") || { echo "$o" >&2; exit 1; }
}

# It wants the history that was decided on, and does nothing where the database runs in a
# primary component: newer versions of galera_new_cluster restart what runs.
bootstrap() { # UUID
	if alive; then
		if primary; then exit 0; fi
		echo "a database server runs here, without a primary component" >&2
		exit 1
	fi
	g=$(datadir)/grastate.dat
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
	service mysql bootstrap || exec service mysql start --wsrep-new-cluster
}

case $1 in
status) status ;;
files) files ;;
recover) recover ;;
start) start ;;
regain) regain ;;
bootstrap) bootstrap "$2" ;;
*) echo "galera.sh: unknown request: $1" >&2; exit 64 ;;
esac
