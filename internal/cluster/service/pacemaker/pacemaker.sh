# shellcheck shell=sh
# Pacemaker on this host: pacemaker.sh mon|without|config|standby|online|abandoned [NODE [BEFORE]]
# NODE is a node, BEFORE the value that its attribute standby had before the run.

# A node in standby by a run has this attribute beside it, with the value that standby had
# before, or "none": any master can tell it from somebody's own standby, and undo it, where the
# run's journal is lost with its master. It is there for as long as the standby may be.
mark=umm-standby
node_attribute() { name=$1; shift; crm_attribute -t nodes -N "$node" -n "$name" "$@"; }

# Pacemaker 2 has --output-as; where it is not known, 1.1 has --as-xml. The output of one that
# knows it tells whether it could.
mon() {
	out=$(crm_mon -1 -r --output-as=xml 2>/dev/null)
	case $out in
	*'<pacemaker-result'*) printf '%s\n' "$out" ;;
	*) crm_mon -r --as-xml ;;
	esac
}

# Pacemaker's own scheduler tells, on a copy of the CIB, what would run where with this host
# in standby. It is printed as crm_mon does.
without() {
	dir=$(mktemp -d) || exit 1
	trap 'rm -rf "$dir"' EXIT
	trap 'exit 1' HUP INT TERM
	node=$(crm_node -n) && cibadmin -Q >"$dir/now" || exit 1
	export CIB_file="$dir/now"
	if ! { node_attribute standby -v on && crm_simulate -x "$dir/now" -S -O "$dir/then"; } >"$dir/log" 2>&1; then
		tail -n 1 "$dir/log" >&2
		exit 1
	fi
	CIB_file="$dir/then"
	mon
}

# The configuration as it is on the disk, for where Pacemaker does not run.
config() {
	for f in /var/lib/pacemaker/cib/cib.xml /var/lib/heartbeat/crm/cib.xml; do
		[ ! -r "$f" ] || exec cat "$f"
	done
	echo "there is no cib.xml" >&2
	exit 1
}

online() {
	if [ -n "$before" ]; then node_attribute standby -v "$before"; else node_attribute standby -D; fi &&
		node_attribute "$mark" -D
}

node=${2-}
before=${3-}
case $1 in
mon) mon ;;
without) without ;;
config) config ;;
standby) node_attribute "$mark" -v "${before:-none}" && node_attribute standby -v on ;;
online) online ;;
# The configuration on a disk may be an old one: undone is what is there.
abandoned) node_attribute "$mark" -G -q >/dev/null 2>&1 || exit 0; online ;;
*) echo "pacemaker.sh: unknown request: $1" >&2; exit 64 ;;
esac
