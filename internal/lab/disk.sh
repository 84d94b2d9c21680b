# shellcheck shell=sh
# Makes the disk that machines of one image start with; run by lab.EnsureDisk, in mount
# and process namespaces of its own.
#
# usage: disk.sh DISK ROOT
#
# ROOT is the folder of an image with a kernel and GRUB, and is not written to. The disk
# boots by BIOS and by UEFI; GRUB and the kernel speak on the first serial port. Its
# partitions: GRUB's core, the EFI system partition, the root file system, and two that
# are free, of 512 and 64 MiB. DISK appears only when it is complete.
set -eu
disk=$1 root=$2
part=$disk.part work=$disk.work
core=2048 esp=4096 rootfs=36864 rootfs_size=4194304 # sectors
uuid=$(cat /proc/sys/kernel/random/uuid)

exec 9>"$disk.lock"
flock 9
[ ! -e "$disk" ] || exit 0
rm -rf --one-file-system "$part" "$work"
new=$work/root
trap 'umount -R "$new" 2>/dev/null || :; rm -rf --one-file-system "$part" "$work"' EXIT

mkdir -p "$work/upper" "$work/work" "$new"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$new"
mount -t proc proc "$new/proc"
mount -t tmpfs tmpfs "$new/dev"
cp -a /dev/null /dev/zero /dev/urandom "$new/dev/"

cat >"$new/etc/fstab" <<END
UUID=$uuid / ext4 errors=remount-ro 0 1
END
# Work that nobody here needs done, and that takes an emulated machine long: at boot, and
# at every login.
ln -s /dev/null "$new/etc/systemd/system/e2scrub_reap.service"
ln -s /dev/null "$new/etc/systemd/system/user@.service"
cat >"$new/etc/systemd/network/10-host0.link" <<END
[Match]
Driver=virtio_net
[Link]
Name=host0
END
# norandmaps: QEMU need not translate a program again each time that it is run.
cat >"$new/etc/default/grub" <<END
GRUB_DEFAULT=0
GRUB_TIMEOUT=2
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=quiet
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200 panic=1 norandmaps mitigations=off"
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
END
# Firmware for UEFI reads the serial port as well, and of two readers each gets half the keys.
cat >"$new/etc/grub.d/01_keys" <<'END'
#!/bin/sh
echo 'if [ "$grub_platform" = efi ]; then terminal_input console; fi'
END
chmod 755 "$new/etc/grub.d/01_keys"

# An initramfs with what this machine needs, not what any might: it is read by the BIOS.
sed -i 's/^MODULES=.*/MODULES=list/' "$new/etc/initramfs-tools/initramfs.conf"
printf '%s\n' virtio_pci virtio_blk ext4 >>"$new/etc/initramfs-tools/modules"
chroot "$new" update-initramfs -u -k all

# grub-install and grub-mkconfig ask for devices that are not there yet.
for platform in i386-pc x86_64-efi; do
	mkdir -p "$new/boot/grub/$platform"
	cp "$new/usr/lib/grub/$platform"/*.mod "$new/usr/lib/grub/$platform"/*.lst "$new/boot/grub/$platform/"
done
prefix='(hd0,gpt3)/boot/grub'
chroot "$new" grub-mkimage -O i386-pc -p "$prefix" -o /boot/grub/i386-pc/core.img biosdisk part_gpt ext2
chroot "$new" grub-mkimage -O x86_64-efi -p "$prefix" -o /boot/grub/x86_64-efi/core.efi part_gpt ext2
mkdir -p "$new/dev/disk/by-uuid"
touch "$new/dev/vda3" "$new/dev/disk/by-uuid/$uuid"
cat >"$new/dev/probe" <<END
#!/bin/sh
case "\$*" in
*--target=device*) echo /dev/vda3 ;;
*--target=fs_uuid*) echo $uuid ;;
*--target=fs*) echo ext2 ;;
*--target=partmap*) echo gpt ;;
*--target=compatibility_hint*) echo hd0,gpt3 ;;
esac
END
chmod 755 "$new/dev/probe"
mount --bind "$new/dev/probe" "$new/usr/sbin/grub-probe"
chroot "$new" grub-mkconfig -o /boot/grub/grub.cfg
umount "$new/usr/sbin/grub-probe" "$new/dev" "$new/proc"

truncate -s 3G "$part"
sfdisk --quiet "$part" <<END
label: gpt
start=$core, size=2048, type=21686148-6449-6E6F-744E-656564454649
start=$esp, size=32768, type=U
start=$rootfs, size=$rootfs_size
size=512M
size=64M
END
mkfs.ext4 -q -F -U "$uuid" -d "$new" -E "offset=$((rootfs * 512))" "$part" $((rootfs_size / 2))k

# put SECTOR OFFSET: writes its input there.
put() { dd of="$part" bs=1 seek=$(($1 * 512 + $2)) conv=notrunc status=none; }
boot=$new/boot/grub
dd if="$new/usr/lib/grub/i386-pc/boot.img" bs=440 count=1 status=none | put 0 0
printf '\000\010\000\000\000\000\000\000' | put 0 92 # where the core begins: at sector 2048
dd if="$boot/i386-pc/core.img" of="$part" bs=512 seek=$core conv=notrunc status=none
printf '\001\010\000\000\000\000\000\000' | put $core 500 # and where it goes on

mkfs.vfat -F 16 -n ESP --offset $esp "$part" 16384 >/dev/null
mmd -i "$part@@$((esp / 2))k" ::/EFI ::/EFI/BOOT
mcopy -i "$part@@$((esp / 2))k" "$boot/x86_64-efi/core.efi" ::/EFI/BOOT/BOOTX64.EFI
umount "$new"
mv "$part" "$disk"
