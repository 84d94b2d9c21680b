package cluster

import (
	"errors"
	"fmt"
	"slices"

	"umm/internal/inventory"
)

// check looks at what no value shows by itself: names that are there twice or not
// at all, and keys that need or exclude each other.
func (c *codec) check(cfg Config) {
	var twice *inventory.Twice
	if _, err := inventory.New(cfg.Hosts); errors.As(err, &twice) {
		at := fmt.Sprintf("hosts[%d]", twice.Index)
		c.problem(c.lines[at], at, "%s", twice.Text)
	}
	names := inventory.Names(cfg.Hosts)
	for _, s := range Names() {
		service, _ := cfg.Services.Of(s)
		c.known(names, service.Hosts, "services."+s+".hosts")
	}
	if cfg.Lease.Engine == "etcd" && len(cfg.Lease.Endpoints) == 0 {
		c.problem(c.lines["lease.engine"], "lease.engine", "is etcd, and there are no lease.endpoints")
	}
	if (cfg.Lease.CertFile == "") != (cfg.Lease.KeyFile == "") {
		c.problem(c.lines["lease"], "lease", "has one of cert_file and key_file; it takes both")
	}
	c.checkChecks(cfg, names)
	for i, n := range cfg.Notify {
		c.either(fmt.Sprintf("notify[%d]", i), len(n.Command) > 0, "command", n.URL != "", "url")
	}
	var probes []string
	for i, p := range cfg.Probes {
		at := fmt.Sprintf("probes[%d]", i)
		c.either(at, p.TCP != "", "tcp", len(p.Command) > 0, "command")
		probes = c.once(probes, p.Name, at+".name")
	}
}

func (c *codec) checkChecks(cfg Config, names []string) {
	// A check stands beside the services in what is shown, and "host" is umm's own.
	seen := append(Names(), "host")
	for i, own := range cfg.Checks {
		at := fmt.Sprintf("checks[%d]", i)
		c.known(names, own.Hosts, at+".hosts")
		if len(own.Drain) > 0 && len(own.Undrain) == 0 {
			c.problem(c.lines[at], at, "has a drain and no undrain: what it does could not be undone")
		}
		seen = c.once(seen, own.Name, at+".name")
	}
}

func (c *codec) known(names, named []string, at string) {
	for _, n := range named {
		if !slices.Contains(names, n) {
			c.problem(c.lines[at], at, "names %s, which is none of hosts%s", n, inventory.Hint(n, names))
		}
	}
}

func (c *codec) once(seen []string, name, at string) []string {
	if slices.Contains(seen, name) {
		c.problem(c.lines[at], at, "is %s, which is taken already", name)
	}
	return append(seen, name)
}

func (c *codec) either(at string, a bool, nameA string, b bool, nameB string) {
	if a == b {
		c.problem(c.lines[at], at, "takes either %s or %s", nameA, nameB)
	}
}
