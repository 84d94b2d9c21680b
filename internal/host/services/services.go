// Package services says what maintenance mode makes of each service of a host: which are
// essential and run there, which stop, which are masked. It speaks of units where systemd
// runs the host, and of jobs and init scripts where Upstart does; what is essential,
// package essential decides. It reads files and changes nothing.
package services

import (
	"umm/internal/api"
	"umm/internal/host/essential"
	"umm/internal/host/initsys"
)

// Services is that of one host.
type Services struct {
	Units api.Units
	// Early names what the units of the early boot belong to.
	Early string
	// Problems are those of KEEP_UNITS.
	Problems []essential.Problem
	// FullBoot is the target of an ordinary boot that an essential unit pulls in, and
	// FullBootWhy the way to it; empty if none does.
	FullBoot, FullBootWhy string
	// Runs tells of a unit, by systemd's name, whether it runs in maintenance mode, or
	// may be started there.
	Runs func(unit string) bool
	// Job tells of a job or an init script; nil where systemd runs the host.
	Job func(name string) (exists, enabled bool)
}

// Lookup answers for one service at a time, from the files as they are when it is asked.
type Lookup interface {
	// Unit is the real name of a service, as package scripts name it.
	Unit(name string) string
	// Keeps tells whether it is essential, or umm's own.
	Keeps(name string) bool
	// Enabled tells whether an ordinary boot starts it.
	Enabled(name string) bool
}

func newUnits(problems []essential.Problem) api.Units {
	u := api.Units{Version: api.UnitsVersion, Essential: []api.Unit{}, Stopped: []api.Unit{}, Masked: []api.Unit{}}
	for _, p := range problems {
		u.Problems = append(u.Problems, "KEEP_UNITS: "+p.Name+": "+p.Text)
	}
	return u
}

func stopped(stops []essential.Stop) []api.Unit {
	units := make([]api.Unit, 0, len(stops))
	for _, s := range stops {
		units = append(units, api.Unit{Name: s.Name, Why: s.Why})
	}
	return units
}

// Of is what maintenance mode makes of the services of the host below root. Where umm does
// not know the init system, systemd's files say what there is.
func Of(kind initsys.Kind, root string, keepUnits []string) Services {
	if kind == initsys.Upstart {
		return onUpstart(root, keepUnits)
	}
	return onSystemd(root, keepUnits)
}

// LookupOf answers for the services of the host below root.
func LookupOf(kind initsys.Kind, root string, keepUnits func() []string) Lookup {
	if kind == initsys.Upstart {
		return upstartLookup{root, keepUnits}
	}
	return systemdLookup{root, keepUnits}
}
