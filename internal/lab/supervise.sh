# shellcheck shell=sh
# The power supply of one practice host; run by lab.Host.Power, in a session of
# its own.
#
# usage: supervise.sh FOLDER ROOT CGROUP MACHINE NETNS
#
# FOLDER holds the host's settings, one word a line: args and args.once (kernel
# arguments, args.once for one boot), nspawn (more options), machine (of a machine: the
# command line that runs it, in the place of all those); off (the power is cut: do not
# start it again); console (all that the host prints).
#
# Ends at once, leaving a child that lives in CGROUP as long as the host is on.
set -uf
folder=$1 root=$2 cgroup=$3 machine=$4 netns=$5
reboots=133 # systemd-nspawn --keep-unit ends so when the host reboots itself

exec 9<"$folder"
flock -n 9 || { echo "its power is being switched on by somebody else" >&2; exit 1; }
[ -d "$folder" ] || exit 1 # the lab was taken down while this was starting
mkdir -p "$cgroup/power" && echo $$ >"$cgroup/power/cgroup.procs" || exit 1

boot() {
	# What the last boot left: nspawn empties its groups, but keeps them.
	[ ! -d "$cgroup/host" ] || find "$cgroup/host" -depth -type d -exec rmdir {} +
	mkdir -p "$cgroup/host" || return 1
	args=$(cat "$folder/args" "$folder/args.once" 2>/dev/null)
	rm -f "$folder/args.once"
	echo "-- $machine: power on${args:+,} $args"
	# shellcheck disable=SC2046,SC2086
	if [ -e "$folder/machine" ]; then
		set -- unshare --pid --fork --kill-child $(cat "$folder/machine")
	else
		set -- env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 \
			systemd-nspawn --quiet --register=no --keep-unit --settings=no \
			--directory="$root" --machine="$machine" --hostname="${machine%%.*}" \
			--resolv-conf=off --timezone=off --link-journal=no \
			--network-bridge=br0 --console=read-only $(cat "$folder/nspawn") \
			--boot -- $args
	fi
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup/host" nsenter --net="$netns" "$@" 9<&-
}

{
	while [ ! -e "$folder/off" ]; do
		boot
		[ $? -eq $reboots ] || break
	done
	echo "-- $machine: off"
} </dev/null >>"$folder/console" 2>&1 &
