# shellcheck shell=sh
# /etc/profile.d/umm.sh: tells who logs in that this host is in maintenance mode.
# For a person at a terminal who just came by ssh or the console only: not for
# su -, sudo -i, scp, scripts or `ssh HOST COMMAND`. It leaves nothing behind in
# the login shell (all is done in a subshell) and cannot make a login fail.
case $- in
*i*)
	if [ -r /run/umm/banner ] && [ -t 1 ]; then
		(
			read -r login <"/proc/$PPID/comm" || exit 0
			case $login in
			sshd | sshd-session | dropbear | mosh-server | login | in.telnetd)
				command cat /run/umm/banner
				;;
			esac
		) 2>/dev/null || :
	fi
	;;
esac
