package systemd

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// StopStrays implements node.Switch. What is static or transient is left alone: sessions,
// what a call on the bus has started, and what somebody runs by systemd-run.
func (m Manager) StopStrays(ctx context.Context, before []string, keeps func(unit string) bool) ([]string, error) {
	after, err := m.Active(ctx)
	if err != nil {
		return nil, err
	}
	started := slices.DeleteFunc(after, func(unit string) bool {
		return strings.HasSuffix(unit, ".target") || slices.Contains(before, unit) || keeps(unit)
	})
	if len(started) == 0 {
		return nil, nil
	}
	argv := append([]string{"systemctl", "show", "--property=Id,UnitFileState", "--"}, started...)
	res, err := m.ask(ctx, argv...)
	if err != nil {
		return nil, err
	}
	strays := installed(string(res.Stdout))
	if len(strays) == 0 {
		return nil, nil
	}
	if err := m.act(ctx, stopLimit, append([]string{"stop", "--"}, strays...)...); err != nil {
		return nil, fmt.Errorf("cannot stop %s: %w", strings.Join(strays, ", "), err)
	}
	return strays, nil
}

// installed picks, from `systemctl show` of several units, those that a package or a person
// enables or disables; an init script's unit is generated.
func installed(out string) []string {
	var units []string
	for _, unit := range parseShow(out) {
		switch unit["UnitFileState"] {
		case "enabled", "enabled-runtime", "linked", "linked-runtime", "disabled", "generated", "bad":
			units = append(units, unit["Id"])
		}
	}
	slices.Sort(units)
	return units
}
