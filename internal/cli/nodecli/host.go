package nodecli

import (
	"context"
	"os"
	"path/filepath"

	"umm/internal/api"
	"umm/internal/cli/wiring"
	"umm/internal/host/check"
	"umm/internal/host/generator"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/rebootneeded"
	"umm/internal/host/record"
	"umm/internal/host/services"
	"umm/internal/host/sshcheck"
	"umm/internal/host/unitfile"
)

// checks checks everything that has to be true for maintenance mode.
func (a *app) checks(ctx context.Context, live bool) []api.Check {
	root := a.node.Root
	store, _ := a.node.Store.(record.Store)
	return check.Host{
		Root:      root,
		Init:      initsys.Detect(root),
		Upstart:   wiring.Upstart(a.node),
		Run:       a.node.Run,
		Menu:      wiring.Menu(root),
		Store:     store,
		Lock:      a.node.RunState.Lock,
		Policy:    a.node.Policy,
		ConfPath:  confPath,
		KeepsOut:  a.node.Facts().KeepsOut,
		Next:      func() generator.Boot { return wiring.NextBoot(a.node) },
		Container: a.node.InContainer(),
		Live:      live,
	}.All(ctx)
}

// services is what maintenance mode makes of the services of this host.
func (a *app) services() services.Services {
	p, _ := a.node.Policy()
	return services.Of(initsys.Detect(a.node.Root), a.node.Root, p.KeepUnits)
}

// failedUnits asks the init system which units failed.
func (a *app) failedUnits(ctx context.Context) ([]string, error) {
	if initsys.Detect(a.node.Root) == initsys.Upstart {
		return wiring.Upstart(a.node).Failed(ctx)
	}
	return systemd.Manager{Run: a.node.Run}.Failed(ctx)
}

// runlevel is what runlevel(8) prints.
func runlevel(root string) string {
	if initsys.Detect(root) == initsys.Upstart {
		return upstart.Runlevel(root)
	}
	return systemd.Runlevel(root)
}

// rebootNeeded asks the host whether it has to be rebooted.
func (a *app) rebootNeeded(ctx context.Context) api.Reboot {
	root := a.node.Root
	p, _ := a.node.Policy()
	h := rebootneeded.Host{
		Root:      root,
		Run:       a.node.Run,
		Next:      wiring.Menu(root).Default,
		Container: a.node.InContainer(),
		Superuser: a.euid == 0,
		Cache:     filepath.Join(root, "run/umm/reboot-needed"),
		Command:   p.RebootNeeded,
	}
	if err := a.node.OnlyRoots(filepath.Join(root, confPath)); h.Command != "" && err != nil {
		h.Refused = err
	}
	is := h.Ask(ctx)
	return api.Reboot{Needed: is.Needed, Reasons: is.Reasons, Unknown: is.Unknown}
}

// caller says who asks, as well as can be told: "alice from 192.0.2.7".
func caller() string {
	return sshcheck.Caller(sshcheck.Source{Tree: unitfile.Open("/"), Getenv: os.Getenv, Parent: os.Getppid()})
}
