package nodecli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/api"
	"umm/internal/cli/bootcli"
	"umm/internal/execx"
	"umm/internal/host/essential"
	"umm/internal/host/initsys/systemd"
	"umm/internal/host/mode"
	"umm/internal/host/node"
	"umm/internal/host/record"
)

// generatorPaths is where packages put the generator.
var generatorPaths = []string{"/lib/systemd/system-generators/umm-generator", "/usr/lib/systemd/system-generators/umm-generator"}

// checks gathers everything that must be true for maintenance mode.
func (a *app) checks(ctx context.Context) []api.Check {
	p, _ := a.config.Policy()
	host := servicesOf(a.node.Root, p.KeepUnits)
	// At the same time: these run sshd, those umm's own programs and disk syncs.
	reached := make(chan []api.Check, 1)
	go func() { reached <- a.checkReach(ctx, host) }()
	checks := []api.Check{
		a.checkConfig(host.problems),
		a.checkRecord(ctx),
		a.checkInit(ctx),
		a.checkBoot(ctx),
		a.checkKernel(),
		a.checkBootMenu(),
		checkUnits(host),
	}
	checks = append(checks, a.checkRemoteMounts()...)
	checks = append(checks, a.checkPackages()...)
	return append(checks, <-reached...)
}

func ok(name, format string, args ...any) api.Check {
	return api.Check{Name: name, Verdict: api.VerdictOK, Reason: fmt.Sprintf(format, args...)}
}

// bad is a check that maintenance mode cannot do without.
func bad(name, hint, format string, args ...any) api.Check {
	return api.Check{Name: name, Verdict: api.VerdictFail, Reason: fmt.Sprintf(format, args...), Hint: hint, Refuses: true}
}

// checkConfig tells of what is not obeyed as written. Defaults hold there, so it
// does not keep anybody from maintenance mode.
func (a *app) checkConfig(keepUnits []essential.Problem) api.Check {
	p, problems := a.config.Policy()
	var texts []string
	for _, problem := range problems {
		texts = append(texts, problem.String())
	}
	lacks := true // nothing but units that this host lacks
	for _, problem := range keepUnits {
		lacks = lacks && problem.Absent
		texts = append(texts, "KEEP_UNITS: "+problem.Name+": "+problem.Text)
	}
	const disabled = "maintenance mode is disabled"
	if !p.Enabled && !p.Hidden && !strings.HasSuffix(strings.Join(texts, "; "), disabled) {
		texts = append(texts, disabled)
	}
	if len(texts) == 0 {
		return ok("config", "%s is valid, maintenance mode is enabled", confPath)
	}
	if lacks && p.Enabled && len(problems) == 0 {
		return api.Check{Name: "config", Verdict: api.VerdictWarn, Reason: strings.Join(texts, "; "),
			Hint: "nothing is kept by that word; take it out of " + confPath + " where it is mistyped"}
	}
	c := bad("config", "mend "+confPath+"; umm.conf(5) tells about the keys", "%s", strings.Join(texts, "; "))
	c.Refuses = false
	return c
}

// checkRecord proves that the request would survive the reboot. It takes its turn
// with other umm processes: what it saves is what it has read.
func (a *app) checkRecord(ctx context.Context) api.Check {
	store, isStore := a.node.Store.(record.Store)
	if !isStore {
		return bad("record", "", "the record cannot be checked")
	}
	unlock, err := a.node.Volatile.Lock(ctx)
	switch {
	case err == nil:
		defer unlock()
	case !errors.Is(err, fs.ErrPermission): // who may not lock cannot save either
		return bad("record", "", "%v", err)
	}
	_, unknown := store.Load()
	if err := store.Writable(); err != nil {
		return bad("record", "make room, or mount the root file system read-write", "%v", err)
	}
	if unknown != nil {
		c := bad("record", "it was begun anew just now", "%v", unknown)
		c.Refuses = false
		return c
	}
	if err := store.Check(); err != nil {
		c := bad("record", "the next save mends it", "%v", err)
		c.Refuses = false
		return c
	}
	return a.checkLasts(store.Dir)
}

// bootProgramLimit is far more than the program of the boot path takes to start.
const bootProgramLimit = 10 * time.Second

// checkGenerator makes the generator's own decision for a boot that maintenance
// was asked for, and looks whether the generator will be there to make it.
func (a *app) checkGenerator(ctx context.Context) api.Check {
	const name = "generator"
	path := ""
	for _, p := range generatorPaths {
		if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 {
			path = p
			break
		}
	}
	if path == "" {
		return bad(name, "install the package umm again", "there is no generator in %s", strings.Join(generatorPaths, " or "))
	}
	for _, dir := range []string{"/etc", "/run"} {
		mask := filepath.Join(dir, "systemd/system-generators/umm-generator")
		if _, err := os.Lstat(mask); err == nil {
			return bad(name, "remove "+mask, "%s takes the place of umm's generator", mask)
		}
	}
	if err := a.tryBootProgram(ctx); err != nil {
		return bad(name, "install the package umm again", "the program that it is does not work: %v", err)
	}
	g, err := bootcli.DecideNext("/", a.node)
	if err != nil {
		return bad(name, "install the package umm again", "%v", err)
	}
	target := g.Layout.Early["default.target"]
	if g.Decision.Mode != mode.Maintenance || filepath.Base(target) != systemd.Target {
		return bad(name, "", "the next boot would not be maintenance mode if it were asked for: %s", g.Decision.Why)
	}
	return ok(name, "%s leads the next boot to %s when it is asked for", path, systemd.Target)
}

// tryBootProgram runs the program of the boot path: without a step to take it says
// which there are, and that it was not told.
func (a *app) tryBootProgram(ctx context.Context) error {
	argv := []string{systemd.BootProgram}
	res, err := a.node.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: bootProgramLimit})
	if err == nil && res.Code != int(node.Usage) {
		err = &execx.ExitError{Argv: argv, Result: res}
	}
	return err
}

// checkKernel tells whether the kernel arguments keep umm out: those of the next
// boot are most likely those of this one.
func (a *app) checkKernel() api.Check {
	if aside := a.node.Facts().Aside; aside != "" {
		return bad("kernel", "take it away, in the boot loader's configuration too if it stands there",
			"umm keeps out of this boot, and so most likely of the next: %s", aside)
	}
	return ok("kernel", "no kernel argument keeps umm out")
}

// checkBootMenu tells whether the boot menu leads to maintenance mode, which is one
// way of several, and is there or not by what the host boots with.
func (a *app) checkBootMenu() api.Check {
	const name = "boot-menu"
	found := bootcli.Menu(a.node.Root).Check()
	if found.OK {
		return ok(name, "%s", found.Reason)
	}
	return api.Check{Name: name, Verdict: api.VerdictWarn, Reason: found.Reason, Hint: found.Hint}
}
