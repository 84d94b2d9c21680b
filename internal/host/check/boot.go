package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/execx"
	"umm/internal/host/generator"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/mode"
)

// generatorPaths is where packages put the generator.
var generatorPaths = []string{"/lib/systemd/system-generators/umm-generator", "/usr/lib/systemd/system-generators/umm-generator"}

const (
	// bootProgramLimit is far more than the program of the boot path takes to start.
	bootProgramLimit = 10 * time.Second
	// bootProgramUsage is how it ends without a step to take.
	bootProgramUsage = 2
)

const reinstall = "reinstall the package umm"

// init tells whether umm knows what runs this host.
func (h Host) init(ctx context.Context) api.Check {
	const name, hint = "init", "umm supports systemd and Upstart as PID 1"
	switch h.Init {
	case initsys.Systemd:
		return ok(name, "systemd runs this host")
	case initsys.Upstart:
		version, err := h.Upstart.Version(ctx)
		if err != nil {
			return refuse(name, hint, "%v", err)
		}
		return ok(name, "Upstart %s runs this host", version)
	default:
		return refuse(name, hint, "unknown init system: %s", strings.Join(initsys.Missing(h.Root), "; "))
	}
}

// boot tells whether the next boot would be maintenance mode if it were asked for.
func (h Host) boot(ctx context.Context) api.Check {
	if h.Init == initsys.Upstart {
		return h.gate(ctx)
	}
	return h.generator(ctx)
}

// generator makes the generator's own decision for a boot that maintenance was asked for,
// and checks that the generator will be there to make it.
func (h Host) generator(ctx context.Context) api.Check {
	const name = "generator"
	path := ""
	for _, p := range generatorPaths {
		if info, err := os.Stat(filepath.Join(h.Root, p)); err == nil && info.Mode()&0o111 != 0 {
			path = p
			break
		}
	}
	if path == "" {
		return refuse(name, reinstall, "no generator in %s", strings.Join(generatorPaths, " or "))
	}
	for _, dir := range []string{"/etc", "/run"} {
		mask := filepath.Join(dir, "systemd/system-generators/umm-generator")
		if _, err := os.Lstat(filepath.Join(h.Root, mask)); err == nil {
			return refuse(name, "remove "+mask, "%s overrides umm's generator", mask)
		}
	}
	if err := h.tryBootProgram(ctx); err != nil {
		return refuse(name, reinstall, "%v", err)
	}
	boot := h.Next()
	layout, err := generator.Plan(h.Root, boot)
	if err != nil {
		return refuse(name, reinstall, "%v", err)
	}
	if target := layout.Early["default.target"]; boot.Decision.Mode != mode.Maintenance || filepath.Base(target) != systemd.Target {
		return notNext(name, boot)
	}
	return ok(name, "on request, %s makes the next boot start %s", path, systemd.Target)
}

// gate is that where a job holds the boot back.
func (h Host) gate(ctx context.Context) api.Check {
	const name = "gate"
	if err := h.Upstart.GateInPlace(ctx); err != nil {
		return refuse(name, reinstall+", and remove /etc/init/"+upstart.Gate+".override if it exists", "%v", err)
	}
	if err := h.tryBootProgram(ctx); err != nil {
		return refuse(name, reinstall, "%v", err)
	}
	if boot := h.Next(); boot.Decision.Mode != mode.Maintenance {
		return notNext(name, boot)
	}
	return ok(name, "on request, the job %s holds the next boot back in maintenance mode", upstart.Gate)
}

func notNext(name string, boot generator.Boot) api.Check {
	return refuse(name, "", "even if requested, the next boot would not enter maintenance mode: %s", boot.Decision.Why)
}

// tryBootProgram runs the program of the boot path: without a step to take it lists those
// that there are.
func (h Host) tryBootProgram(ctx context.Context) error {
	argv := []string{systemd.BootProgram}
	res, err := h.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: bootProgramLimit})
	if err == nil && res.Code != bootProgramUsage {
		err = &execx.ExitError{Argv: argv, Result: res}
	}
	if err != nil {
		return fmt.Errorf("umm-boot cannot be run: %w", err)
	}
	return nil
}

// kernel tells whether the kernel arguments keep umm out: those of the next boot are most
// likely those of this one.
func (h Host) kernel() api.Check {
	if h.KeepsOut != "" {
		return refuse("kernel", "remove it, from the boot loader's configuration too if it is set there",
			"umm keeps out of this boot, and most likely of the next: %s", h.KeepsOut)
	}
	return ok("kernel", "no kernel argument keeps umm out")
}

// bootMenu tells whether the boot menu leads to maintenance mode, which is one way of
// several, and is there or not by what the host boots with.
func (h Host) bootMenu() api.Check {
	const name = "boot-menu"
	found := h.Menu.Check()
	if found.OK {
		return ok(name, "%s", found.Reason)
	}
	return warn(name, found.Hint, "%s", found.Reason)
}

// kernelTrial tells whether the boot loader can start a new kernel on trial; where it cannot, it
// starts new kernels as it would without umm.
func (h Host) kernelTrial(ctx context.Context, p mode.Policy) api.Check {
	const name = "kernel-trial"
	if !p.KernelTrial {
		return ok(name, "KERNEL_TRIAL=no: the boot loader starts new kernels by itself")
	}
	if h.Container {
		return ok(name, "a container has no kernel of its own")
	}
	if err := h.Menu.Keeps(ctx); err != nil {
		return ok(name, "no trial of new kernels on this host: %v", err)
	}
	return ok(name, "the first boot of a new kernel is a trial; the one before stays the default until that boot is healthy")
}

// remoteMounts warns of file systems of other hosts that hold a boot up, for ever, where
// their server does not answer; there is no such check where there are none.
func (h Host) remoteMounts() []api.Check {
	if h.Init != initsys.Upstart {
		return nil
	}
	holding := upstart.Disks{Manager: h.Upstart}.Holding()
	if len(holding) == 0 {
		return nil
	}
	return []api.Check{warn("remote-mounts", "set nobootwait in /etc/fstab if the host can do without it",
		"if the server does not answer, every boot waits forever for %s; maintenance mode is then entered without it, minutes later",
		strings.Join(holding, ", "))}
}
