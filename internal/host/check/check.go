// Package check says whether maintenance mode would work on this host, and whether the
// operator would get back in by ssh: each check is a verdict with its reason. It reads the
// host and runs what only tells; the one thing that it writes is the record, as it is, to
// prove that it can be.
package check

import (
	"context"
	"fmt"

	"umm/internal/api"
	"umm/internal/diag"
	"umm/internal/execx"
	"umm/internal/host/bootmenu"
	"umm/internal/host/generator"
	"umm/internal/host/initsys"
	"umm/internal/host/initsys/upstart"
	"umm/internal/host/mode"
	"umm/internal/host/record"
	"umm/internal/host/services"
)

// Host is what is checked.
type Host struct {
	Root string
	Init initsys.Kind
	// Upstart is asked where it runs the host.
	Upstart upstart.Manager
	Run     execx.Runner
	Menu    bootmenu.Host
	Store   record.Store
	// Lock keeps other umm processes from changing the record.
	Lock func(ctx context.Context) (unlock func(), err error)
	// Policy reads the configuration, ConfPath names it.
	Policy   func() (mode.Policy, []diag.Problem)
	ConfPath string
	// KeepsOut says why umm keeps out of this boot; empty where it does not.
	KeepsOut string
	// Next is the boot after this one, if maintenance mode were asked for now.
	Next func() generator.Boot
	// Container: the kernel is the outer host's.
	Container bool
	// Live: maintenance mode is asked for without a reboot.
	Live bool
}

// All checks everything that has to be true for maintenance mode.
func (h Host) All(ctx context.Context) []api.Check {
	p, _ := h.Policy()
	has := services.Of(h.Init, h.Root, p.KeepUnits)
	// At the same time: this runs sshd, the others umm's own programs and disk syncs.
	login := make(chan []api.Check, 1)
	go func() { login <- h.ssh(ctx, has) }()
	checks := []api.Check{
		h.config(has.Problems),
		h.record(ctx),
		h.init(ctx),
		h.boot(ctx),
		h.kernel(),
		h.bootMenu(),
		h.kernelTrial(ctx, p),
		h.units(has),
	}
	checks = append(checks, h.remoteMounts()...)
	checks = append(checks, h.packages()...)
	return append(checks, <-login...)
}

func ok(name, format string, args ...any) api.Check {
	return api.Check{Name: name, Verdict: api.VerdictOK, Reason: fmt.Sprintf(format, args...)}
}

// warn is of what maintenance mode can do without.
func warn(name, hint, format string, args ...any) api.Check {
	return api.Check{Name: name, Verdict: api.VerdictWarn, Reason: fmt.Sprintf(format, args...), Hint: hint}
}

// fail is a fault that does not keep the host from maintenance mode.
func fail(name, hint, format string, args ...any) api.Check {
	return api.Check{Name: name, Verdict: api.VerdictFail, Reason: fmt.Sprintf(format, args...), Hint: hint}
}

// refuse is a fault with which umm on does not go ahead.
func refuse(name, hint, format string, args ...any) api.Check {
	c := fail(name, hint, format, args...)
	c.Refuses = true
	return c
}
