// Package detect finds which services of a cluster a host belongs to: what runs
// there, and what is set up to run there and does not, which is worth knowing all
// the more. It is pure: Ask is the command, Parse reads what it prints.
package detect

import (
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Presence is how a service is on a host.
type Presence string

// The presences.
const (
	// Runs: a process of it is there.
	Runs Presence = "runs"
	// Configured: it is set up here, but nothing of it runs.
	Configured Presence = "configured"
)

// end is the last line, without which what was printed is not all.
const end = "end"

// addresses begins the line with the host's addresses.
const addresses = "addresses"

// identity begins a line with a service and the name that it has given to its cluster.
const identity = "id"

//go:embed detect.sh
var script string

// Ask is the command that finds out.
func Ask() service.Ask { return ask("") }

// ask finds out what there is below a folder.
func ask(root string) service.Ask {
	return service.Ask{ID: "detect", Argv: service.Shell("umm-detect", script+service.ProcessScript, root)}
}

// mostAddresses bounds how many addresses of a host are kept.
const mostAddresses = 1000

// Addresses reads from its answer which addresses the host has.
func Addresses(a service.Answer) []string {
	for line := range strings.Lines(string(a.Result.Stdout)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] == addresses {
			all := slices.DeleteFunc(f[1:], func(word string) bool {
				ip, err := netip.ParseAddr(word)
				return err != nil || ip.Zone() != ""
			})
			return all[:min(len(all), mostAddresses)]
		}
	}
	return nil
}

// IDs reads from its answer what services call the clusters that the host is a member of.
func IDs(a service.Answer) map[string]string {
	ids := map[string]string{}
	for line := range strings.Lines(string(a.Result.Stdout)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == identity && service.IsUUID(f[2]) && f[2] != service.NoUUID {
			ids[f[1]] = f[2]
		}
	}
	return ids
}

// Parse reads its answer: the services of one host.
func Parse(a service.Answer) (map[string]Presence, error) {
	text, err := a.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot find out which services are there: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if lines[len(lines)-1] != end {
		return nil, fmt.Errorf("cannot find out which services are there: the output is cut off after %q", lines[len(lines)-1])
	}
	found := map[string]Presence{}
	for _, line := range lines[:len(lines)-1] {
		name, how, _ := strings.Cut(line, " ")
		if name == addresses || name == identity || name == "process" {
			continue
		}
		p := Presence(how)
		if name == "" || !slices.Contains([]Presence{Runs, Configured}, p) {
			return nil, fmt.Errorf("cannot find out which services are there: %q is no answer", line)
		}
		found[name] = p
	}
	return found, nil
}
