package essential

// Entry is one line of the list: which units are essential, and
// what for.
type Entry struct {
	// Pattern is a unit name or a shell glob of one.
	Pattern string
	// Why finishes the sentence "it is essential for ...".
	Why string
	// When tells under which condition a unit that matches is started.
	When When
}

// When is the condition of an Entry.
type When int

const (
	// IfEnabled starts the unit where the host has it enabled.
	IfEnabled When = iota
	// Always starts the unit wherever it exists, enabled or not.
	Always
	// OnDemand never starts the unit, but leaves it to be started by its socket,
	// by a call on the bus or by udev.
	OnDemand
)

// Reasons that several entries share.
const (
	whyLogin    = "remote login"
	whyNetwork  = "the network"
	whyFirewall = "the firewall, so that the host is never less protected"
	whyAccounts = "accounts and logins"
	whyConsole  = "a login on the console"
	whyLog      = "the log"
	whyClock    = "the clock"
	whyDisks    = "disks that must not vanish under mounted file systems"
	whyFS       = "local file systems"
	whyBus      = "the system bus"
	whyTools    = "hostnamectl, timedatectl and localectl"
	whyCloud    = "access from the hypervisor or the cloud"
	whyHardware = "hardware monitoring"
	whyEntropy  = "random numbers for ssh"
	whyCrash    = "crash dumps, while something is wrong with the host"
	whyMenu     = "the boot menu: Ubuntu's GRUB would wait there at the next boot"
)

// List is the built-in list. What is not in it, not in KEEP_UNITS of /etc/umm.conf
// and not needed by something essential does not run in maintenance mode. remote-fs
// is never in it: a file server that does not answer must not hold up the way in.
var List = []Entry{
	{"ssh.service", whyLogin, IfEnabled},
	{"ssh.socket", whyLogin, IfEnabled},
	{"sshd.service", whyLogin, IfEnabled},
	{"sshd.socket", whyLogin, IfEnabled},
	{"sshd-keygen*.service", whyLogin, IfEnabled},
	{"dropbear.service", whyLogin, IfEnabled},
	{"dropbear.socket", whyLogin, IfEnabled},
	{"tinyssh*.service", whyLogin, IfEnabled},
	{"tinyssh*.socket", whyLogin, IfEnabled},

	{"networking.service", whyNetwork, IfEnabled},
	{"ifupdown-pre.service", whyNetwork, IfEnabled},
	{"ifup@*.service", whyNetwork, IfEnabled},
	{"network.service", whyNetwork, IfEnabled},
	{"systemd-networkd.service", whyNetwork, IfEnabled},
	{"systemd-networkd*.socket", whyNetwork, IfEnabled},
	{"systemd-network-generator.service", whyNetwork, IfEnabled},
	{"systemd-resolved.service", whyNetwork, IfEnabled},
	{"systemd-resolved*.socket", whyNetwork, IfEnabled},
	{"netplan-ovs-*.service", whyNetwork, IfEnabled},
	{"netplan-wpa-*.service", whyNetwork, IfEnabled},
	{"NetworkManager.service", whyNetwork, IfEnabled},
	{"network-manager.service", whyNetwork, IfEnabled},
	{"NetworkManager-dispatcher.service", whyNetwork, OnDemand},
	{"nm-priv-helper.service", whyNetwork, OnDemand},
	{"wpa_supplicant*.service", whyNetwork, IfEnabled},
	{"iwd.service", whyNetwork, IfEnabled},
	{"ModemManager.service", whyNetwork, IfEnabled},
	{"dhcpcd*.service", whyNetwork, IfEnabled},
	{"connman.service", whyNetwork, IfEnabled},
	{"resolvconf.service", whyNetwork, IfEnabled},
	{"openvswitch-switch.service", "Open vSwitch, which may carry the management network", IfEnabled},
	{"openvswitch.service", "Open vSwitch, which may carry the management network", IfEnabled},
	{"ovsdb-server.service", "Open vSwitch, which may carry the management network", IfEnabled},
	{"ovs-vswitchd.service", "Open vSwitch, which may carry the management network", IfEnabled},
	{"teamd@*.service", "teamed interfaces", IfEnabled},
	{"rdma.service", "InfiniBand interfaces", IfEnabled},
	{"openibd.service", "InfiniBand interfaces", IfEnabled},

	{"nftables.service", whyFirewall, IfEnabled},
	{"ufw.service", whyFirewall, IfEnabled},
	{"firewalld.service", whyFirewall, IfEnabled},
	{"netfilter-persistent.service", whyFirewall, IfEnabled},
	{"iptables*.service", whyFirewall, IfEnabled},
	{"ip6tables.service", whyFirewall, IfEnabled},
	{"ebtables.service", whyFirewall, IfEnabled},
	{"arptables.service", whyFirewall, IfEnabled},
	{"ipset.service", whyFirewall, IfEnabled},
	{"shorewall*.service", whyFirewall, IfEnabled},
	{"ferm.service", whyFirewall, IfEnabled},
	{"firehol.service", whyFirewall, IfEnabled},
	{"fireqos.service", whyFirewall, IfEnabled},
	{"arno-iptables-firewall.service", whyFirewall, IfEnabled},
	{"csf.service", whyFirewall, IfEnabled},
	{"lfd.service", whyFirewall, IfEnabled},
	{"apf.service", whyFirewall, IfEnabled},
	{"uif.service", whyFirewall, IfEnabled},
	{"vuurmuur.service", whyFirewall, IfEnabled},
	{"nftables-persistent.service", whyFirewall, IfEnabled},
	{"firewall.service", whyFirewall, IfEnabled},
	{"fail2ban.service", whyFirewall, IfEnabled},
	{"sshguard.service", whyFirewall, IfEnabled},
	{"apparmor.service", "the confinement of what runs", IfEnabled},

	{"systemd-user-sessions.service", "logins of users other than root", Always},
	{"systemd-logind.service", whyAccounts, IfEnabled},
	{"dbus.service", whyBus, IfEnabled},
	{"dbus.socket", whyBus, IfEnabled},
	{"dbus-broker.service", whyBus, IfEnabled},
	{"systemd-hostnamed.*", whyTools, OnDemand},
	{"systemd-timedated.service", whyTools, OnDemand},
	{"systemd-localed.service", whyTools, OnDemand},
	{"sssd.service", whyAccounts, IfEnabled},
	{"sssd-*.service", whyAccounts, OnDemand},
	{"sssd-*.socket", whyAccounts, IfEnabled},
	{"nslcd.service", whyAccounts, IfEnabled},
	{"nscd.service", whyAccounts, IfEnabled},
	{"unscd.service", whyAccounts, IfEnabled},
	{"winbind.service", whyAccounts, IfEnabled},
	{"ypbind.service", whyAccounts, IfEnabled},
	{"nis.service", whyAccounts, IfEnabled},
	{"systemd-userdbd.service", whyAccounts, IfEnabled},
	{"systemd-userdbd.socket", whyAccounts, IfEnabled},
	{"systemd-homed*.service", whyAccounts, IfEnabled},

	{"getty.target", whyConsole + ", serial ones included", IfEnabled},
	{"getty@tty2.service", whyConsole, Always},
	{"console-setup.service", whyConsole, IfEnabled},
	{"plymouth-quit.service", "a console that the splash screen does not hide", IfEnabled},
	{"plymouth-quit-wait.service", "a console that the splash screen does not hide", IfEnabled},

	{"systemd-journald*", whyLog, IfEnabled},
	{"rsyslog.service", whyLog, IfEnabled},
	{"syslog.socket", whyLog, OnDemand},
	{"syslog-ng.service", whyLog, IfEnabled},
	{"auditd.service", whyLog, IfEnabled},
	{"audit-rules.service", whyLog, IfEnabled},

	{"chrony.service", whyClock, IfEnabled},
	{"chronyd.service", whyClock, IfEnabled},
	{"ntp.service", whyClock, IfEnabled},
	{"ntpd.service", whyClock, IfEnabled},
	{"ntpsec.service", whyClock, IfEnabled},
	{"openntpd.service", whyClock, IfEnabled},
	{"systemd-timesyncd.service", whyClock, IfEnabled},

	{"multipathd.service", whyDisks, IfEnabled},
	{"multipathd.socket", whyDisks, IfEnabled},
	{"iscsid.service", whyDisks, IfEnabled},
	{"iscsid.socket", whyDisks, IfEnabled},
	{"iscsiuio.socket", whyDisks, IfEnabled},
	{"iscsi.service", whyDisks, IfEnabled},
	{"iscsi-shutdown.service", whyDisks, IfEnabled},
	{"open-iscsi.service", whyDisks, IfEnabled},
	{"fcoe.service", whyDisks, IfEnabled},
	{"lldpad.service", whyDisks, IfEnabled},
	{"lldpad.socket", whyDisks, IfEnabled},
	{"nvmf-autoconnect.service", whyDisks, IfEnabled},
	{"blk-availability.service", whyDisks, IfEnabled},
	{"lvm2-*.service", whyDisks, IfEnabled},
	{"lvm2-*.socket", whyDisks, IfEnabled},
	{"dm-event.service", whyDisks, OnDemand},
	{"dm-event.socket", whyDisks, IfEnabled},
	{"mdmonitor.service", whyDisks, IfEnabled},
	{"mdmon@*.service", whyDisks, OnDemand},
	{"zfs.target", whyFS, IfEnabled},
	{"zfs-import*", whyFS, IfEnabled},
	{"zfs-load*.service", whyFS, IfEnabled},
	{"zfs-mount.service", whyFS, IfEnabled},
	{"zfs-zed.service", whyFS, IfEnabled},
	{"stratisd.service", whyFS, IfEnabled},

	{"qemu-guest-agent.service", whyCloud, IfEnabled},
	{"hv-*-daemon.service", whyCloud, IfEnabled},
	{"hyperv*d.service", whyCloud, IfEnabled},
	{"open-vm-tools.service", whyCloud, IfEnabled},
	{"vmtoolsd.service", whyCloud, IfEnabled},
	{"vgauth*.service", whyCloud, IfEnabled},
	{"xe-linux-distribution.service", whyCloud, IfEnabled},
	{"google-guest-agent*.service", whyCloud, IfEnabled},
	{"walinuxagent.service", whyCloud, IfEnabled},
	{"waagent.service", whyCloud, IfEnabled},
	{"amazon-ssm-agent.service", whyCloud, IfEnabled},

	{"watchdog.service", whyHardware, IfEnabled},
	{"wd_keepalive.service", whyHardware, IfEnabled},
	{"ipmi.service", whyHardware, IfEnabled},
	{"openipmi.service", whyHardware, IfEnabled},
	{"irqbalance.service", whyHardware, IfEnabled},
	{"thermald.service", whyHardware, IfEnabled},
	{"fancontrol.service", whyHardware, IfEnabled},
	{"mcelog.service", whyHardware, IfEnabled},
	{"rasdaemon.service", whyHardware, IfEnabled},
	{"acpid.service", whyHardware, IfEnabled},
	{"acpid.socket", whyHardware, IfEnabled},
	{"acpid.path", whyHardware, IfEnabled},
	{"haveged.service", whyEntropy, IfEnabled},
	{"rng-tools*.service", whyEntropy, IfEnabled},
	{"rngd.service", whyEntropy, IfEnabled},
	{"jitterentropy.service", whyEntropy, IfEnabled},
	{"kdump.service", whyCrash, IfEnabled},
	{"kdump-tools.service", whyCrash, IfEnabled},
	{"systemd-coredump.socket", whyCrash, IfEnabled},

	{"grub-common.service", whyMenu, IfEnabled},
	{"grub-initrd-fallback.service", whyMenu, IfEnabled},
}
