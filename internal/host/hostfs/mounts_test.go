package hostfs_test

import (
	"testing"

	"umm/internal/host/hostfs"
	"umm/internal/host/hostfs/hosttree"
)

func TestLasts(t *testing.T) {
	for _, c := range []struct {
		name, mounts string
		lasts, sure  bool
	}{
		{"a disk", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /tmp rw - tmpfs tmpfs rw\n", true, true},
		{"overlayroot=tmpfs", "1 0 0:20 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,workdir=/media/root-rw/overlay-workdir/_\n" +
			"2 1 8:1 / /media/root-ro ro - ext4 /dev/sda1 ro\n3 1 0:21 / /media/root-rw rw - tmpfs tmpfs-root rw\n", false, true},
		{"overlayroot on a disk", "1 0 0:20 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay\n" +
			"2 1 8:1 / /media/root-ro ro - ext4 /dev/sda1 ro\n3 1 8:2 / /media/root-rw rw - ext4 /dev/sdb1 rw\n", true, true},
		{"systemd.volatile=overlay", "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/sysroot,upperdir=/run/systemd/overlay-sysroot/upper\n2 1 0:21 / /run rw - tmpfs tmpfs rw\n", false, true},
		{"systemd.volatile=yes", "1 0 0:20 / / rw - tmpfs none rw\n", false, true},
		{"Ubuntu 14.04's overlayfs", "1 0 0:20 / / rw - overlayfs overlayroot rw,lowerdir=/r,upperdir=/media/root-rw/overlay\n3 1 0:21 / /media/root-rw rw - tmpfs t rw\n", false, true},
		{"aufs of a live system", "1 0 0:20 / / rw - aufs aufs rw,br=/cow=rw:/ro=ro\n3 1 0:21 / /cow rw - tmpfs t rw\n", false, true},
		{"an upper folder that is not to be seen", "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/cow/upper\n", true, false},
		{"no upper folder is told", "1 0 0:20 / / rw - overlay overlay rw\n", true, false},
		{"/etc alone is in memory", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /etc rw - tmpfs tmpfs rw\n", false, true},
		{"a later mount covers", "1 0 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n", true, true},
		{"nothing is known", "", true, false},
	} {
		mounts := hostfs.New(hosttree.Make(t, hosttree.Tree{"proc/self/mountinfo": c.mounts})).Mounts()
		lasts, sure, why := hostfs.Lasts(mounts, "/etc/umm")
		if lasts != c.lasts || sure != c.sure || (why == "") != (lasts && sure) {
			t.Errorf("%s: lasts %v, sure %v, %q", c.name, lasts, sure, why)
		}
	}
}
