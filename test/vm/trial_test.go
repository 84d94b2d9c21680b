//go:build e2e

package vm

import (
	"os"
	"slices"
	"strings"
)

// waitsForTrial installs a kernel of Debian's that is newer than the one of the machine, which waits
// for its trial then.
func waitsForTrial(m *machine) {
	m.sh("sed -i 's/^COUNTER_RESET_TIME=.*/COUNTER_RESET_TIME=1/' /etc/umm.conf")
	m.old = m.ok("uname", "-r")
	var file string
	file, m.new = newerKernel(m.ctx, m.t, m.old)
	data, err := os.ReadFile(file)
	m.must(err)
	m.copies(data, newKernelDeb)
	m.t.Logf("dpkg -i says\n%s", m.sh("dpkg -i "+newKernelDeb+" 2>&1 </dev/null && rm "+newKernelDeb))
	m.waits()
}

// waits wants the new kernel to wait for its trial.
func (m *machine) waits() {
	m.t.Helper()
	m.contains("umm status", m.ok("umm", "status", "-o", "json"), `"state": "waiting"`, `"kernel": "`+m.new+`"`, `"kept": "`+m.old+`"`)
	m.contains("the environment block", m.ok("grub-editenv", "/boot/grub/grubenv", "list"), "umm_try="+m.new, "umm_keep=gnulinux-advanced-")
	m.contains("the entry for maintenance mode", m.kernelLine(entry)[0], m.old)
}

// again has the kernel's hooks run once more, as where its package is installed again.
func (m *machine) again() {
	m.t.Helper()
	m.sh("INITRD=No run-parts --arg=" + m.new + " --arg=/boot/vmlinuz-" + m.new + " /etc/kernel/postinst.d 2>&1")
	m.waits()
}

// runs wants which kernel runs, in an ordinary boot of the host.
func (m *machine) runs(kernel string) {
	m.t.Helper()
	m.equal("the kernel that runs", m.ok("uname", "-r"), kernel)
	m.is(operational, 0, "", "")
}

// failedTrial wants the host back on its old kernel by itself, and that it stays so.
func (m *machine) failedTrial(why string) {
	m.t.Helper()
	m.runs(m.old)
	m.until("the trial has failed", askTick, func() bool {
		t := m.status().Trial
		return t != nil && t.State == "failed"
	})
	s := m.status()
	if !s.Returned() || s.Trial.Kernel != m.new || !strings.Contains(s.Trial.Why, why) {
		m.t.Errorf("the trial is %+v, want %q", *s.Trial, why)
	}
	m.contains("umm history", m.ok("umm", "history"), "the kernel "+m.new+" failed its trial", why, "back on the kernel "+m.old)
	m.boots(m.reboot, "")
	m.runs(m.old)
	if s := m.status(); s.Trial == nil || s.Returned() {
		m.t.Errorf("one boot later the status is %+v", s)
	}
}

// brokenInitramfs boots a kernel whose initramfs cannot be unpacked.
func brokenInitramfs(m *machine) {
	m.sh("cp /boot/initrd.img-" + m.new + " /root/initrd && head -c 100000 /dev/urandom >/boot/initrd.img-" + m.new)
	m.boots(m.reboot, "")
	m.failedTrial("panicked, hung or lost power early")
	m.sh("mv /root/initrd /boot/initrd.img-" + m.new)
}

// missingInitramfs boots a kernel that GRUB cannot load.
func missingInitramfs(m *machine) {
	m.sh("mv /boot/initrd.img-" + m.new + " /root/initrd")
	m.boots(m.reboot, "")
	m.failedTrial("panicked, hung or lost power early")
	m.sh("mv /root/initrd /boot/initrd.img-" + m.new)
}

// latePanic boots a kernel that panics once all is started.
func latePanic(m *machine) {
	// What is documented for another try.
	m.sh("dpkg-reconfigure linux-image-" + m.new + " 2>&1")
	m.waits()
	m.sh(`cat >/etc/systemd/system/late.service <<'END'
[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/sh -c '[ "$(uname -r)" != ` + m.new + ` ] || { echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; }'
[Install]
WantedBy=multi-user.target
END
systemctl enable late.service 2>&1`)
	m.boots(m.reboot, "")
	m.failedTrial("stopped unexpectedly")
	m.sh("systemctl disable late.service 2>&1; rm /etc/systemd/system/late.service")
}

// cutInTrial lets the power go in the trial's boot.
func cutInTrial(m *machine) {
	m.again()
	m.boots(m.reboot, "")
	m.equal("the kernel that runs", m.ok("uname", "-r"), m.new)
	m.boots(m.cut, "")
	m.failedTrial("stopped unexpectedly")
}

// unhealthy boots a kernel with which a health check fails: umm reboots the machine.
func unhealthy(m *machine) {
	m.again()
	m.sh(`printf '#!/bin/sh\n[ "$(uname -r)" != ` + m.new + ` ]\n' >/etc/umm/health.d/kernel && chmod 755 /etc/umm/health.d/kernel`)
	m.boots(m.reboot, "")
	m.equal("the kernel that runs", m.ok("uname", "-r"), m.new)
	m.boots(func() {}, "")
	m.failedTrial("in /etc/umm/health.d, kernel failed with exit status 1")
	m.sh("rm /etc/umm/health.d/kernel")
}

// goodTrial boots the kernel, which becomes the default once that boot is healthy.
func goodTrial(m *machine) {
	m.again()
	m.boots(m.reboot, "")
	m.equal("the kernel that runs", m.ok("uname", "-r"), m.new)
	m.contains("the kernel's arguments", m.ok("cat", "/proc/cmdline"), "umm.trial", "panic=10")
	m.until("the trial has ended", askTick, func() bool { return m.status().Trial == nil })
	m.contains("umm history", m.ok("umm", "history"), "the kernel "+m.new+" was healthy")
	// The new kernel is the default at once; update-grub takes its time.
	m.until("grub.cfg is as without a trial", askTick, func() bool {
		return !strings.Contains(m.ok("cat", "/boot/grub/grub.cfg"), "umm_keep")
	})
	m.boots(m.reboot, "")
	m.runs(m.new)
	if words := strings.Fields(m.ok("cat", "/proc/cmdline")); slices.Contains(words, "umm.trial") {
		m.t.Errorf("the kernel's arguments are %q", words)
	}
	m.entryFollows()
}
