package lab

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

//go:embed supervise.sh
var superviseScript string

const (
	stateRoot = "/var/lib/umm-lab"
	runRoot   = "/run/umm-lab"
	netnsRoot = "/run/netns"
	bridge    = "br0"
)

// Lab is one lab that exists. All of it is on disk and in the kernel, so any
// number of programs may hold it at once.
type Lab struct {
	name  string
	meta  meta
	hosts []*Host
}

// meta is what lab.json keeps.
type meta struct {
	Image  Image      `json:"image"`
	Folder string     `json:"folder,omitempty"` // what containers start as
	Disk   string     `json:"disk,omitempty"`   // what machines start with
	Hosts  []HostSpec `json:"hosts"`
}

func newLab(name string, m meta) *Lab {
	l := &Lab{name: name, meta: m}
	for i, h := range m.Hosts {
		l.hosts = append(l.hosts, &Host{lab: l, name: h.Name, addr: address(i), diskMiB: h.RootSizeMiB, firmware: h.Machine})
	}
	return l
}

// Open finds a lab that Up made, in this program or another.
func Open(name string) (*Lab, error) {
	if err := errors.Join(checkName("lab", name, maxLabName), needRoot()); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(stateRoot, name, "lab.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot find the lab %s: make it with umm-lab up --name %s", name, name)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the lab %s: %w", name, err)
	}
	var m meta
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("cannot read the lab %s: %w", name, err)
	}
	return newLab(name, m), nil
}

// Names lists the labs that exist, whole or not, in order.
func Names() ([]string, error) {
	if err := needRoot(); err != nil {
		return nil, err
	}
	var names []string
	for _, dir := range []string{stateRoot, runRoot} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot list the labs: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() && checkName("lab", e.Name(), maxLabName) == nil {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Name is the lab's name.
func (l *Lab) Name() string { return l.name }

// Image is what its hosts started as.
func (l *Lab) Image() Image { return l.meta.Image }

// Hosts are all hosts, in the order of their addresses.
func (l *Lab) Hosts() []*Host { return slices.Clone(l.hosts) }

// Host gives the host of that name. It panics if there is none: in a program
// that made the lab that is a slip of the pen. Find asks.
func (l *Lab) Host(name string) *Host {
	h, err := l.Find(name)
	if err != nil {
		panic(err)
	}
	return h
}

// Find gives the host of that name.
func (l *Lab) Find(name string) (*Host, error) {
	for _, h := range l.hosts {
		if h.name == name {
			return h, nil
		}
	}
	return nil, fmt.Errorf("cannot find the host %s in the lab %s: umm-lab list shows what is there", name, l.name)
}

// NetNS is the file of the lab's network namespace.
func (l *Lab) NetNS() string { return netnsFile(l.name) }

// InNet gives the command line that runs argv inside the lab's network.
func (l *Lab) InNet(argv ...string) []string {
	return append([]string{"nsenter", "--net=" + l.NetNS(), "--"}, argv...)
}

// SSHConfig is a configuration file for ssh, scp, sftp and what stands on them:
// run inside the lab's network, they reach each host by its name, as root.
func (l *Lab) SSHConfig() string { return l.file("ssh_config") }

func (l *Lab) file(words ...string) string {
	return filepath.Join(append([]string{stateRoot, l.name}, words...)...)
}

func netnsName(lab string) string { return "umm-" + lab }
func netnsFile(lab string) string { return filepath.Join(netnsRoot, netnsName(lab)) }
