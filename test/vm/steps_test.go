//go:build e2e

package vm

import (
	"path/filepath"
	"slices"
	"strings"
)

// installed wants what the installation of the package has made of GRUB's menu.
func installed(m *machine) {
	m.ok("umm", "check")
	m.is(operational, 0, "", "")
	m.entryFollows()
	m.contains("umm status", m.ok("umm", "status", "-o", "json"), `"needed": "no"`)
}

// entryFollows wants the entry to start what the default entry starts, with the argument
// umm.
func (m *machine) entryFollows() {
	m.t.Helper()
	ours, theirs := m.kernelLine(entry), m.kernelLine("Debian GNU/Linux")
	if len(ours) == 0 || len(theirs) == 0 || ours[0] != theirs[0] || !slices.Contains(ours, "umm") {
		m.t.Fatalf("the entry starts %q, and the default %q", ours, theirs)
	}
	for _, word := range theirs {
		if !slices.Contains(ours, word) {
			m.t.Errorf("the entry has no %s of the default entry: %q", word, ours)
		}
	}
}

// chosen takes the entry of the menu, looks around, and leaves.
func (m *machine) chosen() {
	m.t.Helper()
	m.boots(m.reboot, entry)
	m.is(inMM, 0, "kernel-argument", "")
	words := strings.Fields(m.ok("cat", "/proc/cmdline"))
	for _, want := range m.kernelLine(entry)[1:] {
		if !slices.Contains(words, want) {
			m.t.Errorf("the kernel was not given %s: %q", want, words)
		}
	}
	m.contains("the kernel that runs", words[0], m.kernelLine(entry)[0])
	m.off()
}

// varOfItsOwn moves /var to a partition, and takes the entry of the menu.
func varOfItsOwn(m *machine) {
	m.sh("mkfs.ext4 -q /dev/vda4 && mount /dev/vda4 /mnt && cp -a /var/. /mnt/ && umount /mnt && echo '/dev/vda4 /var ext4 defaults 0 2' >>/etc/fstab")
	m.chosen()
	m.equal("what /var is on", m.ok("findmnt", "-n", "-o", "SOURCE", "/var"), "/dev/vda4")
	m.contains("history", m.ok("umm", "history"), "kernel argument", "left")
}

// command runs a command in maintenance mode.
// A program that takes more memory than the command may have is killed, and the command
// goes on: practice hosts have no limit on memory, and there it would be the tester's.
func command(m *machine) {
	const limit = "/etc/systemd/system/umm-command@.service.d/memory.conf"
	m.ok("sh", "-c", "mkdir -p "+filepath.Dir(limit)+"; printf '[Service]\\nMemoryMax=60M\\nMemorySwapMax=0\\n' >"+limit)
	m.boots(func() {
		m.dies("umm", "on", "--reason", "a new disk", "--", "sh", "-c", "findmnt -n -o SOURCE /var; systemctl is-active ssh; tail /dev/zero; echo $?; exit 7")
	}, "")
	m.is(inMM, 0, "operator", "")
	m.until("the command has ended", askTick, func() bool {
		c := m.status().Command
		return c != nil && c.State == "failed" && c.ExitCode != nil && *c.ExitCode == 7
	})
	m.equal("its output", m.ok("umm", "output"), "/dev/vda4\nactive\nKilled\n137")
	m.ok("rm", limit)
	m.off()
}

// cutAndPanic makes two boots unclean, each in a way of its own.
func cutAndPanic(m *machine) {
	m.boots(m.cut, "")
	m.is(operational, 1, "", "")
	m.boots(m.panics, "")
	m.is(inMM, 2, "unclean-boots", "2 unclean boots in a row")
	m.off()
}

func cutsToThreshold(m *machine)   { m.toThreshold(m.cut) }
func panicsToThreshold(m *machine) { m.toThreshold(m.panics) }

func (m *machine) toThreshold(how func()) {
	m.t.Helper()
	for i := range 2 {
		m.is(operational, i, "", "")
		m.boots(how, "")
	}
	m.is(inMM, 2, "unclean-boots", "2 unclean boots in a row")
	m.off()
}

// crashInMM wants that only the operator leads out of maintenance mode.
func crashInMM(m *machine) {
	m.boots(m.reboot, entry)
	for i, how := range []func(){m.cut, m.panics, m.reboot} {
		m.is(inMM, i, "kernel-argument", "")
		m.boots(how, "")
	}
	m.is(operational, 0, "", "")
}

// kexecOut leaves maintenance mode by a kernel that is given the arguments of the one that
// runs, as kexec --reuse-cmdline and Debian's LOAD_KEXEC do. Perl does what kexec-tools
// would: kexec_file_load(2) and, as systemd-shutdown has it done, reboot(2).
func kexecOut(m *machine) {
	m.boots(m.reboot, entry)
	m.is(inMM, 0, "kernel-argument", "")
	m.sh(`mkdir -p /etc/kernel/install.d
printf '#!/bin/sh\ncp /proc/cmdline /root/seen\n' >/etc/kernel/install.d/60-seen.install
chmod 755 /etc/kernel/install.d/60-seen.install
read -r words </proc/cmdline
kernel=${words%% *} kernel=/${kernel#*/}
[ -e "$kernel" ] || kernel=/boot$kernel
kernel-install add "$(uname -r)" "$kernel"`)
	running := " " + m.ok("cat", "/proc/cmdline") + " "
	m.contains("the kernel's arguments", running, " umm ")
	m.equal("what kernel-install makes an image of", " "+m.ok("cat", "/root/seen")+" ", strings.Replace(running, " umm ", " ", 1))
	m.sh("rm /etc/kernel/install.d/60-seen.install /root/seen; rmdir /etc/kernel/install.d || true")
	m.sh(`cat >/sbin/kexec <<'END'
#!/usr/bin/perl
syscall(169, 0xfee1dead, 672274793, 0x45584543);
END
chmod 755 /sbin/kexec
cat >/root/load <<'END'
use POSIX;
my ($kernel, $initrd, $words) = @ARGV;
my $k = POSIX::open($kernel, O_RDONLY) // die $!;
my $i = POSIX::open($initrd, O_RDONLY) // die $!;
syscall(320, $k, $i, 1 + length $words, "$words\0", 0) == 0 or die "kexec_file_load: $!";
END
read -r words </proc/cmdline
kernel=${words%% *} kernel=/${kernel#*/}
[ -e "$kernel" ] || kernel=/boot$kernel
perl /root/load "$kernel" "$(echo "$kernel" | sed s/vmlinuz/initrd.img/)" "${words#* }"`)
	m.boots(func() { m.sh("(sleep 1; systemctl kexec) </dev/null >/dev/null 2>&1 &") }, "")
	m.contains("the kernel's arguments", " "+m.ok("cat", "/proc/cmdline")+" ", " umm ")
	m.is(operational, 0, "", "")
	m.contains("history", m.ok("umm", "history"), "the kernel argument umm is left from the previous boot")
	m.sh("rm /sbin/kexec /root/load")
	m.boots(m.reboot, "")
	m.is(operational, 0, "", "")
}

// failsItsCheck breaks a file system such that fsck wants an operator.
func failsItsCheck(m *machine) {
	m.sh(`mkfs.ext4 -q /dev/vda5 && echo '/dev/vda5 /srv ext4 defaults 0 2' >>/etc/fstab
debugfs -w -R 'clri <2>' /dev/vda5 && debugfs -w -R 'set_super_value state 2' /dev/vda5`)
	m.boots(m.reboot, "")
	m.is(inMM, 0, "emergency", "/srv")
	m.fails(3, "/srv", "umm", "off")
	if _, code := m.try("fsck.ext4", "-y", "/dev/vda5"); code != 1 {
		m.t.Errorf("fsck ended with %d, want 1: errors corrected", code)
	}
	m.off()
	m.equal("what /srv is on", m.ok("findmnt", "-n", "-o", "SOURCE", "/srv"), "/dev/vda5")
}

// newKernel installs a kernel and removes the one that runs. The new one is a copy of the
// old under another name, made into a package as kernels come in.
func newKernel(m *machine) {
	old, newer := m.ok("uname", "-r"), "99.0.0-1-copy"
	m.sh(`set -e
old=` + old + ` new=` + newer + `
cd /root && mkdir -p k/DEBIAN k/boot
for f in vmlinuz initrd.img config; do cp /boot/$f-$old k/boot/$f-$new; done
# Another build, to whoever reads its head.
LC_ALL=C sed -i 's/ #1 SMP / #9 SMP /' k/boot/vmlinuz-$new
cat >k/DEBIAN/control <<END
Package: linux-image-$new
Version: 99
Architecture: amd64
Maintainer: nobody <nobody@example.org>
Description: a copy of a kernel
END
for hook in postinst postrm; do
	cat >k/DEBIAN/$hook <<END
#!/bin/sh
# The copied initramfs stays: only with that one's modules the copied kernel starts.
INITRD=No DEB_MAINT_PARAMS="\$*" exec run-parts --report --exit-on-error --arg=$new --arg=/boot/vmlinuz-$new /etc/kernel/$hook.d
END
	chmod 755 k/DEBIAN/$hook
done
dpkg-deb -Znone --build k k.deb
dpkg -i k.deb`)
	// It waits for its trial, and maintenance mode stays with the one that runs.
	m.old, m.new = old, newer
	m.waits()
	m.contains("umm status", m.ok("umm", "status", "-o", "json"), `"needed": "yes"`, "#9 SMP", "(#1 SMP")
	m.contains("grub.cfg", m.ok("cat", "/boot/grub/grub.cfg"), "vmlinuz-"+old)

	// The copy needs the old one's modules.
	m.sh(`set -e
old=` + old + `
mv /lib/modules/$old /root/modules
DEBIAN_FRONTEND=noninteractive apt-get -y remove linux-image-cloud-amd64 linux-image-$old 2>&1
rm -rf /lib/modules/$old
mkdir -p /lib/modules
mv /root/modules /lib/modules/$old`)
	if strings.Contains(m.ok("cat", "/boot/grub/grub.cfg"), old) {
		m.t.Errorf("grub.cfg still names the kernel %s", old)
	}
	m.equal("the kernel of the entry", m.kernelLine(entry)[0], "/boot/vmlinuz-"+newer)
	m.entryFollows()
	m.chosen()
}

// readOnlyRoot boots with a root file system that nobody can write to.
func readOnlyRoot(m *machine) {
	m.sh(`sed -i '/ \/ ext4/s/errors=remount-ro/ro/' /etc/fstab && grep -q ' / ext4 ro ' /etc/fstab`)
	m.boots(m.reboot, entry)
	m.contains("the options of /", m.ok("findmnt", "-n", "-o", "OPTIONS", "/"), "ro")
	m.is(inMM, 0, "kernel-argument", "")
	m.fails(3, "record", "umm", "check")
	m.sh(`mount -o remount,rw / && sed -i '/ \/ ext4/s/ext4 ro /ext4 errors=remount-ro /' /etc/fstab`)
	m.off()
}

// removed wants no trace of umm in GRUB's menu.
func removed(m *machine) {
	m.sh("dpkg --purge umm 2>&1")
	config := m.ok("cat", "/boot/grub/grub.cfg")
	if strings.Contains(config, entry) || strings.Contains(config, " umm") {
		m.t.Errorf("grub.cfg after the package is gone:\n%s", config)
	}
	m.ok("grub-script-check", "/boot/grub/grub.cfg")
	if out, _ := m.try("sh", "-c", "ls -d /etc/grub.d/*umm* /etc/kernel/*/*umm*"); strings.Contains(out, "\n/") || strings.HasPrefix(out, "/") {
		m.t.Errorf("left behind: %s", out)
	}
}
