# shellcheck shell=sh
# Works with the openstack command: openstack.sh OPENRC list|disable|enable [HOST REASON]
# OPENRC has the login, HOST is the host as nova calls it. What somebody else has disabled
# meanwhile is not enabled.
[ -r "$1" ] || { echo "cannot read $1, the file with the login for the openstack command" >&2; exit 3; }
# shellcheck source=/dev/null
. "$1" </dev/null
command -v openstack >/dev/null || { echo "the openstack command is not there" >&2; exit 127; }
list() { timeout 25 openstack compute service list --service nova-compute --long "$@" </dev/null; }
set_() { timeout 25 openstack compute service set "$@" nova-compute </dev/null; }
case $2 in
list) list -f json ;;
disable) set_ --disable --disable-reason "$4" "$3" ;;
enable)
	now=$(list --host "$3" -f value -c 'Disabled Reason') || exit
	[ "$now" != "$4" ] || set_ --enable "$3" ;;
*) exit 64 ;;
esac
