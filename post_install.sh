#!/bin/sh
# On the Fuel master, after the plugin is there or was updated: umm-cluster into the path, and a
# configuration that works. Part of the plugin's rpm. The plugin builder passes this file through
# rpm's macros, so it holds no sign of per cent.
plugin=/var/www/nailgun/plugins/umm-1.0

# put TARGET LINK: an own umm-cluster of the master, from its package or by hand, stays.
put() {
	case $(readlink "$2" 2>/dev/null) in
	/var/www/nailgun/plugins/umm-*) ;;
	*)
		if [ -e "$2" ] || [ -L "$2" ]; then
			echo "umm: $2 is there already and stays; the plugin has its own in $plugin/master" >&2
			return 0
		fi
		;;
	esac
	mkdir -p "$(dirname "$2")" && ln -sfn "$1" "$2" || echo "umm: $2 cannot be made" >&2
}

# The builder and rsync may have dropped it.
chmod 755 "$plugin/master/umm-cluster"
put "$plugin/master/umm-cluster" /usr/bin/umm-cluster
put "$plugin/master/umm-cluster.8.gz" /usr/share/man/man8/umm-cluster.8.gz
put "$plugin/master/umm-cluster.yaml.5.gz" /usr/share/man/man5/umm-cluster.yaml.5.gz
if [ ! -e /etc/umm-cluster.yaml ]; then
	cp "$plugin/master/umm-cluster.yaml" /etc/umm-cluster.yaml && chmod 644 /etc/umm-cluster.yaml
fi
:
