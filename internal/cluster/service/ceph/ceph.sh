# shellcheck shell=sh
# Prints the host's daemons and what the cluster says, each part below a line
# "# NAME STATUS". The argument is another host, about which a question is asked here too.
# Starting a program takes most of the time of a question: all that can be asked at once is.
#
# Whether OSDs may stop is asked about those that run here, whatever CRUSH calls the host,
# and about those that CRUSH has below the other's name. Daemons in containers show in the
# process list like any. What the client itself prints is kept only where there is no
# answer, or one that says no.
PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin; export PATH
umm_args=$(ps -e -o args=) || exit 1
daemons() { printf '%s\n' "$umm_args" | grep -E '^([^ ]*python[^ ]* )?[^ ]*(ceph-(mon|osd|mgr|mds)|radosgw|ganesha\.nfsd|tcmu-runner|rbd-target-api)( |$)'; }
ask() { timeout 15 ceph --connect-timeout 5 "$@"; }
questions() {
	printf '%s\n' status quorum_status 'osd dump' 'osd tree'
	for h in $(printf '%s\n' "$1" "${1%%.*}" | uniq); do echo "osd ls-tree $h"; done
}
stop() { # IDS...
	[ $# -gt 0 ] || return
	answer=$(ask osd ok-to-stop "$@" 2>/dev/null </dev/null); may=$?
	printf '# stop %s %s\n%s\n' "$(echo "$*" | tr ' ' ,)" "$may" "$answer"
	[ "$may" -eq 0 ] || ask osd ok-to-stop "$@" 2>&1 >/dev/null </dev/null
}
mds() { # IDS...
	[ $# -gt 0 ] || return
	answer=$(ask mds ok-to-stop "$@" 2>&1 </dev/null); may=$?
	printf '# mds %s %s\n%s\n' "$(echo "$*" | tr ' ' ,)" "$may" "$answer"
}
echo '# daemons 0'
daemons
out=$(questions "$1" | ask -f json 2>/dev/null); code=$?
printf '# cluster %s\n%s\n' "$code" "$out"
if [ "$code" -eq 0 ]; then
	# IDs have no blanks.
	# shellcheck disable=SC2046
	stop $(daemons | sed -nE 's/^[^ ]*ceph-osd .*(--id|-i)[ =]?([0-9]+)( .*)?$/\2/p; s/^[^ ]*ceph-osd .*(-n|--name)[ =]?osd\.([0-9]+)( .*)?$/\2/p' | sort -un)
	# shellcheck disable=SC2046
	mds $(daemons | sed -nE 's/^[^ ]*ceph-mds (.* )?(--id|-i)[ =]([^ ]+)( .*)?$/\3/p; s/^[^ ]*ceph-mds (.* )?(-n|--name)[ =]mds\.([^ ]+)( .*)?$/\3/p' | sort -u)
	# shellcheck disable=SC2046
	stop $(printf '%s\n' "$out" | sed -nE '/^\[[0-9, ]+\]$/{ s/[],[]/ /g; p; q; }')
else
	ask status 2>&1 >/dev/null </dev/null
fi
echo '# end 0'
