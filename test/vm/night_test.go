//go:build e2e

package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
	"umm/test/needs"
)

// newKernelDeb is where the package of the new kernel is on a machine.
const newKernelDeb = "/root/kernel.deb"

// TestPatchNight rolls a kernel of Debian's security archive through three machines that run the
// one of the release: afterwards each runs the new one, and a second roll takes none.
func TestPatchNight(t *testing.T) {
	needs.Root(t)
	if os.Getenv("UMM_VM") != "all" {
		t.Skip("DID NOT RUN: it takes long: make test-vm runs it")
	}
	program := os.Getenv("UMM_CLUSTER")
	if program == "" || os.Getenv("UMM_DEB") == "" {
		needs.Absent(t, "UMM_CLUSTER and UMM_DEB name no programs to test")
	}
	deb = os.Getenv("UMM_DEB")
	for _, firmware := range []string{lab.BIOS, lab.UEFI} {
		t.Run(firmware, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), storyLimit)
			defer cancel()
			n := newNight(ctx, t, firmware, program)
			n.nothingIsDrained()
			n.stopsAtABadKernel()
			n.endsOnTheNewKernel()
		})
	}
}

// night is three machines and the master that looks after them.
type night struct {
	t        *testing.T
	ctx      context.Context
	lab      *lab.Lab
	machines []*machine
	program  string
	conf     string
	// old and newer are what uname -r says before and after.
	old, newer string
}

func newNight(ctx context.Context, t *testing.T, firmware, program string) *night {
	t.Helper()
	name := fmt.Sprintf("%s%d-night-%s", labPrefix, os.Getpid(), firmware)
	t.Cleanup(func() {
		if err := lab.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	l, err := lab.Up(ctx, lab.Spec{Name: name, N: 3, Machine: firmware, Image: lab.Image{Suite: "bookworm"}, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	n := &night{t: t, ctx: ctx, lab: l, program: program, conf: filepath.Join(t.TempDir(), "umm-cluster.yaml")}
	for _, h := range l.Hosts() {
		m := &machine{Host: h, t: t, ctx: ctx}
		m.boot, err = m.BootID()
		m.must(err)
		m.settle()
		m.install(deb)
		n.machines = append(n.machines, m)
	}
	n.old = n.machines[0].ok("uname", "-r")
	var file string
	file, n.newer = newerKernel(ctx, t, n.old)
	data, err := os.ReadFile(file)
	n.machines[0].must(err)
	for _, m := range n.machines {
		m.copies(data, newKernelDeb)
	}
	text := fmt.Sprintf(`hosts: [{name: n1}, {name: n2}, {name: n3}]
ssh: {config: %s}
state_dir: %s
gate: {samples: 1}
checks:
  - name: web
    hosts: [n1, n2, n3]
    check: [systemctl, is-active, nginx]
`, l.SSHConfig(), filepath.Join(filepath.Dir(n.conf), "state"))
	if err := os.WriteFile(n.conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// run runs umm-cluster, and wants its exit code and what it prints to have all of words.
func (n *night) run(want int, args []string, words ...string) string {
	n.t.Helper()
	argv := n.lab.InNet(append([]string{n.program, "--config", n.conf}, args...)...)
	cmd := exec.CommandContext(n.ctx, argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		n.t.Fatal(err)
	}
	n.t.Logf("%s\n%s-> %d after %v", strings.Join(args, " "), out.String(), cmd.ProcessState.ExitCode(), time.Since(began).Round(time.Second))
	if code := cmd.ProcessState.ExitCode(); code != want {
		n.t.Fatalf("umm-cluster %s ended with %d, want %d", args[0], code, want)
	}
	// Lines are broken anywhere.
	said := strings.Join(strings.Fields(out.String()), " ")
	for _, w := range words {
		if !strings.Contains(said, w) {
			n.t.Errorf("umm-cluster %s does not say %q", args[0], w)
		}
	}
	return out.String()
}

// nothingIsDrained fills the disk of the second machine: the preparation fails there, and no
// machine goes out of service.
func (n *night) nothingIsDrained() {
	n.t.Helper()
	second := n.machines[1]
	// Root may use what is reserved, too.
	second.sh("cat /dev/zero >/fill 2>/dev/null || :")
	n.run(3, []string{"roll", "--reason", "a full disk", "--prepare", "cp " + newKernelDeb + " /var/tmp/", "--", "true"}, "n2", "No space left on device")
	second.ok("rm", "/fill")
	for _, m := range n.machines {
		m.is(operational, 0, "", "")
		id, err := m.BootID()
		m.must(err)
		m.equal("the boot", id, m.boot)
	}
}

// stopsAtABadKernel rolls a kernel whose initramfs is broken: the first machine comes back on its
// old one by itself, the run stops and says why, and the other machines are as before.
func (n *night) stopsAtABadKernel() {
	n.t.Helper()
	first := n.machines[0]
	image := "/boot/initrd.img-" + n.newer
	n.run(4, []string{"roll", "--reason", "a bad kernel", "--", "dpkg -i " + newKernelDeb + " && head -c 100000 /dev/urandom >" + image},
		"n1", n.newer+" failed its trial", "it is back on the kernel "+n.old)
	for _, m := range n.machines {
		m.is(operational, 0, "", "")
		m.equal("the kernel of "+m.Name(), m.ok("uname", "-r"), n.old)
	}
	for _, m := range n.machines[1:] {
		id, err := m.BootID()
		m.must(err)
		m.equal("the boot", id, m.boot)
	}
	n.run(0, []string{"abort"})
	first.sh("rm " + image)
	var err error
	first.boot, err = first.BootID()
	first.must(err)
}

func (n *night) endsOnTheNewKernel() {
	n.t.Helper()
	n.run(0, []string{"plan", "--", "dpkg", "-i", newKernelDeb}, "run dpkg -i "+newKernelDeb)
	upgraded := "kernel " + n.old + " -> " + n.newer
	out := n.run(0, []string{"roll", "--reason", "November updates", "--", "dpkg", "-i", newKernelDeb}, upgraded)
	if got := strings.Count(out, upgraded); got < len(n.machines) {
		n.t.Errorf("the new kernel is told of %d machines", got)
	}
	for _, m := range n.machines {
		m.equal("the kernel of "+m.Name(), m.ok("uname", "-r"), n.newer)
		m.is(operational, 0, "", "")
	}
	n.run(0, []string{"show"}, upgraded)
	n.run(0, []string{"roll", "--if-needed"}, "no host has to be rebooted")
}
