// Package inventory says which hosts there are, and which of them are meant: the
// hosts of the configuration or, without one, those that a command line names. It
// is pure; how a host is reached is the transport's business.
package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Host is one host of the cluster. What is empty is for ssh_config and the defaults
// of the connection to say.
type Host struct {
	// Name is what the host is called, everywhere.
	Name string `json:"name"`
	// Address is where ssh goes; the name where it is empty. See Destination.
	Address string `json:"address,omitempty"`
	User    string `json:"user,omitempty"`
	// Port is 0 where nothing is said.
	Port         int      `json:"port,omitempty"`
	IdentityFile string   `json:"identity_file,omitempty"`
	Roles        []string `json:"roles,omitempty"`
	Zone         string   `json:"zone,omitempty"`
	// Services are those that run on the host, and no others; nil: they are found.
	Services []string `json:"services,omitempty"`
}

// Destination is what ssh is told: the address, or else the name.
func (h Host) Destination() string { return cmp.Or(h.Address, h.Name) }

// Selection is which hosts a command is for. Each part narrows it down; of the
// words of one part any will do. An empty selection is all hosts.
type Selection struct {
	// Hosts are names or, where no hosts are configured, destinations of ssh.
	Hosts []string
	Roles []string
	Zones []string
}

// Empty tells whether nothing was selected: all hosts are meant.
func (s Selection) Empty() bool { return len(s.Hosts)+len(s.Roles)+len(s.Zones) == 0 }

// ErrNoHosts says that there is nothing to choose from.
var ErrNoHosts = errors.New("no hosts are configured and none are named")

// Inventory is the hosts of a cluster, in order.
type Inventory struct{ hosts []Host }

// Twice is the error where a host is there twice.
type Twice struct {
	// Index is where it is for the second time.
	Index int
	Text  string
}

// Error implements error.
func (t *Twice) Error() string { return t.Text }

// New makes an inventory. Two hosts of one name, or at one address and port, are
// refused with a Twice: umm-cluster would count them as two.
func New(hosts []Host) (Inventory, error) {
	for i, h := range hosts {
		for _, other := range hosts[:i] {
			if text := clash(other, h); text != "" {
				return Inventory{}, &Twice{Index: i, Text: text}
			}
		}
	}
	return Inventory{hosts: slices.Clone(hosts)}, nil
}

func clash(a, b Host) string {
	switch {
	case strings.EqualFold(a.Name, b.Name):
		return fmt.Sprintf("host %s is listed twice", b.Name)
	case strings.EqualFold(a.Destination(), b.Destination()) && portOf(a) == portOf(b):
		return fmt.Sprintf("hosts %s and %s are the same: both are at %s", a.Name, b.Name, a.Destination())
	}
	return ""
}

func portOf(h Host) int { return cmp.Or(h.Port, 22) }

// Choose gives the cluster and the hosts of it that are meant, in the order of the
// inventory. Without configured hosts the cluster is what the selection names, as
// destinations of ssh: user@host, user@host:port, [IPv6]:port.
func Choose(configured []Host, s Selection) (Inventory, []Host, error) {
	if len(configured) == 0 {
		return named(s)
	}
	inv, err := New(configured)
	if err != nil {
		return Inventory{}, nil, err
	}
	chosen, err := inv.Select(s)
	return inv, chosen, err
}

func named(s Selection) (Inventory, []Host, error) {
	switch {
	case len(s.Roles) > 0:
		return Inventory{}, nil, fmt.Errorf("there is no role %s: no hosts are configured", s.Roles[0])
	case len(s.Zones) > 0:
		return Inventory{}, nil, fmt.Errorf("there is no zone %s: no hosts are configured", s.Zones[0])
	case len(s.Hosts) == 0:
		return Inventory{}, nil, ErrNoHosts
	}
	var hosts []Host
	for _, text := range s.Hosts {
		h, err := Parse(text)
		if err != nil {
			return Inventory{}, nil, err
		}
		hosts = append(hosts, h)
	}
	inv, err := New(hosts)
	return inv, inv.Hosts(), err
}

// Hosts are all hosts.
func (inv Inventory) Hosts() []Host { return slices.Clone(inv.hosts) }

// Names are the names of all hosts.
func (inv Inventory) Names() []string { return Names(inv.hosts) }

// Names are the names of hosts.
func Names(hosts []Host) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.Name
	}
	return names
}

// Host is the host of that name. The error names the one that may be meant.
func (inv Inventory) Host(name string) (Host, error) {
	for _, h := range inv.hosts {
		if h.Name == name {
			return h, nil
		}
	}
	for _, h := range inv.hosts {
		if name == h.Address {
			return Host{}, fmt.Errorf("there is no host %s: it is the address of %s; name the host", name, h.Name)
		}
	}
	return Host{}, fmt.Errorf("there is no host %s%s", name, Suggestion(name, inv.Names()))
}

// Select gives the hosts that are meant, in the order of the inventory. A word that
// is not known is an error, and so is a selection without a host.
func (inv Inventory) Select(s Selection) ([]Host, error) {
	for _, name := range s.Hosts {
		if _, err := inv.Host(name); err != nil {
			return nil, err
		}
	}
	if err := known("role", s.Roles, inv.words(func(h Host) []string { return h.Roles })); err != nil {
		return nil, err
	}
	if err := known("zone", s.Zones, inv.words(zones)); err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(inv.Hosts(), func(h Host) bool {
		return !meant(s.Hosts, []string{h.Name}) || !meant(s.Roles, h.Roles) || !meant(s.Zones, zones(h))
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no host matches the selection: %s", s)
	}
	return chosen, nil
}

func zones(h Host) []string {
	if h.Zone == "" {
		return nil
	}
	return []string{h.Zone}
}

// meant tells whether any of words is wanted; where nothing is wanted all are.
func meant(wanted, words []string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(words, func(w string) bool { return slices.Contains(wanted, w) })
}

func (inv Inventory) words(of func(Host) []string) []string {
	var words []string
	for _, h := range inv.hosts {
		words = append(words, of(h)...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func known(what string, wanted, words []string) error {
	for _, w := range wanted {
		if !slices.Contains(words, w) {
			return fmt.Errorf("no host has the %s %s%s", what, w, Suggestion(w, words))
		}
	}
	return nil
}

// String says it in words: "one of n1, n2, with the role controller".
func (s Selection) String() string {
	var parts []string
	for _, p := range []struct {
		what  string
		words []string
	}{{"one of", s.Hosts}, {"with the role", s.Roles}, {"in the zone", s.Zones}} {
		if len(p.words) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.words, ", "))
		}
	}
	return strings.Join(parts, ", ")
}

// Parse reads a destination as ssh takes it: host, user@host, host:port,
// user@host:port, [IPv6]:port, or an IPv6 address as it is. The host is its name.
func Parse(text string) (Host, error) {
	bad := func(why string) (Host, error) {
		return Host{}, fmt.Errorf("invalid host %q: %s", text, why)
	}
	rest := text
	var h Host
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if h.User = rest[:i]; h.User == "" {
			return bad("no user before the @")
		}
		rest = rest[i+1:]
	}
	port, given := "", false
	switch {
	case strings.HasPrefix(rest, "["):
		inner, after, ok := strings.Cut(rest[1:], "]")
		if !ok || !strings.Contains(inner, ":") || after != "" && after[0] != ':' {
			return bad("write [IPv6]:port")
		}
		rest = inner
		port, given = strings.CutPrefix(after, ":")
	case strings.Count(rest, ":") == 1:
		rest, port, given = strings.Cut(rest, ":")
	}
	if given && port == "" {
		return bad("no port after the colon")
	}
	if given {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 || port[0] == '+' {
			return bad(fmt.Sprintf("the port is %q, not a number from 1 to 65535", port))
		}
		h.Port = n
	}
	if why := BadName(rest); why != "" {
		return bad(why)
	}
	if why := BadUser(h.User); why != "" {
		return bad(why)
	}
	h.Name = rest
	return h, nil
}

// BadName says why a text cannot be a host's name or address; empty where it can.
// Names become arguments and file names, so they hold nothing that could be taken
// for something else.
func BadName(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > 255:
		return "it is longer than 255 characters"
	case strings.HasPrefix(name, "-") || strings.HasPrefix(name, "."):
		return fmt.Sprintf("a name cannot begin with %q", name[:1])
	}
	for _, c := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%", c) {
			return fmt.Sprintf("a name cannot contain %q", c)
		}
	}
	return ""
}

// BadUser says why a text cannot be a user's name; an empty one is none at all.
func BadUser(user string) string {
	if strings.HasPrefix(user, "-") {
		return "a user name cannot begin with \"-\""
	}
	for _, c := range user {
		if c <= ' ' || c == 0x7f || strings.ContainsRune(`"'\`+"`$;&<>|(){}:/", c) {
			return fmt.Sprintf("a user name cannot contain %q", c)
		}
	}
	return ""
}
