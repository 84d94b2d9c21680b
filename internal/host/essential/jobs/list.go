package jobs

import "umm/internal/host/essential"

// entry is one line of what Upstart's hosts have beside essential.List.
type entry struct {
	// pattern is the name of a job or of an init script, or a shell glob of one.
	pattern string
	// why finishes the sentence "it is essential for ...".
	why string
	// when is essential.OnDemand for what maintenance mode leaves alone without starting it.
	when essential.When
}

const (
	whyNetwork = "the network"
	whyConsole = "a login on the console"
	whyDisks   = "disks that must not vanish under mounted file systems"
	whyUmm     = "maintenance mode itself"
)

// list is what essential.List does not name, of Ubuntu 12.04 to 14.10. What boots the host
// is never started by umm, and never stopped: much of it is a state that others wait
// for and no program.
var list = []entry{
	{"umm", whyUmm, essential.OnDemand},
	{"umm-healthy", "time in maintenance mode does not count as healthy", stop},
	{"umm-*", whyUmm, essential.OnDemand},

	{"network-interface*", whyNetwork, essential.OnDemand},
	{"networking", whyNetwork, essential.IfEnabled},
	{"openvswitch-force-reload-kmod", "Open vSwitch, which may carry the management network", essential.OnDemand},
	{"resolvconf", whyNetwork, essential.IfEnabled},
	{"vlan", whyNetwork, essential.IfEnabled},
	{"ifenslave", whyNetwork, essential.IfEnabled},
	{"multipath-tools*", whyDisks, essential.IfEnabled},
	{"lvm2*", whyDisks, essential.IfEnabled},
	{"mdadm*", whyDisks, essential.IfEnabled},
	{"cryptdisks*", whyDisks, essential.OnDemand},

	{"tty1", whyConsole, essential.Always},
	{"tty2", whyConsole, essential.Always},
	// Somebody may sit there when a running host is switched.
	{"tty[0-9]*", whyConsole, essential.OnDemand},
	{"tty[A-Z]*", whyConsole + ", a serial one", essential.IfEnabled},
	{"hvc*", whyConsole + ", the hypervisor's", essential.IfEnabled},
	{"xvc*", whyConsole + ", the hypervisor's", essential.IfEnabled},
	{"serial*", whyConsole + ", a serial one", essential.IfEnabled},
	// It would take the place of tty1 on a host that is no container.
	{"console", whyConsole + ", the container's", essential.OnDemand},

	// A task that the end of rc would start.
	{"plymouth-stop", "a console that the splash screen does not hide", essential.Always},
	{"rc", essential.EarlyBoot, essential.OnDemand},
	{"rc-sysinit", essential.EarlyBoot, essential.OnDemand},
	{"rcS", essential.EarlyBoot, essential.OnDemand},
	{"failsafe", essential.EarlyBoot, essential.OnDemand},
	{"friendly-recovery", essential.EarlyBoot, essential.OnDemand},
	{"mountall*", essential.EarlyBoot, essential.OnDemand},
	{"mounted-*", essential.EarlyBoot, essential.OnDemand},
	{"mount*.sh", essential.EarlyBoot, essential.OnDemand},
	{"check*.sh", essential.EarlyBoot, essential.OnDemand},
	{"bootmisc.sh", essential.EarlyBoot, essential.OnDemand},
	{"mtab.sh", essential.EarlyBoot, essential.OnDemand},
	{"udev*", essential.EarlyBoot, essential.OnDemand},
	{"upstart-udev-bridge", essential.EarlyBoot, essential.OnDemand},
	{"upstart-file-bridge", essential.EarlyBoot, essential.OnDemand},
	{"startpar-bridge", essential.EarlyBoot, essential.OnDemand},
	{"container-detect", essential.EarlyBoot, essential.OnDemand},
	{"cgmanager", essential.EarlyBoot, essential.OnDemand},
	{"cgproxy", essential.EarlyBoot, essential.OnDemand},
	{"cgroup-lite", essential.EarlyBoot, essential.OnDemand},
	{"hostname", essential.EarlyBoot, essential.OnDemand},
	{"hwclock*", essential.EarlyBoot, essential.OnDemand},
	{"kmod", essential.EarlyBoot, essential.OnDemand},
	{"module-init-tools", essential.EarlyBoot, essential.OnDemand},
	{"procps", essential.EarlyBoot, essential.OnDemand},
	{"plymouth*", essential.EarlyBoot, essential.OnDemand},
	{"setvtrgb", essential.EarlyBoot, essential.OnDemand},
	{"console-*", essential.EarlyBoot, essential.OnDemand},
	{"keyboard-setup", essential.EarlyBoot, essential.OnDemand},
	{"dmesg", essential.EarlyBoot, essential.OnDemand},
	{"flush-early-job-log", essential.EarlyBoot, essential.OnDemand},
	{"control-alt-delete", essential.EarlyBoot, essential.OnDemand},
	{"shutdown", essential.EarlyBoot, essential.OnDemand},
	{"wait-for-state", essential.EarlyBoot, essential.OnDemand},
	{"passwd", essential.EarlyBoot, essential.OnDemand},
	{"ureadahead*", essential.EarlyBoot, essential.OnDemand},
}

// stop is the condition of what maintenance mode ends; the reason is then why not.
const stop essential.When = -1

// early are the events of a boot before any service: what waits for nothing else is
// part of the boot, as what sysinit.target wants is on systemd.
var early = []string{"startup", "virtual-filesystems", "mounting", "mounted", "container", "not-container"}

// notStopped are init scripts that leave nothing running, though rc "stops" them.
var notStopped = []string{"sendsigs", "halt", "reboot", "killprocs", "single", "umountfs", "umountroot", "umountnfs.sh",
	"rc", "rcS", "rc.local", "rmnologin", "urandom", "skeleton", "README"}
