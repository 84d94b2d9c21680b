package sshcheck

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/essential"
	"umm/internal/host/hostfs"
	"umm/internal/host/jobfile"
	"umm/internal/host/netplan"
	"umm/internal/host/unitfile"
)

// Source is where Gather looks.
type Source struct {
	// Tree is the host's unit files, and with them its root.
	Tree *unitfile.Tree
	// Job answers for Units on a host that Upstart runs; nil: systemd's files in Tree do.
	Job func(name string) Unit
	// Getenv is the environment of this process.
	Getenv func(key string) string
	// Parent is the process above this one, where the search for the ssh
	// connection goes on; 0 for none.
	Parent int
	// Addresses are this host's; nil asks the kernel.
	Addresses func() ([]Address, error)
	// Answers says by which interface, by its index, the kernel answers client from
	// server; nil asks the kernel, where Addresses does.
	Answers func(client, server netip.Addr) (index int, err error)
	// Runner runs sshd, ovs-vsctl and what checks the network's configuration, as root;
	// nil: they are not asked.
	Runner execx.Runner
}

// Gather reads what Judge goes by. What cannot be read is left empty, which Judge
// takes for unknown, never for good.
func Gather(ctx context.Context, src Source) Facts {
	f := src.Tree.FS()
	above := ancestors(f, src.Parent)
	session := findSession(src.Getenv, above)
	// It takes as long as all the rest.
	sshd := make(chan SSHD, 1)
	operator := operatorName(src.Getenv, above)
	go func() { sshd <- askSSHD(ctx, f, src.Runner, session.Client, operator) }()
	facts := Facts{
		Session: session,
		Links:   readLinks(f, ovsPorts(ctx, f, src.Runner)),
		Routes:  readRoutes(f),
		Login:   readLogin(f, operator),
		Console: Console{
			Active:    strings.Fields(line(f, "/sys/class/tty/console/active")),
			Container: line(f, "/run/systemd/container") != "" || line(f, "/run/container_type") != "",
		},
		Upstart: src.Job != nil,
	}
	addresses := src.Addresses
	if addresses == nil {
		addresses = kernelAddresses
	}
	var err error
	if facts.Addresses, err = addresses(); err != nil {
		facts.Network.Unread = append(facts.Network.Unread, "addresses: "+err.Error())
	}
	facts.readNetwork(f)
	facts.readAnswers(src)
	tests := make(chan []ConfigTest, 1)
	go func() { tests <- testConfigs(ctx, f, src.Runner, facts.Network) }()
	facts.Mounts = f.Mounts()
	facts.VIPs = readVIPs(f)
	facts.Watchdog = essential.WatchdogTests(src.Tree)
	facts.SSHD = <-sshd
	facts.readKeys(src.Tree)
	facts.readUnits(src.Tree, src.Job)
	facts.Configs = <-tests
	return facts
}

// readAnswers asks by which interface the operator is answered.
func (facts *Facts) readAnswers(src Source) {
	ask := src.Answers
	if ask == nil && src.Addresses == nil {
		ask = kernelAnswers
	}
	if ask == nil || !facts.Session.Client.IsValid() {
		return
	}
	index, err := ask(facts.Session.Client, facts.Session.Server)
	if err != nil {
		return // the routing table is there to go by
	}
	for name, l := range facts.Links {
		if l.Index == index {
			facts.Answers = name
		}
	}
}

// words are what services that set up the network name: interfaces and addresses.
func (facts *Facts) words() []string {
	var words []string
	for name, l := range facts.Links {
		if l.Kind != Loopback {
			words = append(words, name)
		}
	}
	for _, a := range facts.Addresses {
		words = append(words, a.Prefix.Addr().Unmap().String())
	}
	for _, l := range facts.SSHD.Settings["listenaddress"] {
		if addr, ok := listenAddr(l); ok {
			words = append(words, addr.String())
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func (facts *Facts) readNetwork(f hostfs.FS) {
	n := &facts.Network
	var unread []string
	keep := func(more []string) { n.Unread = append(n.Unread, more...) }
	n.Netplan = netplan.Read(f)
	n.NetplanRuns = f.Exists("/lib/systemd/system-generators/netplan") || f.Exists("/usr/lib/systemd/system-generators/netplan")
	for _, file := range n.Netplan.Unclear {
		keep([]string{file + " cannot be read, or has syntax that umm does not know"})
	}
	n.Ifupdown, unread = readIfupdown(f)
	keep(unread)
	n.Networkd, unread = readNetworkd(f)
	keep(unread)
	n.Profiles, unread = readProfiles(f)
	keep(unread)
	n.Ifcfg, unread = readIfcfg(f)
	keep(unread)
	n.Running = readRunning(f, facts.Links)
	cmdline := "/proc/cmdline"
	if facts.Console.Container {
		cmdline = "/proc/1/cmdline" // the other is the outer host's
	}
	n.KernelIP = kernelIPs(strings.ReplaceAll(line(f, cmdline), "\x00", " "))
	n.Daemons = readDaemons(f)
}

// readUnits looks up the units that could matter: those of fixed names, and those
// that are made for each interface.
func (facts *Facts) readUnits(t *unitfile.Tree, job func(string) Unit) {
	enabled := t.Enabled()
	facts.Firewalls = firewalls
	if job == nil {
		facts.commands = readCommands(t, enabled, facts.words())
		for name := range enabled {
			if essential.Wall(t, name) && !slices.Contains(firewalls, name) {
				facts.Firewalls = append(slices.Clone(facts.Firewalls), name)
			}
		}
	}
	names := slices.Concat(sshServers, facts.Firewalls, ovsUnits,
		[]string{networking, networkd, networkManager, network, userSessions, dhcpcd, connman, iwd, zfsMount, "keepalived.service", "pacemaker.service"})
	for _, s := range facts.servers() {
		names = append(names, s.Unit)
	}
	facts.readSockets(t)
	for _, m := range slices.Concat(facts.Makers, facts.Filters) {
		names = append(names, m.Unit)
	}
	names = slices.AppendSeq(names, maps.Values(keyPrograms))
	for _, units := range sources {
		names = append(names, units...)
	}
	for link := range facts.Links {
		names = append(names, "ifup@"+link+".service", "wg-quick@"+link+".service", "dhcpcd@"+link+".service")
		if maker := tunnels[link]; maker != "" {
			names = append(names, maker)
		}
	}
	facts.Units = make(map[string]Unit, len(names))
	if job != nil {
		for _, name := range names {
			facts.Units[name] = job(jobfile.NameOf(name))
		}
		return
	}
	for _, name := range names {
		_, on := enabled[t.Canonical(name)]
		facts.Units[name] = Unit{Exists: t.Exists(name), Enabled: on, Masked: t.Masked(name)}
	}
	if u, ok := facts.Units[rcLocal]; ok && !u.Masked {
		// systemd's generator starts it where its script can be run.
		for _, file := range []string{"/etc/rc.local", "/etc/rc.d/rc.local"} {
			info, err := t.FS().Stat(file)
			u.Enabled = u.Enabled || err == nil && info.Mode()&0o111 != 0
		}
		facts.Units[rcLocal] = u
	}
	if facts.Network.NetplanRuns && facts.Network.Netplan.Uses(netplan.Networkd) {
		u := facts.Units[networkd] // netplan's generator enables it at each boot
		u.Enabled = u.Exists && !u.Masked
		facts.Units[networkd] = u
	}
}

// socketGenerators makes ssh.socket of sshd_config, on Ubuntu.
const socketGenerators = "/system-generators/sshd-socket-generator"

// readSockets reads what the sockets of ssh servers listen on.
func (facts *Facts) readSockets(t *unitfile.Tree) {
	facts.Sockets = map[string][]string{}
	made := t.FS().Exists("/lib/systemd"+socketGenerators) || t.FS().Exists("/usr/lib/systemd"+socketGenerators)
	for _, s := range facts.servers() {
		if unitfile.Kind(s.Unit) != "socket" || made && s.Program == "sshd" {
			continue
		}
		if u, err := t.Read(s.Unit); err == nil {
			facts.Sockets[s.Unit] = slices.DeleteFunc(u.List("Socket", "ListenStream"), func(at string) bool {
				return strings.HasPrefix(at, "/") || strings.HasPrefix(at, "@") || strings.HasPrefix(at, "vsock:")
			})
		}
	}
}

// rcLocal runs /etc/rc.local.
const rcLocal = "rc-local.service"

// ovsLimit bounds a question to Open vSwitch, whose database may be down.
const ovsLimit = 5 * time.Second

// ovsPorts returns the question whether Open vSwitch made an interface. Its
// database is asked where there is a switch at all; without a runner, or when it
// does not answer, the file of the database.
func ovsPorts(ctx context.Context, f hostfs.FS, run execx.Runner) func(name string) bool {
	none := func(string) bool { return false }
	if !f.Exists(sysNet+"ovs-system") && !f.Exists("/run/openvswitch/db.sock") && !f.Exists("/etc/openvswitch/conf.db") {
		return none
	}
	if run != nil {
		argv := []string{"ovs-vsctl", "--timeout=4", "--format=json", "--", "--columns=name,type", "list", "Interface"}
		if res, err := run.Run(ctx, execx.Cmd{Argv: argv, Limit: ovsLimit}); err == nil && res.Code == 0 {
			internal := parseInterfaces(res.Stdout)
			return func(name string) bool { return internal[name] }
		}
	}
	for _, file := range []string{"/etc/openvswitch/conf.db", "/var/lib/openvswitch/conf.db"} {
		if db, err := f.ReadFile(file); err == nil {
			return func(name string) bool { return strings.Contains(string(db), `"name":"`+name+`"`) }
		}
	}
	return none
}

// parseInterfaces reads the table Interface as ovs-vsctl prints it in JSON, and
// returns the names of those that Open vSwitch makes itself.
func parseInterfaces(data []byte) map[string]bool {
	var table struct {
		Data [][]any `json:"data"`
	}
	internal := map[string]bool{}
	if json.Unmarshal(data, &table) != nil {
		return internal
	}
	for _, row := range table.Data {
		if len(row) != 2 {
			continue
		}
		name, ok1 := row[0].(string)
		kind, ok2 := row[1].(string)
		if ok1 && ok2 && kind == "internal" {
			internal[name] = true
		}
	}
	return internal
}
