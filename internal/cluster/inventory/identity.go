package inventory

import (
	"fmt"
	"strings"
)

// Identity tells one running host from another, whatever names and addresses lead
// to it. Neither part does alone: clones have one machine ID, containers may have
// one boot ID.
type Identity struct {
	Machine string `json:"machine_id"`
	Boot    string `json:"boot_id"`
}

// IdentityCommand prints a host's identity for ParseIdentity; any user may run it.
// It may fail and still print enough: a host without a machine ID.
func IdentityCommand() []string {
	return []string{"cat", "/etc/machine-id", "/proc/sys/kernel/random/boot_id"}
}

// ParseIdentity reads what IdentityCommand printed. It needs the boot ID.
func ParseIdentity(output string) (Identity, error) {
	var id Identity
	for _, line := range strings.Fields(output) {
		if bare := strings.ReplaceAll(line, "-", ""); len(bare) != 32 || strings.Trim(bare, "0123456789abcdef") != "" {
			return Identity{}, fmt.Errorf("%q is neither a machine ID nor a boot ID", line)
		} else if bare != line {
			id.Boot = bare
		} else {
			id.Machine = bare
		}
	}
	if id.Boot == "" {
		return Identity{}, fmt.Errorf("there is no boot ID")
	}
	return id, nil
}

// Same tells whether two identities are of the same host, in the same boot. Where a
// part is not known the other decides.
func (i Identity) Same(other Identity) bool {
	if i.Boot == "" || other.Boot == "" {
		return i.Machine != "" && i.Machine == other.Machine
	}
	return i.Boot == other.Boot && (i.Machine == other.Machine || i.Machine == "" || other.Machine == "")
}

// Apart is the error where hosts are not hosts of their own: where one of them is
// the host that umm-cluster runs on and is to be taken, or two names lead to the
// same host. seen may lack hosts that could not be asked.
func Apart(self Identity, hosts, taken []string, seen map[string]Identity) error {
	for i, name := range hosts {
		id, ok := seen[name]
		if !ok {
			continue
		}
		for _, other := range hosts[:i] {
			if o, ok := seen[other]; ok && id.Same(o) {
				return fmt.Errorf("hosts %s and %s are the same host", other, name)
			}
		}
		for _, t := range taken {
			if t == name && id.Same(self) {
				return fmt.Errorf("%s is the host that umm-cluster runs on: it cannot take itself out of service; run umm-cluster on another host, or leave %s out", name, name)
			}
		}
	}
	return nil
}
