# shellcheck shell=sh
# Has the leader hand over to the first member that takes it: move-leader.sh ID... -- ETCDCTL...
# Only the leader can do that; when it is none any more there is nothing to do.
ids=
while [ "$1" != -- ]; do ids="$ids $1"; shift; done
shift
for id in $ids; do
	out=$("$@" move-leader "$id" 2>&1) && exit 0
	case $out in *'not leader'*|*'no leader endpoint'*) exit 0 ;; esac
done
printf '%s\n' "$out" >&2
exit 1
