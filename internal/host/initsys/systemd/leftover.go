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

const (
	leftoverProperties = "ActiveState,IgnoreOnIsolate,TriggeredBy,RequiredBy,WantedBy,BoundBy"
	// leftoverNewer are the like of 220 and of 249.
	leftoverNewer = ",RequisiteOf,UpheldBy"
)

// stopLeftovers ends what an isolate has spared by mistake.
func (m Manager) stopLeftovers(ctx context.Context) error {
	all, err := m.showNewer(ctx, leftoverProperties, leftoverNewer, "*")
	if err != nil {
		return fmt.Errorf("cannot tell whether everything has stopped: %w", err)
	}
	units := leftovers(byName(all))
	if len(units) == 0 {
		return nil
	}
	if err := m.act(ctx, stopLimit, append([]string{"stop", "--"}, units...)...); err != nil {
		return fmt.Errorf("cannot stop %s: %w", strings.Join(units, ", "), err)
	}
	return nil
}

// leftovers picks the services that run though what triggers them does not, and
// nothing that runs wants them.
func leftovers(units map[string]properties) []string {
	runs := func(name string) bool { return units[name].up() }
	var left []string
	for name, unit := range units {
		holders := unit.units("TriggeredBy")
		if !strings.HasSuffix(name, ".service") || !runs(name) || len(holders) == 0 || unit["IgnoreOnIsolate"] == "yes" {
			continue
		}
		for _, by := range []string{"RequiredBy", "RequisiteOf", "WantedBy", "BoundBy", "UpheldBy"} {
			holders = append(holders, unit.units(by)...)
		}
		if !slices.ContainsFunc(holders, runs) {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return left
}
