//go:build e2e

package fuel

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/nailgun/nailguntest"
	"umm/internal/lab"
)

// site is a Fuel master and three controllers.
type site struct {
	t       *testing.T
	ctx     context.Context
	master  *lab.Host
	nodes   []controller
	tempDir string
}

// labName is that of the lab; a run that was killed is swept by the next.
const labName = "fuel"

func newSite(t *testing.T) *site {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("DID NOT RUN: practice hosts need root")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	t.Cleanup(cancel)
	s := &site{t: t, ctx: ctx, tempDir: t.TempDir()}
	down := func() {
		names, err := lab.Names()
		s.must(err)
		for _, n := range names {
			if n == labName {
				s.must(lab.Down(context.WithoutCancel(ctx), n))
			}
		}
	}
	down()
	t.Cleanup(down)
	var hosts []lab.HostSpec
	for _, name := range []string{"node-1", "node-2", "node-3", "fuel"} {
		hosts = append(hosts, lab.HostSpec{Name: name})
	}
	l, err := lab.Up(ctx, lab.Spec{Name: labName, Hosts: hosts, Image: lab.Image{Packages: []string{"rpm", "ruby"}}, Log: os.Stderr})
	s.must(err)
	s.master = l.Host("fuel")
	for i, release := range []string{"8.0", "9.2", "10.0"} {
		role := "controller"
		if i == 0 {
			role = "primary-controller"
		}
		c := controller{Host: l.Hosts()[i], role: role, release: release}
		s.nodes = append(s.nodes, c)
		s.fuelUmm(c.Host)
		// Without a route the last one cannot tell which interface ssh goes by.
		if i < 2 {
			s.on(c.Host, "ip route add default via 192.0.2.1")
		}
	}
	key, err := os.ReadFile(filepath.Join(filepath.Dir(l.SSHConfig()), "key"))
	s.must(err)
	s.must(put(s.master, "/root/.ssh/id_rsa", string(key)))
	s.on(s.master, "chmod 600 /root/.ssh/id_rsa")
	s.must(put(s.master, "/etc/fuel/astute.yaml", "HOSTNAME: fuel\nFUEL_ACCESS:\n  user: admin\n  password: 'geheim'\n"))
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// on runs lines of shell on a host, which have to succeed, and returns what they say.
func (s *site) on(h *lab.Host, lines string) string {
	s.t.Helper()
	out, code := s.try(h, lines)
	if code != 0 {
		s.t.Fatalf("%s: %s: status %d\n%s", h.Name(), lines, code, out)
	}
	return out
}

func (s *site) try(h *lab.Host, lines string) (string, int) {
	s.t.Helper()
	res, err := h.Enter(s.ctx, "/bin/sh", "-ec", "exec 2>&1\n"+lines)
	s.must(err)
	return strings.TrimSuffix(string(res.Stdout), "\n"), res.Code
}

func (s *site) contains(what, text, want string) {
	s.t.Helper()
	if !strings.Contains(text, want) {
		s.t.Errorf("%s is\n%s\nwithout %q", what, text, want)
	}
}

func (s *site) equal(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s is\n%s\nwant\n%s", what, got, want)
	}
}

// fuelUmm puts onto a controller what Fuel 6.1 to 11 put there, edited by hand.
func (s *site) fuelUmm(h *lab.Host) {
	s.t.Helper()
	s.on(h, `mkdir -p /tmp/f/DEBIAN /tmp/f/etc/init /tmp/f/etc/grub.d /tmp/f/usr/bin /tmp/f/usr/lib/umm
cd /tmp/f
printf 'Package: fuel-umm\nVersion: 9.0.0-1\nArchitecture: all\nMaintainer: x <x@umm.example>\nDescription: x\n' >DEBIAN/control
echo /etc/umm.conf >DEBIAN/conffiles
printf '#!/bin/sh\nrm -f /etc/init/umm.conf /etc/init/rc-sysinit.override /etc/init/failsafe.override /etc/grub.d/55_umm\n' >DEBIAN/prerm
printf 'UMM=yes\nREBOOT_COUNT=2\nCOUNTER_RESET_TIME=10\n' >etc/umm.conf
echo 'start on umm' >etc/init/umm.conf
printf '#!/bin/sh\n' | tee etc/grub.d/55_umm usr/bin/umm >usr/lib/umm/umm_svc
chmod 755 DEBIAN/prerm etc/grub.d/55_umm usr/bin/umm usr/lib/umm/umm_svc
dpkg-deb -b /tmp/f /root/fuel-umm.deb >/dev/null && dpkg -i /root/fuel-umm.deb >/dev/null
mkdir -p /etc/init && touch /etc/init/rc-sysinit.override /etc/init/failsafe.override
printf 'UMM=yes\nREBOOT_COUNT=7\nCOUNTER_RESET_TIME=10\n' >/etc/umm.conf
rm -r /tmp/f`)
}

// pluginRPM is the plugin under test.
func pluginRPM(t *testing.T) string {
	t.Helper()
	path := os.Getenv("UMM_PLUGIN")
	if path == "" {
		path = "../../dist/umm-1.0-1.0.0-1.noarch.rpm"
	}
	path, err := filepath.Abs(path)
	if _, stat := os.Stat(path); errors.Join(err, stat) != nil {
		t.Fatalf("there is no plugin to test: make plugin, or name one in UMM_PLUGIN (%v)", errors.Join(err, stat))
	}
	return path
}

// install installs the plugin on the master, as "fuel plugins --install" does it by
// yum.
func (s *site) install(rpm string) string {
	s.t.Helper()
	data, err := os.ReadFile(rpm)
	s.must(err)
	s.must(put(s.master, "/root/plugin.rpm", string(data)))
	return s.on(s.master, "rpm -U --force --force-debian --nodeps /root/plugin.rpm; rm /root/plugin.rpm")
}

// serve starts Nailgun and the web server of the master.
func (s *site) serve() {
	s.t.Helper()
	program := filepath.Join(s.master.Root(), "usr/local/bin/fuel-master")
	build := exec.CommandContext(s.ctx, "go", "build", "-o", program, "./master")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	env, other := 1, 2
	api := nailguntest.Server{User: "admin", Password: "geheim", Environments: []nailguntest.Environment{{ID: 1, Name: "prod"}}}
	for i, c := range s.nodes {
		api.Nodes = append(api.Nodes, nailguntest.Node{ID: i + 1, Name: "Untitled", Hostname: c.Name(), IP: c.Addr().String(), Status: "ready", Online: true,
			Roles: []string{"controller"}, Cluster: &env})
	}
	api.Nodes = append(api.Nodes,
		nailguntest.Node{ID: 4, Name: "going", Hostname: "node-4", IP: "192.0.2.99", Status: "ready", Roles: []string{"controller"}, Cluster: &env, PendingDeletion: true},
		nailguntest.Node{ID: 5, Name: "a compute", Hostname: "node-5", IP: "192.0.2.98", Status: "ready", Online: true, Roles: []string{"compute"}, Cluster: &env},
		nailguntest.Node{ID: 6, Name: "elsewhere", Hostname: "node-6", IP: "192.0.2.97", Status: "ready", Online: true, Roles: []string{"controller"}, Cluster: &other})
	data, err := json.Marshal(&api)
	s.must(err)
	s.must(put(s.master, "/root/nailgun.json", string(data)))
	s.on(s.master, "systemd-run --quiet --unit=nailgun /usr/local/bin/fuel-master /root/nailgun.json")
}
