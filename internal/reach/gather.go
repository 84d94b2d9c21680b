package reach

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/hostfs"
	"umm/internal/netplan"
	"umm/internal/unitfile"
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
	// Runner runs sshd and ovs-vsctl, as root; nil: they are not asked.
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
	go func() { sshd <- askSSHD(ctx, f, src.Runner, session.Client) }()
	facts := Facts{
		Session: session,
		Links:   readLinks(f, ovsPorts(ctx, f, src.Runner)),
		Routes:  readRoutes(f),
		Login:   readLogin(f, operatorName(src.Getenv, above)),
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
	facts.readUnits(src.Tree, src.Job)
	facts.SSHD = <-sshd
	return facts
}

func (facts *Facts) readNetwork(f hostfs.FS) {
	n := &facts.Network
	var unread []string
	keep := func(more []string) { n.Unread = append(n.Unread, more...) }
	n.Netplan = netplan.Read(f)
	n.NetplanRuns = f.Exists("/lib/systemd/system-generators/netplan") || f.Exists("/usr/lib/systemd/system-generators/netplan")
	for _, file := range n.Netplan.Unclear {
		keep([]string{file + " holds more than umm understands, or cannot be read"})
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
	n.KernelIP = kernelIP(strings.ReplaceAll(line(f, cmdline), "\x00", " "))
}

// kernelIP is the kernel argument by which the kernel or the initramfs sets up
// the network, empty if there is none.
func kernelIP(cmdline string) string {
	for word := range strings.FieldsSeq(cmdline) {
		if value, ok := strings.CutPrefix(word, "ip="); ok && value != "" && value != "off" && value != "none" {
			return word
		}
	}
	return ""
}

// readUnits looks up the units that could matter: those of fixed names, and those
// that are made for each interface.
func (facts *Facts) readUnits(t *unitfile.Tree, job func(string) Unit) {
	names := slices.Concat(sshServers, firewalls, ovsUnits,
		[]string{networking, networkd, networkManager, network, userSessions})
	for _, units := range sources {
		names = append(names, units...)
	}
	for link := range facts.Links {
		names = append(names, "ifup@"+link+".service", "wg-quick@"+link+".service")
		if maker := tunnels[link]; maker != "" {
			names = append(names, maker)
		}
	}
	facts.Units = make(map[string]Unit, len(names))
	if job != nil {
		for _, name := range names {
			facts.Units[name] = job(JobName(name))
		}
		return
	}
	enabled := t.Enabled()
	for _, name := range names {
		_, on := enabled[t.Canonical(name)]
		facts.Units[name] = Unit{Exists: t.Exists(name), Enabled: on, Masked: t.Masked(name)}
	}
	if facts.Network.NetplanRuns && facts.Network.Netplan.Uses(netplan.Networkd) {
		u := facts.Units[networkd] // netplan's generator enables it at each boot
		u.Enabled = u.Exists && !u.Masked
		facts.Units[networkd] = u
	}
}

// ovsLimit bounds a question to Open vSwitch, whose database may be down.
const ovsLimit = 5 * time.Second

// ovsPorts returns the question whether Open vSwitch made an interface. Its
// database is asked where there is a switch at all; without a runner, or when it
// does not answer, the file that the database is kept in.
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
