// Package wiring puts the parts of a host together: the node with the adapters of the init
// system that runs there. Both umm and umm-boot begin with it.
package wiring

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/bootmenu"
	"umm/internal/host/commandlog"
	"umm/internal/host/config"
	"umm/internal/host/generator"
	"umm/internal/host/history"
	"umm/internal/host/hostfs"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/node"
	"umm/internal/host/policyrcd"
	"umm/internal/host/pstore"
	"umm/internal/host/record"
	"umm/internal/host/runstate"
	"umm/internal/host/services"
)

// New is the node of the host below root.
func New(root string) *node.Node { return NewFor(root, initsys.Detect(root)) }

// NewFor is New where it is known which init system runs the host. Where umm knows none,
// systemd's commands are what fails, and umm check says why.
func NewFor(root string, kind initsys.Kind) *node.Node {
	files := hostfs.FS{} // quicker than os
	machine, _ := files.ReadFile(filepath.Join(root, "etc/machine-id"))
	run := runstate.Dir{Path: filepath.Join(root, "run/umm")}
	n := &node.Node{
		Root:       root,
		ReadFile:   files.ReadFile,
		Store:      record.Store{Dir: filepath.Join(root, "etc/umm"), Machine: strings.TrimSpace(string(machine))},
		RunState:   run,
		Guards:     run,
		History:    history.File{Path: filepath.Join(root, "var/lib/umm/history")},
		Run:        execx.Local{},
		Exec:       execx.Local{},
		CommandEnv: commandEnv(root),
		Policy:     Config(root).Policy,
		Now:        time.Now,
		Tell:       func(string) {},
		Warn:       func(string) {},
	}
	n.Packages = policyrcd.Host{Root: root}
	n.Loader = bootmenu.Trials{Menu: Menu(root)}
	n.LastWords = func(after time.Time) string { return pstore.LastWords(root, after) }
	n.Services = services.LookupOf(kind, root, func() []string {
		p, _ := n.Policy()
		return p.KeepUnits
	})
	if kind == initsys.Upstart {
		m := Upstart(n)
		n.Power, n.Switch, n.Jobs, n.Timer, n.Disks = m, m, m, m, upstart.Disks{Manager: m}
		n.Advice = node.Advice{Jobs: "initctl list", Failed: "/var/log/upstart"}
		return n
	}
	m := systemd.Manager{Run: n.Run, Proc: filepath.Join(root, "proc")}
	n.Power, n.Switch, n.Jobs, n.Timer, n.Disks = m, m, m, m, systemd.Disks{Manager: m}
	n.Runtime = m
	n.Advice = node.Advice{Jobs: "systemctl list-jobs", Failed: "systemctl --failed"}
	return n
}

// commandEnv is the environment that umm chooses for the operator's command: who it is,
// and that package managers do not ask, since nobody is there to answer. What stands in
// front of a command, as in A=b PROGRAM, wins.
func commandEnv(root string) []string {
	env := append([]string{"PATH=" + execx.Path, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh"}, execx.Unattended()...)
	// What DPKG_FORCE says, for dpkg before 1.19.5.
	if _, err := os.Stat(filepath.Join(root, aptConf)); err == nil {
		env = append(env, "APT_CONFIG=/"+aptConf)
	}
	return env
}

const aptConf = "lib/umm/apt.conf"

// Config is the configuration file.
func Config(root string) config.File { return config.File{Path: filepath.Join(root, "etc/umm.conf")} }

// Menu is the boot menu.
func Menu(root string) bootmenu.Host {
	// grub-mkconfig gives its scripts much by their environment.
	return bootmenu.Host{Root: root, Run: execx.Local{Env: execx.Inherited()}, Getenv: os.Getenv}
}

// CommandLog is where the output of commands is.
func CommandLog(root string) commandlog.Dir {
	return commandlog.Dir{Path: filepath.Join(root, "var/lib/umm/output"), Now: time.Now}
}

// ThisBoot is what the generator decides, and problem what is wrong with the record; the host
// boots all the same.
func ThisBoot(n *node.Node) (boot generator.Boot, problem error) {
	p, _ := n.Policy()
	d, rec, problem := n.Decide()
	return generator.Boot{Decision: d, Record: rec, Policy: p, Unit: n.BootUnit(), Trial: n.BootsTrial()}, problem
}

// NextBoot is what the generator would decide for the boot after this one, if maintenance
// mode were asked for now.
func NextBoot(n *node.Node) generator.Boot {
	p, _ := n.Policy()
	d, rec := n.DecideNext()
	return generator.Boot{Decision: d, Record: rec, Policy: p, Unit: n.BootUnit()}
}
