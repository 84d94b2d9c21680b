package systemd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umm/internal/execx"
)

// properties are what `systemctl show` tells of one unit.
type properties map[string]string

// units is a property that names units.
func (p properties) units(name string) []string { return strings.Fields(p[name]) }

// up tells whether the unit runs, or is on its way there.
func (p properties) up() bool { return isUp(p["ActiveState"]) }

// queued tells whether there is a job for the unit.
func (p properties) queued() bool { return p["Job"] != "" && p["Job"] != "0" }

// isUp tells whether an ActiveState is one of a unit that runs, or is about to.
func isUp(state string) bool {
	switch state {
	case "active", "activating", "reloading", "refreshing":
		return true
	default:
		return false
	}
}

// parseShow reads the output of `systemctl show`: KEY=value, a blank line between
// units. None of the properties that umm asks for has a value of several lines.
func parseShow(out string) []properties {
	var units []properties
	for _, block := range strings.Split(strings.TrimSpace(out), "\n\n") {
		if p := parseBlock(block); p["Id"] != "" {
			units = append(units, p)
		}
	}
	return units
}

// parseBlock reads the lines about one unit.
func parseBlock(block string) properties {
	p := properties{}
	for _, line := range strings.Split(block, "\n") {
		if key, value, found := strings.Cut(line, "="); found {
			p[key] = value
		}
	}
	return p
}

// show asks for properties of units, each of which has one block in the answer. The
// properties are such as every version has for every kind of these units: where
// one is missing, 219 as EL 7 has it stops after the first unit and exits with 1.
func (m Manager) show(ctx context.Context, names string, args ...string) ([]properties, error) {
	return m.showNewer(ctx, names, "", args...)
}

// showNewer is show with properties, each after a comma, that not every version has.
func (m Manager) showNewer(ctx context.Context, names, newer string, args ...string) ([]properties, error) {
	argv := append([]string{"systemctl", "show", "--property=Id," + names + newer}, args...)
	limit := askLimit
	if slices.Contains(args, "*") {
		limit = allLimit
	}
	res, err := m.Run.Run(ctx, execx.Cmd{Argv: argv, Limit: limit})
	switch {
	case err != nil:
		return nil, err
	case res.Code != 0 && newer != "":
		return m.show(ctx, names, args...)
	case res.Code != 0:
		return nil, &execx.ExitError{Argv: argv, Result: res}
	}
	units := parseShow(string(res.Stdout))
	if len(units) == 0 {
		// Killed by the very shutdown that was asked about, perhaps.
		return nil, errors.New("systemctl show printed nothing")
	}
	for _, unit := range units {
		for _, name := range strings.Split(names, ",") {
			if _, told := unit[name]; !told {
				return nil, fmt.Errorf("systemctl show does not show %s of %s", name, unit["Id"])
			}
		}
	}
	return units, nil
}

// byName are the units by their names.
func byName(list []properties) map[string]properties {
	units := make(map[string]properties, len(list))
	for _, p := range list {
		units[p["Id"]] = p
	}
	return units
}
