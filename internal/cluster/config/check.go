package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/matcher"
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
	// Which hosts Nailgun has is known when it is asked: then Misnamed looks.
	if asked := cfg.Inventory == FromNailgun; asked && len(names) > 0 {
		c.problem(c.lines["hosts"], "hosts", "is there, and inventory is nailgun: take one of them out")
	} else if !asked {
		for _, s := range Names() {
			service, _ := cfg.Services.Of(s)
			c.known(names, service.Hosts, "services."+s+".hosts")
		}
	}
	if cfg.Lock.Engine == "etcd" && len(cfg.Lock.Endpoints) == 0 {
		c.problem(c.lines["lock.engine"], "lock.engine", "is etcd, and there are no lock.endpoints")
	}
	if (cfg.Lock.CertFile == "") != (cfg.Lock.KeyFile == "") {
		c.problem(c.lines["lock"], "lock", "has one of cert_file and key_file; it takes both")
	}
	if e := cfg.Services.Etcd; (e.CertFile == "") != (e.KeyFile == "") {
		c.problem(c.lines["services.etcd"], "services.etcd", "has one of cert_file and key_file; it takes both")
	}
	if cfg.Inventory != FromNailgun {
		for i, own := range cfg.Checks {
			c.known(names, own.Hosts, fmt.Sprintf("checks[%d].hosts", i))
		}
	}
	c.checkChecks(cfg)
	var waived []string
	for i, u := range cfg.Services.Unwatched {
		waived = c.once(waived, u.Name, fmt.Sprintf("services.unwatched[%d].name", i))
	}
	for i, n := range cfg.Notify {
		c.either(fmt.Sprintf("notify[%d]", i), len(n.Command) > 0, "command", n.URL != "", "url")
	}
	for i, s := range cfg.Silences {
		c.checkSilence(s, fmt.Sprintf("silences[%d]", i))
		if at := fmt.Sprintf("silences[%d]", i); len(s.Matchers) > 0 && !matcher.NamesHost(s.Parsed()) {
			c.problem(c.lines[at], at, "has no matcher that names a host: put {host} or {address} into one, or the alerts of all hosts would be silenced")
		}
	}
	for _, text := range cfg.Alerts.MayFire {
		if strings.Contains(text, "{host}") || strings.Contains(text, "{address}") {
			const at = "alerts.may_fire"
			c.problem(c.lines[at], at, "names a host by {host} or {address}, which means nothing here")
		}
	}
	var probes []string
	for i, p := range cfg.Probes {
		at := fmt.Sprintf("probes[%d]", i)
		c.either(at, p.TCP != "", "tcp", len(p.Command) > 0, "command")
		probes = c.once(probes, p.Name, at+".name")
	}
}

func (c *codec) checkSilence(s Silence, at string) {
	there := 0
	for _, url := range []Secret{s.Alertmanager, s.Icinga2, s.Zabbix} {
		if url != "" {
			there++
		}
	}
	switch {
	case there != 1:
		c.problem(c.lines[at], at, "takes one of alertmanager, icinga2 and zabbix")
	case (s.Zabbix != "") != (s.Token != ""):
		c.problem(c.lines[at], at, "has one of zabbix and token; it takes both")
	}
}

// Misnamed is the error where a key names a host that is none of Hosts.
func (c Config) Misnamed() error {
	names := inventory.Names(c.Hosts)
	look := func(key string, hosts []string) error {
		for _, n := range hosts {
			if !slices.Contains(names, n) {
				return fmt.Errorf("%s: %s names %s, which is none of the hosts%s", c.file, key, n, inventory.Suggestion(n, names))
			}
		}
		return nil
	}
	var all []error
	for _, s := range Names() {
		service, _ := c.Services.Of(s)
		all = append(all, look("services."+s+".hosts", service.Hosts))
	}
	for i, own := range c.Checks {
		all = append(all, look(fmt.Sprintf("checks[%d].hosts", i), own.Hosts))
	}
	return errors.Join(all...)
}

func (c *codec) checkChecks(cfg Config) {
	// A check stands beside the services in what is shown, "host" is umm's own, and "unwatched"
	// what nothing looks after.
	seen := append(Names(), "host", "unwatched")
	for i, own := range cfg.Checks {
		at := fmt.Sprintf("checks[%d]", i)
		if len(own.Drain) > 0 && len(own.Undrain) == 0 {
			c.problem(c.lines[at], at, "has a drain and no undrain: what it does could not be undone")
		}
		seen = c.once(seen, own.Name, at+".name")
	}
}

func (c *codec) known(names, named []string, at string) {
	for _, n := range named {
		if !slices.Contains(names, n) {
			c.problem(c.lines[at], at, "names %s, which is none of hosts%s", n, inventory.Suggestion(n, names))
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
