#!/bin/sh
# Installs or upgrades umm on a controller and makes /etc/umm.conf of the settings of the Fuel
# environment. Fuel runs it as root, by "sh install.sh" in the folder of the plugin's scripts, at
# each deployment: where all is as it should be, nothing is changed. What it says stands in the log
# of Fuel and in the syslog of the host; the last sentence before a failure tells why.
set -u
umask 022
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deployment_scripts/settings.sh
. "$here/settings.sh"
# shellcheck source=deployment_scripts/package.sh
. "$here/package.sh"

conf=/etc/umm.conf
old=/var/lib/umm/umm.conf.before-fuel

say() {
	echo "umm: $*"
	logger -t umm-install -- "$*" 2>/dev/null || :
}

fail() {
	say "cannot go on: $*" >&2
	exit 1
}

work=$(mktemp -d) || fail "there is no room for a temporary folder in ${TMPDIR:-/tmp}"
trap 'rm -rf "$work"' EXIT
# A shell ends by a signal without its EXIT.
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

# room FOLDER MIB: before anything is changed, so that a full disk leaves all as it was.
room() {
	free=$(df -Pk "$1" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9]*%.*/\1/p')
	case $free in
	'') fail "it cannot be told how much room $1 has; nothing was changed" ;;
	esac
	[ "$free" -ge "$(($2 * 1024))" ] || fail "$1 has $((free / 1024)) MiB left, and $2 are needed; nothing was changed"
}

# What fuel-umm, or somebody by hand, had configured is kept and told: from now on the settings hold.
take_over() {
	[ -e "$conf" ] && [ ! -e "$work/ours" ] || return 0
	(umask 077 && mkdir -p "${old%/*}" && cp "$conf" "$old") || fail "$conf cannot be copied to $old"
	say "$conf is taken over from $1 and is kept as $old; it said:" \
		"$(sed -n 's/^ *\([A-Z_]*=.*\)/\1/p' "$conf" | tr '\n' ' ')"
}

write_conf() {
	if cmp -s "$work/conf" "$conf"; then
		say "$conf is as the settings say"
		return 0
	fi
	# The next boot reads it whole, or as it was.
	{ cp "$work/conf" "$conf.new" && cmp -s "$work/conf" "$conf.new" && sync && mv -f "$conf.new" "$conf"; } || {
		rm -f "$conf.new"
		fail "$conf cannot be written; it is as it was"
	}
	say "$conf is written: $(grep '^[A-Z]' "$conf" | tr '\n' ' ')"
}

# What cannot be told from here, as which interface a later ssh connection takes, fails nothing.
check() {
	if [ "$maintenance" = no ]; then
		say "maintenance mode is disabled by the settings"
		return 0
	fi
	umm check >"$work/check" 2>&1
	checked=$?
	grep '^warn ' "$work/check" | sed 's/  */ /g' | while IFS= read -r line; do say "umm check: $line"; done
	[ "$checked" != 0 ] || return 0
	sed '/^ok /d; /^warn /d; s/  */ /g; s/^umm: //' "$work/check" >"$work/wrong" || fail "what umm check says cannot be kept in $work"
	while IFS= read -r line; do say "umm check: $line"; done <"$work/wrong"
	if grep -q '^fail ' "$work/wrong" || ! grep -q '^unknown ' "$work/wrong"; then
		fail "maintenance mode would not work on this host; mend what umm check says and deploy again"
	fi
}

# fuel-umm stays where umm could not take its place.
[ -n "$(init_system)" ] || fail "neither systemd nor Upstart runs this host, and umm needs one of them; nothing was changed"
# umm is 12 MiB, its package 5.
room "$work" 16
room /etc 1
room /usr 32
room /var/lib 16
read_settings
if ! settings_conf >"$work/conf" || ! tail -n 1 "$work/conf" | grep -q '^CATCH_EMERGENCY='; then
	fail "the configuration cannot be written to $work; nothing was changed"
fi
if grep -qs "^$mark" "$conf"; then
	: >"$work/ours" || fail "$work cannot be written to"
fi
owner=$(predecessor)
if [ -n "$owner" ] && [ -e "$work/ours" ]; then
	say "$owner is back: Fuel's own task umm has installed it again, as Fuel 8.0 does with task-based deployment" \
		"(class umm of fuel-library); umm takes its place once more, see docs/fuel.md of the plugin"
fi
before=$(installed)
take_over "${owner:-what was there before}"
install_package
after=$(installed)
[ -n "$after" ] || fail "the package umm is not installed, and nothing said why"
if [ "$before" = "$after" ]; then
	say "umm $after is installed"
else
	say "umm $after is installed${before:+, it was $before}${owner:+; it takes the place of $owner}"
fi
write_conf
check
say "done: $(umm status </dev/null 2>/dev/null)"
