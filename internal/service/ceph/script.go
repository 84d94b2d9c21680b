package ceph

// script prints the host's daemons and what the cluster says, each part below a line
// "# NAME STATUS". Its argument is another host, about which a question is asked here
// too.
//
// Whether OSDs may stop is asked about those that run here, whatever CRUSH calls the
// host, and about those that CRUSH has below the other's name. Daemons in containers
// show in the process list like any.
const script = `PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin; export PATH
daemons() { ps -e -o args= | grep -E '^[^ ]*ceph-(mon|osd|mgr) '; }
ask() { timeout 10 ceph --connect-timeout 5 "$@" </dev/null 2>&1; }
part() { # NAME COMMAND...
	name=$1; shift
	out=$(ask "$@"); code=$?
	printf '# %s %s\n%s\n' "$name" "$code" "$out"
	return $code
}
stop() { # IDS...
	[ $# -eq 0 ] || part "stop $(echo "$*" | tr ' ' ,)" osd ok-to-stop "$@"
}
echo '# daemons 0'
daemons
if part status status -f json; then
	part quorum quorum_status -f json
	part dump osd dump -f json
	part tree osd tree -f json
	stop $(daemons | sed -nE 's/^[^ ]*ceph-osd .*(--id|-i)[ =]?([0-9]+)( .*)?$/\2/p; s/^[^ ]*ceph-osd .*(-n|--name)[ =]?osd\.([0-9]+)( .*)?$/\2/p' | sort -un)
	if [ -n "$1" ]; then
		stop $(timeout 10 ceph --connect-timeout 5 osd ls-tree "$1" 2>/dev/null </dev/null ||
			timeout 10 ceph --connect-timeout 5 osd ls-tree "${1%%.*}" 2>/dev/null </dev/null)
	fi
fi
echo '# end 0'`
