package systemd

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// An isolate may spare a service because its socket, timer or path is about to be
// stopped by the same isolate: systemd takes a trigger that has a job already for
// one that stays, and which of the two comes first is a matter of chance (seen on
// 252 with mariadb.socket and mariadb.service). What nothing holds any more is
// stopped here.

const leftoverProperties = "--property=Id,ActiveState,IgnoreOnIsolate,TriggeredBy," +
	"RequiredBy,RequisiteOf,WantedBy,BoundBy,UpheldBy"

// stopLeftovers ends what an isolate has spared by mistake.
func (m Manager) stopLeftovers(ctx context.Context) error {
	res, err := m.ask(ctx, "systemctl", "show", leftoverProperties, "*")
	if err != nil {
		return fmt.Errorf("cannot tell whether everything has stopped: %w", err)
	}
	units := leftovers(string(res.Stdout))
	if len(units) == 0 {
		return nil
	}
	if err := m.act(ctx, stopLimit, append([]string{"stop", "--"}, units...)...); err != nil {
		return fmt.Errorf("cannot stop %s: %w", strings.Join(units, ", "), err)
	}
	return nil
}

// leftovers picks, from `systemctl show` of all units, the services that run
// though what triggers them does not, and nothing that runs wants them.
func leftovers(out string) []string {
	units := map[string]map[string]string{}
	for _, block := range strings.Split(strings.TrimSpace(out), "\n\n") {
		properties := map[string]string{}
		for _, line := range strings.Split(block, "\n") {
			key, value, _ := strings.Cut(line, "=")
			properties[key] = value
		}
		units[properties["Id"]] = properties
	}
	runs := func(name string) bool {
		switch units[name]["ActiveState"] {
		case "active", "activating", "reloading":
			return true
		default:
			return false
		}
	}
	var left []string
	for name, unit := range units {
		triggers := strings.Fields(unit["TriggeredBy"])
		if !strings.HasSuffix(name, ".service") || !runs(name) || len(triggers) == 0 || unit["IgnoreOnIsolate"] == "yes" {
			continue
		}
		holders := triggers
		for _, by := range []string{"RequiredBy", "RequisiteOf", "WantedBy", "BoundBy", "UpheldBy"} {
			holders = append(holders, strings.Fields(unit[by])...)
		}
		if !slices.ContainsFunc(holders, runs) {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return left
}
