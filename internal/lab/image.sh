# shellcheck shell=sh
# Builds one root file system of practice hosts; run by lab.EnsureImage.
#
# usage: image.sh FOLDER SUITE MIRROR PACKAGES [MMDEBSTRAP-OPTION...]
#
# FOLDER appears only when it is complete. The lock is inherited by everything
# that is started here, so a build that outlives its caller keeps others out.
set -eu
folder=$1 suite=$2 mirror=$3 packages=$4
shift 4

exec 9>"$folder.lock"
flock 9
[ ! -d "$folder" ] || exit 0
rm -rf --one-file-system "$folder.part"
trap 'rm -rf --one-file-system "$folder.part"' EXIT

mmdebstrap --mode=root --variant=minbase --components=main --include="$packages" \
	"$@" "$suite" "$folder.part" "$mirror"

cd "$folder.part"
# What differs from host to host is made by lab.Up.
rm -f etc/ssh/ssh_host_* etc/machine-id etc/hostname etc/resolv.conf
: >etc/machine-id
: >etc/resolv.conf
mkdir -p var/log/journal
# A practice host reaches no archive.
rm -f etc/systemd/system/timers.target.wants/apt-daily*.timer
rm -rf var/lib/apt/lists/* var/cache/apt/*.bin
cd /
mv "$folder.part" "$folder"
