#!/bin/sh
# On the Fuel master, before the last version of the plugin goes: what post_install.sh made goes, and
# what umm-cluster has written. Part of the plugin's rpm, within an "if"; no sign of per cent here.
plugin=/var/www/nailgun/plugins/umm-1.0

if [ "$(readlink /usr/bin/umm-cluster)" = "$plugin/master/umm-cluster" ]; then
	# The journal of a run says what is in force on the controllers: it must not go before that does.
	# One that is damaged has no end either. An empty one is of a run that did not begin.
	configured=$("$plugin/master/umm-cluster" config | sed -n 's/^state_dir  *\([^ ]*\)  *.*/\1/p')
	for journal in /var/lib/umm-cluster/runs/*.journal "${configured:-/var/lib/umm-cluster}"/runs/*.journal; do
		if [ -e "$journal" ] && tr -d '\0' <"$journal" | grep -q . && ! grep -aq '"kind":"ended"' "$journal"; then
			echo "umm: the plugin cannot be removed: a run of umm-cluster has not come to its end: $journal" >&2
			echo "umm: umm-cluster resume goes on with it, umm-cluster abort undoes it; what cannot be read" >&2
			echo "umm: tells of nothing any more: look at the controllers, umm-cluster up, and remove it." >&2
			# fuel plugins --remove asks Nailgun first, and then yum.
			echo "umm: After that: yum remove umm-1.0; Nailgun may have forgotten the plugin by now" >&2
			exit 1
		fi
	done
	rm -f /usr/bin/umm-cluster
	rm -rf /var/lib/umm-cluster
	if grep -qs '^# Written by the Fuel plugin umm' /etc/umm-cluster.yaml; then
		rm -f /etc/umm-cluster.yaml
	fi
fi
for page in man8/umm-cluster.8.gz man5/umm-cluster.yaml.5.gz; do
	case $(readlink "/usr/share/man/$page") in
	"$plugin"/*) rm -f "/usr/share/man/$page" ;;
	esac
done
:
