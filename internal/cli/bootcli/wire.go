package bootcli

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/execx"
	"umm/internal/host/config"
	"umm/internal/host/essential"
	"umm/internal/host/essential/jobs"
	"umm/internal/host/history"
	"umm/internal/host/hostfs"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/jobfile"
	"umm/internal/host/node"
	"umm/internal/host/policyrcd"
	"umm/internal/host/record"
	"umm/internal/host/runstate"
)

// New wires the parts together for the host below root.
func New(root string) *node.Node { return NewFor(root, initsys.Detect(root)) }

// NewFor is New where it is known which init system runs the host. Where none does that
// umm knows, systemd's words are what fails, and umm check says why.
func NewFor(root string, kind initsys.Kind) *node.Node {
	files := hostfs.FS{} // quicker than os
	machine, _ := files.ReadFile(filepath.Join(root, "etc/machine-id"))
	run := runstate.Dir{Path: filepath.Join(root, "run/umm")}
	n := &node.Node{
		Root:       root,
		ReadFile:   files.ReadFile,
		Store:      record.Store{Dir: filepath.Join(root, "etc/umm"), Machine: strings.TrimSpace(string(machine))},
		Volatile:   run,
		Guards:     run,
		History:    history.File{Path: filepath.Join(root, "var/lib/umm/history")},
		Run:        execx.Local{},
		Exec:       execx.Local{},
		CommandEnv: commandEnv(root),
		Policy:     config.File{Path: filepath.Join(root, "etc/umm.conf")}.Policy,
		Now:        time.Now,
		Tell:       func(string) {},
		Warn:       func(string) {},
	}
	n.Packages = policyrcd.Host{Root: root}
	n.Services = servicesOf(root, kind, func() []string {
		p, _ := n.Policy()
		return p.KeepUnits
	})
	if kind == initsys.Upstart {
		m := Upstart(n)
		n.Power, n.Switch, n.Jobs, n.Timer, n.Disks = m, m, m, m, upstart.Disks{Manager: m}
		n.Look = node.Look{AtJobs: "initctl list", AtFailed: "/var/log/upstart"}
		return n
	}
	m := systemd.Manager{Run: n.Run, Proc: filepath.Join(root, "proc")}
	n.Power, n.Switch, n.Jobs, n.Timer, n.Disks = m, m, m, m, systemd.Disks{Manager: m}
	n.Runtime = m
	n.Look = node.Look{AtJobs: "systemctl list-jobs", AtFailed: "systemctl --failed"}
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

// Upstart is what a node says to Upstart, and by what it says it.
func Upstart(n *node.Node) upstart.Manager {
	return upstart.Manager{
		Run:    n.Run,
		Root:   n.Root,
		Getenv: os.Getenv,
		Tree:   func() *jobfile.Tree { return jobfile.Open(n.Root) },
		Plan: func(t *jobfile.Tree) upstart.Plan {
			p, _ := n.Policy()
			return planOf(jobs.New(t, p.KeepUnits))
		},
		Stay: func() int { return n.Stay() },
		Warn: func(text string) { n.Warn(text) },
	}
}

// planOf is a plan as the init system's side wants it.
func planOf(p jobs.Plan) upstart.Plan {
	plan := upstart.Plan{
		Keeps:   func(name string) bool { _, keeps := p.Keeps(name); return keeps },
		Service: jobs.IsService,
	}
	started, scripts := p.Start()
	plan.Jobs, plan.Scripts = unitNames(started), unitNames(scripts)
	return plan
}

func unitNames(units []essential.Unit) []string {
	list := make([]string, 0, len(units))
	for _, u := range units {
		list = append(list, u.Name)
	}
	return list
}
