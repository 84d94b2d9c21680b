# shellcheck shell=sh disable=SC2154 # work and before are those of install.sh
# The package umm from the repository of the plugin, which Fuel has written down on the host before.
# Sourced by install.sh.

# init_system is what runs the host, of what umm knows; nothing where that is neither. CentOS 6 has
# an Upstart of another kind.
init_system() {
	if [ -d /run/systemd/system ]; then
		echo systemd
	elif [ -e /etc/init/rc-sysinit.conf ]; then
		case $(initctl version 2>/dev/null) in *"(upstart "*) echo Upstart ;; esac
	fi
}

# installed is the version of umm that is there; nothing where there is none.
installed() {
	if command -v apt-get >/dev/null; then
		dpkg-query -W -f '${Status} ${Version}\n' umm 2>/dev/null | sed -n 's/^install ok installed //p'
	else
		rpm -q --qf '%{VERSION}-%{RELEASE}\n' umm 2>/dev/null | grep -v 'not installed'
	fi
}

# predecessor is fuel-umm with its version where it is installed.
predecessor() {
	if command -v apt-get >/dev/null; then
		dpkg-query -W -f '${Status} fuel-umm ${Version}\n' fuel-umm 2>/dev/null | sed -n 's/^install ok installed //p'
	else
		rpm -q --qf '%{NAME} %{VERSION}\n' fuel-umm 2>/dev/null | grep '^fuel-umm '
	fi
}

install_package() {
	if command -v apt-get >/dev/null; then
		by_apt
	elif command -v yum >/dev/null; then
		by_yum
	else
		fail "there is neither apt-get nor yum on this host"
	fi
}

# tell shows the end of what a failed package manager said.
tell() {
	tail -n 15 "$work/said" | while IFS= read -r line; do say "  $line" >&2; done
}

# one OF FILES: the first that exists, since a pattern without a match stands for itself.
one() {
	[ -e "$1" ] && echo "$1"
}

# Only the plugin's repository is asked, with lists and a cache of its own: apt has nothing to choose
# from, believes no list that it read before, and the host's own lists stay as they are. The
# repository is not signed: old apt wants AllowUnauthenticated, new apt that it may be insecure; each
# knows its own and passes over the other's.
by_apt() {
	list=$(one /etc/apt/sources.list.d/umm-1.0*.list) ||
		fail "Fuel has not written the plugin's repository to /etc/apt/sources.list.d"
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
	# apt PREFIX WORDS
	apt() {
		prefix=$1
		shift
		# shellcheck disable=SC2086 # it is several words, or none
		DEBIAN_FRONTEND=noninteractive $prefix apt-get -q -y -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- \
			-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o DPkg::Lock::Timeout=120 \
			-o Acquire::http::Timeout=15 -o Acquire::Retries=1 \
			-o Acquire::AllowInsecureRepositories=1 -o APT::Get::AllowUnauthenticated=1 "$@" </dev/null >"$work/said" 2>&1
	}
	# To apt a repository that does not answer is a warning.
	# A master that does not answer must not hold the deployment up.
	if ! apt "timeout -k 10 60" update || grep -Eq '^(Err|W: Failed to fetch)' "$work/said"; then
		tell
		fail "apt-get cannot read the plugin's repository that $list names: does the master answer?"
	fi
	apt "timeout -k 10 120" --download-only install umm || {
		tell
		fail "apt-get cannot fetch umm from the plugin's repository that $list names within two minutes; nothing was changed"
	}
	# What is fetched is installed, and dpkg at work is not broken off.
	apt "" -o Dpkg::Options::=--force-confold install umm || {
		tell
		fail "apt-get cannot install umm, see above"
	}
}

by_yum() {
	repo=$(one /etc/yum.repos.d/umm-1.0*.repo) ||
		fail "Fuel has not written the plugin's repository to /etc/yum.repos.d"
	yum_of() {
		yum -q -y --setopt=timeout=15 --setopt=retries=2 --disablerepo='*' --enablerepo='umm-1.0*' "$@" </dev/null >"$work/said" 2>&1
	}
	yum_of clean metadata
	verb=install
	[ -z "$before" ] || verb=update
	yum_of "$verb" umm || {
		tell
		fail "yum cannot install umm from the plugin's repository that $repo names, see above"
	}
}
