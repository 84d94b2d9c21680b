// Package detect finds which services of a cluster a host belongs to: what runs
// there, and what is set up to run there and does not, which is worth knowing all
// the more. It is pure: Ask is the command, Parse reads what it prints.
package detect

import (
	"fmt"
	"net/netip"
	"regexp"
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

// script prints a line "SERVICE PRESENCE" for each service that is there, one with the
// host's addresses, and one for each cluster that the host says by its files to be a member
// of, whether anything of it runs or not. It reads the process list and the places where
// packages and deployments put their configuration, and needs nothing but a POSIX shell, ps,
// grep and sed.
const script = `
comms=$(ps -e -o comm=) || exit 1
args=$(ps -e -o args=) || exit 1
runs() { printf '%s\n' "$comms" | grep -qxE "$1"; }
is() { # SERVICE PROCESSES-PATTERN: the caller says whether it is configured
	if runs "$2"; then echo "$1 runs"; elif [ "$3" -eq 0 ]; then echo "$1 configured"; fi
}
there() { command -v "$1" >/dev/null 2>&1; }
filled() { [ -n "$(ls -A "$1" 2>/dev/null)" ]; }

there crm_mon && [ -e /etc/corosync/corosync.conf ]; is pacemaker 'pacemakerd' $?
# Neutron runs one for the metadata of each network.
if printf '%s\n' "$args" | grep -vE '^[^ ]*haproxy .*metadata[-_]proxy' | grep -qE '^[^ ]*haproxy( |$)'; then echo "haproxy runs"
elif there haproxy && [ -e /etc/haproxy/haproxy.cfg ]; then echo "haproxy configured"; fi
if grep -RqsiE '^[[:space:]]*wsrep[_-]cluster[_-]address[[:space:]]*=.*gcomm' /etc/mysql /etc/my.cnf /etc/my.cnf.d /etc/percona-xtradb-cluster.conf.d; then
	is galera 'mysqld|mariadbd|mysqld_safe' 0
fi
if printf '%s\n' "$args" | grep -q '^[^ ]*beam[^ ]* .*[r]abbit'; then echo "rabbitmq runs"
elif there rabbitmqctl; then echo "rabbitmq configured"; fi
there etcd; is etcd 'etcd' $?
# Below FSID in containers.
filled /var/lib/ceph/mon || filled /var/lib/ceph/osd || ls -d /var/lib/ceph/*/mon.* /var/lib/ceph/*/osd.* 2>/dev/null | grep -q .
is ceph 'ceph-mon|ceph-osd|ceph-mgr|ceph-mds|radosgw' $?
if printf '%s\n' "$args" | grep -qE '^([^ ]*python[^ ]* )?([^ ]*/)?nova-compute( |$)'; then echo "nova runs"
elif there nova-compute && [ -e /etc/nova/nova.conf ]; then echo "nova configured"; fi
echo "addresses $(hostname -I 2>/dev/null)"
sed -n 's/^uuid:[[:space:]]*/id galera /p' /var/lib/mysql/grastate.dat 2>/dev/null
sed -n 's/^[[:space:]]*fsid[[:space:]]*=[[:space:]]*/id ceph /p' /etc/ceph/ceph.conf 2>/dev/null
` + service.ProcessScript + `
echo end
`

// Ask is the command that finds out.
func Ask() service.Ask { return service.Ask{ID: "detect", Argv: []string{"sh", "-c", script}} }

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

// uuid is how services name their clusters.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// noUUID is that of a member of Galera that has not joined any yet.
const noUUID = "00000000-0000-0000-0000-000000000000"

// IDs reads from its answer what services call the clusters that the host is a member of.
func IDs(a service.Answer) map[string]string {
	ids := map[string]string{}
	for line := range strings.Lines(string(a.Result.Stdout)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == identity && uuid.MatchString(f[2]) && f[2] != noUUID {
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
		return nil, fmt.Errorf("cannot find out which services are there: the answer breaks off after %q", lines[len(lines)-1])
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
