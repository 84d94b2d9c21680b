package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"umm/internal/execx"
)

// Up makes a lab and boots its hosts. It returns when ssh answers on every host
// that is not to be left off. What it made is taken down again if it fails.
func Up(ctx context.Context, s Spec) (*Lab, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(needRoot(), needPrograms(needs)); err != nil {
		return nil, err
	}
	m := meta{Image: s.Image, Hosts: s.Hosts}
	if err := m.ensure(ctx, s.Log); err != nil {
		return nil, err
	}
	l := newLab(s.Name, m)
	if err := l.claim(); err != nil {
		return nil, err
	}
	if err := l.build(ctx, s); err != nil {
		return nil, errors.Join(err, Down(context.WithoutCancel(ctx), s.Name))
	}
	return l, nil
}

// ensure sees that what the lab's hosts start as is in the cache.
func (m *meta) ensure(ctx context.Context, log io.Writer) (err error) {
	containers, machines := false, false
	for _, h := range m.Hosts {
		containers = containers || h.Machine == ""
		machines = machines || h.Machine != ""
	}
	if containers {
		if !m.Image.Cached() {
			fmt.Fprintf(log, "building the image %s, once: a minute or so\n", m.Image.Suite)
		}
		if m.Folder, err = EnsureImage(ctx, m.Image); err != nil {
			return err
		}
	}
	if machines {
		if !m.Image.diskCached() {
			fmt.Fprintf(log, "making the disk of machines of %s, once: two minutes or so\n", m.Image.Suite)
		}
		m.Disk, err = EnsureDisk(ctx, m.Image)
	}
	return err
}

// claim makes the lab's folder; only one can.
func (l *Lab) claim() error {
	for range 3 { // the last Down of another lab may remove the parent just now
		if err := os.MkdirAll(stateRoot, 0o755); err != nil {
			return fmt.Errorf("cannot make the lab %s: %w", l.name, err)
		}
		err := os.Mkdir(l.file(), 0o700)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("cannot make the lab %s: it exists; umm-lab down --name %s removes it", l.name, l.name)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("cannot make the lab %s: %w", l.name, err)
		}
	}
	return fmt.Errorf("cannot make the lab %s: %s vanishes again and again", l.name, stateRoot)
}

func (l *Lab) build(ctx context.Context, s Spec) error {
	text, err := json.MarshalIndent(l.meta, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(
		os.WriteFile(l.file("lab.json"), append(text, '\n'), 0o600),
		os.WriteFile(l.file("supervise.sh"), []byte(superviseScript), 0o600),
	); err != nil {
		return fmt.Errorf("cannot make the lab %s: %w", l.name, err)
	}
	if err := l.makeNetwork(ctx); err != nil {
		return fmt.Errorf("cannot make the network of the lab %s: %w", l.name, err)
	}
	if err := l.makeKeys(ctx); err != nil {
		return fmt.Errorf("cannot make the keys of the lab %s: %w", l.name, err)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var group sync.WaitGroup
	for i, h := range l.hosts {
		group.Go(func() {
			if err := h.bringUp(ctx, s, s.Hosts[i]); err != nil {
				fail(err) // the others need not go on
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// bringUp makes one host and boots it.
func (h *Host) bringUp(ctx context.Context, s Spec, spec HostSpec) error {
	if err := h.make(ctx); err != nil {
		return fmt.Errorf("cannot make the host %s: %w", h.name, err)
	}
	if err := errors.Join(h.SetKernelArgs(spec.KernelArgs...), h.SetNspawnArgs(spec.NspawnArgs...)); err != nil {
		return err
	}
	if spec.Off {
		return nil
	}
	if err := h.Power(ctx); err != nil {
		return err
	}
	if err := h.WaitSSH(ctx); err != nil {
		return err
	}
	fmt.Fprintf(s.Log, "%s %s answers\n", h.name, h.addr)
	return nil
}

// makeNetwork makes the network namespace and the bridge in it. Neighbours are
// asked for often, so that a host which comes up is noticed at once.
func (l *Lab) makeNetwork(ctx context.Context) error {
	if err := command(ctx, "ip", "netns", "add", netnsName(l.name)); err != nil {
		return err
	}
	for _, line := range []string{
		"ip link set lo up",
		"ip link add " + bridge + " type bridge forward_delay 0 mcast_snooping 0",
		"ip addr add " + bridgeAddress().String() + "/24 dev " + bridge,
		"ip link set " + bridge + " up",
	} {
		if err := command(ctx, l.InNet(strings.Fields(line)...)...); err != nil {
			return err
		}
	}
	return l.inNet(func() error {
		return os.WriteFile("/proc/sys/net/ipv4/neigh/"+bridge+"/retrans_time_ms", []byte("20"), 0o644)
	})
}

// makeKeys makes the lab's key for logging in, a key for each host, and the
// files that ssh needs to know them by.
func (l *Lab) makeKeys(ctx context.Context) error {
	connect := connectLimit
	if l.meta.Disk != "" {
		connect = greetLimit
	}
	config := fmt.Sprintf(`Host *
  User root
  IdentityFile %s
  IdentitiesOnly yes
  UserKnownHostsFile %s
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  BatchMode yes
  AddressFamily inet
  ConnectTimeout %.0f
  ServerAliveInterval 15
  ServerAliveCountMax 3
  KexAlgorithms curve25519-sha256
  ControlMaster no
  ControlPath none
  GSSAPIAuthentication no
  LogLevel ERROR
`, l.file("key"), l.file("known_hosts"), connect.Seconds())
	if err := generateKey(ctx, l.file("key")); err != nil {
		return err
	}
	var known strings.Builder
	for _, h := range l.hosts {
		if err := os.MkdirAll(h.file(), 0o700); err != nil {
			return err
		}
		if err := generateKey(ctx, h.file("hostkey")); err != nil {
			return err
		}
		public, err := os.ReadFile(h.file("hostkey.pub"))
		if err != nil {
			return err
		}
		fmt.Fprintf(&known, "%s %s", h.name, public)
		config += fmt.Sprintf("Host %s\n  HostName %s\n  HostKeyAlias %s\n", h.name, h.addr, h.name)
	}
	return errors.Join(
		os.WriteFile(l.SSHConfig(), []byte(config), 0o600),
		os.WriteFile(l.file("known_hosts"), []byte(known.String()), 0o600))
}

func generateKey(ctx context.Context, file string) error {
	return command(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "umm-lab", "-f", file)
}

// command runs a program that is to succeed and print nothing of interest. It ends with its
// caller: what Down removes, a killed creator's program must not make again.
func command(ctx context.Context, argv ...string) error {
	res, err := execx.Local{Env: execx.Inherited()}.Run(ctx, execx.Cmd{Argv: argv, Tied: true})
	if err == nil && res.Code != 0 {
		err = &execx.ExitError{Argv: argv, Result: res}
	}
	return err
}

// makeFolders makes each folder with its parents.
func makeFolders(folders ...string) error {
	for _, f := range folders {
		if err := os.MkdirAll(filepath.Clean(f), 0o755); err != nil {
			return err
		}
	}
	return nil
}
