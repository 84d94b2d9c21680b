package essential_test

import (
	"slices"
	"testing"

	"umm/internal/host/essential"
	"umm/internal/host/hostfs/hosttree"
)

// Until 253 an isolate stops a service that only a kept socket triggers: iscsid under
// mounted disks, dbus, which logind does not find again, and the connection that the
// operator has come by.
func TestLeaveRunning(t *testing.T) {
	u, p := plan(t, hosttree.Units(
		"iscsid.socket < sockets.target", "iscsid.service", "iscsi-init.service", "dbus.socket < sockets.target", "dbus.service",
		"sshd.socket < sockets.target", "sshd@.service", "systemd-logind.service < multi-user.target", "acpid.path < paths.target", "acpid.service",
		"rsyslog.service < multi-user.target", "udevd.service < sysinit.target", "udevd.socket < sysinit.target", "early.socket < sysinit.target", "early.service",
		"docker.socket < sockets.target", "docker.service", "NetworkManager-dispatcher.service", "sysinit.target", "multi-user.target",
	).With(hosttree.Tree{
		"usr/lib/systemd/system/sshd.socket":    "[Socket]\nListenStream=22\nAccept=yes\n",
		"usr/lib/systemd/system/iscsid.socket":  "[Socket]\nListenStream=@iscsi\n",
		"usr/lib/systemd/system/iscsid.service": "[Unit]\nRequires=iscsi-init.service\n[Service]\nExecStart=/sbin/iscsid\n",
	}))
	got := essential.LeaveRunning(u, p)
	want := []string{"NetworkManager-dispatcher.service", "acpid.service", "dbus.service", "early.service", "iscsi-init.service", "iscsid.service", "sshd@.service"}
	if !slices.Equal(got, want) {
		t.Errorf("spared are %q, want %q", got, want)
	}
}
