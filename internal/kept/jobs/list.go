package jobs

import "umm/internal/kept"

// entry is one line of what Upstart's hosts have beside kept.List.
type entry struct {
	// pattern is the name of a job or of an init script, or a shell glob of one.
	pattern string
	// why finishes the sentence "it is kept for ...".
	why string
	// when is kept.OnDemand for what maintenance mode leaves alone without starting it.
	when kept.When
}

const (
	whyNetwork = "the network"
	whyConsole = "a login on the console"
	whyDisks   = "disks that must not vanish under mounted file systems"
	whyUmm     = "maintenance mode itself"
)

// list is what kept.List does not name, of Ubuntu 12.04 to 14.10. What boots the host
// is never started by umm, and never stopped: much of it is a state that others wait
// for and no program.
var list = []entry{
	{"umm", whyUmm, kept.OnDemand},
	{"umm-healthy", "time in maintenance mode makes no boot healthy", stop},
	{"umm-*", whyUmm, kept.OnDemand},

	{"network-interface*", whyNetwork, kept.OnDemand},
	{"networking", whyNetwork, kept.IfEnabled},
	{"openvswitch-force-reload-kmod", "Open vSwitch, which may carry the management network", kept.OnDemand},
	{"resolvconf", whyNetwork, kept.IfEnabled},
	{"vlan", whyNetwork, kept.IfEnabled},
	{"ifenslave", whyNetwork, kept.IfEnabled},
	{"multipath-tools*", whyDisks, kept.IfEnabled},
	{"lvm2*", whyDisks, kept.IfEnabled},
	{"mdadm*", whyDisks, kept.IfEnabled},
	{"cryptdisks*", whyDisks, kept.OnDemand},

	{"tty1", whyConsole, kept.Always},
	{"tty2", whyConsole, kept.Always},
	// Somebody may sit there when a running host is switched.
	{"tty[0-9]*", whyConsole, kept.OnDemand},
	{"tty[A-Z]*", whyConsole + ", a serial one", kept.IfEnabled},
	{"hvc*", whyConsole + ", the hypervisor's", kept.IfEnabled},
	{"xvc*", whyConsole + ", the hypervisor's", kept.IfEnabled},
	{"serial*", whyConsole + ", a serial one", kept.IfEnabled},
	// It would take the place of tty1 on a host that is no container.
	{"console", whyConsole + ", the container's", kept.OnDemand},

	// A task that the end of rc would start.
	{"plymouth-stop", "a console that the splash screen does not hide", kept.Always},
	{"rc", kept.EarlyBoot, kept.OnDemand},
	{"rc-sysinit", kept.EarlyBoot, kept.OnDemand},
	{"rcS", kept.EarlyBoot, kept.OnDemand},
	{"failsafe", kept.EarlyBoot, kept.OnDemand},
	{"friendly-recovery", kept.EarlyBoot, kept.OnDemand},
	{"mountall*", kept.EarlyBoot, kept.OnDemand},
	{"mounted-*", kept.EarlyBoot, kept.OnDemand},
	{"mount*.sh", kept.EarlyBoot, kept.OnDemand},
	{"check*.sh", kept.EarlyBoot, kept.OnDemand},
	{"bootmisc.sh", kept.EarlyBoot, kept.OnDemand},
	{"mtab.sh", kept.EarlyBoot, kept.OnDemand},
	{"udev*", kept.EarlyBoot, kept.OnDemand},
	{"upstart-udev-bridge", kept.EarlyBoot, kept.OnDemand},
	{"upstart-file-bridge", kept.EarlyBoot, kept.OnDemand},
	{"startpar-bridge", kept.EarlyBoot, kept.OnDemand},
	{"container-detect", kept.EarlyBoot, kept.OnDemand},
	{"cgmanager", kept.EarlyBoot, kept.OnDemand},
	{"cgproxy", kept.EarlyBoot, kept.OnDemand},
	{"cgroup-lite", kept.EarlyBoot, kept.OnDemand},
	{"hostname", kept.EarlyBoot, kept.OnDemand},
	{"hwclock*", kept.EarlyBoot, kept.OnDemand},
	{"kmod", kept.EarlyBoot, kept.OnDemand},
	{"module-init-tools", kept.EarlyBoot, kept.OnDemand},
	{"procps", kept.EarlyBoot, kept.OnDemand},
	{"plymouth*", kept.EarlyBoot, kept.OnDemand},
	{"setvtrgb", kept.EarlyBoot, kept.OnDemand},
	{"console-*", kept.EarlyBoot, kept.OnDemand},
	{"keyboard-setup", kept.EarlyBoot, kept.OnDemand},
	{"dmesg", kept.EarlyBoot, kept.OnDemand},
	{"flush-early-job-log", kept.EarlyBoot, kept.OnDemand},
	{"control-alt-delete", kept.EarlyBoot, kept.OnDemand},
	{"shutdown", kept.EarlyBoot, kept.OnDemand},
	{"wait-for-state", kept.EarlyBoot, kept.OnDemand},
	{"passwd", kept.EarlyBoot, kept.OnDemand},
	{"ureadahead*", kept.EarlyBoot, kept.OnDemand},
}

// stop is the condition of what maintenance mode ends; the reason is then why not.
const stop kept.When = -1

// early are the events of a boot before any service: what waits for nothing else is
// part of the boot, as what sysinit.target wants is on systemd.
var early = []string{"startup", "virtual-filesystems", "mounting", "mounted", "container", "not-container"}

// notStopped are init scripts that leave nothing running, though rc "stops" them.
var notStopped = []string{"sendsigs", "halt", "reboot", "killprocs", "single", "umountfs", "umountroot", "umountnfs.sh",
	"rc", "rcS", "rc.local", "rmnologin", "urandom", "skeleton", "README"}
