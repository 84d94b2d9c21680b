package lab

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Spec describes a lab to Up.
type Spec struct {
	// Name is the lab's: lower-case letters, digits and dashes, 24 at most.
	Name string
	// Hosts are the hosts, in the order of their addresses. When empty, N hosts
	// named n1, n2, ... are made; N = 0 means 1. Machine is what those are.
	Hosts   []HostSpec
	N       int
	Machine string
	// Image is what every host's root file system starts as.
	Image Image
	// Log is told what goes on, a line each; nil for silence.
	Log io.Writer
}

// HostSpec describes one host. Only Name is needed.
type HostSpec struct {
	Name string `json:"name"`
	// Machine makes it a machine, with a boot loader and a kernel of its own: BIOS or
	// UEFI, by its firmware. Empty is a container.
	Machine string `json:"machine,omitempty"`
	// RootSizeMiB, if not 0, gives what the host writes a file system (ext4) of
	// that size, so that its disk can be filled. 16 at least.
	RootSizeMiB int `json:"root_size_mib,omitempty"`
	// KernelArgs are the kernel arguments of every boot; see Host.SetKernelArgs.
	KernelArgs []string `json:"-"`
	// NspawnArgs are more options for systemd-nspawn, such as --read-only or
	// --bind=/a:/b; see Host.SetNspawnArgs.
	NspawnArgs []string `json:"-"`
	// Off leaves the host off, for instance to put files under Root before its
	// first boot.
	Off bool `json:"-"`
}

const (
	maxHosts     = 200
	firstHost    = 11 // 192.0.2.11
	minRootSize  = 16
	maxLabName   = 24
	maxHostName  = 24
	defaultSuite = "bookworm"
)

var (
	network  = netip.MustParsePrefix("192.0.2.0/24")
	nameForm = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
)

// checkName says what is wrong with a name of a lab or a host.
func checkName(kind, name string, limit int) error {
	if !nameForm.MatchString(name) || len(name) > limit {
		return fmt.Errorf("cannot use %q as the name of a %s: lower-case letters, digits and dashes, a letter first, at most %d", name, kind, limit)
	}
	return nil
}

// complete checks a Spec and fills in what was left out.
func (s Spec) complete() (Spec, error) {
	if err := checkName("lab", s.Name, maxLabName); err != nil {
		return s, err
	}
	if s.N < 0 || max(s.N, len(s.Hosts)) > maxHosts {
		return s, fmt.Errorf("cannot make a lab of so many hosts: 1 to %d", maxHosts)
	}
	if len(s.Hosts) == 0 {
		s.Hosts = make([]HostSpec, max(s.N, 1))
		for i := range s.Hosts {
			s.Hosts[i] = HostSpec{Name: fmt.Sprintf("n%d", i+1), Machine: s.Machine}
		}
	}
	seen := map[string]bool{}
	for _, h := range s.Hosts {
		if err := h.check(); err != nil {
			return s, err
		}
		if seen[h.Name] {
			return s, fmt.Errorf("cannot make two hosts named %s", h.Name)
		}
		seen[h.Name] = true
	}
	if s.Log == nil {
		s.Log = io.Discard
	}
	var err error
	s.Image, err = s.Image.normal()
	return s, err
}

func (h HostSpec) check() error {
	if err := checkName("host", h.Name, maxHostName); err != nil {
		return err
	}
	switch h.Machine {
	case "":
	case BIOS, UEFI:
		if h.RootSizeMiB != 0 || len(h.KernelArgs)+len(h.NspawnArgs) > 0 {
			return fmt.Errorf("cannot make the machine %s: a disk's size, kernel arguments and systemd-nspawn options are for containers", h.Name)
		}
	default:
		return fmt.Errorf("cannot make a machine with the firmware %q: %s and %s are known", h.Machine, BIOS, UEFI)
	}
	if h.RootSizeMiB != 0 && h.RootSizeMiB < minRootSize {
		return fmt.Errorf("cannot give %s a disk of %d MiB: %d at least", h.Name, h.RootSizeMiB, minRootSize)
	}
	return errors.Join(checkWords("kernel argument", h.KernelArgs), checkWords("systemd-nspawn option", h.NspawnArgs))
}

// checkWords refuses words that supervise.sh could not pass on as they are.
func checkWords(kind string, words []string) error {
	for _, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n") {
			return fmt.Errorf("cannot pass %q as a %s: it is empty or holds a blank", w, kind)
		}
	}
	return nil
}

// address is that of the i-th host, counted from 0.
func address(i int) netip.Addr {
	a := network.Addr().As4()
	a[3] = byte(firstHost + i)
	return netip.AddrFrom4(a)
}

// bridgeAddress is the lab's own end of the network.
func bridgeAddress() netip.Addr { return network.Addr().Next() }

// Image names a root file system by what it is made of.
type Image struct {
	// Suite is Debian's name for a release: bullseye, bookworm, trixie, forky,
	// sid; empty for bookworm.
	Suite string `json:"suite"`
	// Packages are installed beside the basic set (systemd, ssh, ifupdown, cron,
	// nginx).
	Packages []string `json:"packages,omitempty"`
}

var packageForm = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// normal gives one form to images that are the same.
func (i Image) normal() (Image, error) {
	if i.Suite == "" {
		i.Suite = defaultSuite
	}
	if !nameForm.MatchString(i.Suite) {
		return i, fmt.Errorf("cannot make an image of %q: it is not the name of a Debian release", i.Suite)
	}
	i.Packages = slices.Clone(i.Packages)
	slices.Sort(i.Packages)
	i.Packages = slices.Compact(i.Packages)
	for _, p := range i.Packages {
		if !packageForm.MatchString(p) {
			return i, fmt.Errorf("cannot install %q: it is not the name of a package", p)
		}
	}
	return i, nil
}
