package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	statusHosts = 200
	// statusBudget is what the fastest peer's time is multiplied with.
	statusBudget = 1.0 / 6
	bareBudget   = 1.15
	// parallel is umm-cluster's own default, and the floor's.
	parallel = 32
)

// parallels are what the peers are tried with; each keeps what is best for it.
var parallels = []int{16, 64, statusHosts}

// peer is a program that asks all hosts for their status.
type peer struct {
	name string
	// argv is its command line for so many hosts at once; env stands beside it.
	argv func(at int) []string
	env  []string
	at   int
	// rounds bounds how often a slow one is measured; 0: as often as the others.
	rounds int
}

// command writes the peer's output to a file, as whoever wants it would.
func (p peer) command(ctx context.Context, out *os.File) *exec.Cmd {
	argv := p.argv(p.at)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout = out
	return cmd
}

// measure runs the peer once, and sees that every host has told its state. cpu is the
// processor time of it and all that it started.
func (p peer) measure(ctx context.Context, dir string) (took, cpu float64, err error) {
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		return 0, 0, err
	}
	defer out.Close()
	var said bytes.Buffer
	cmd := p.command(ctx, out)
	cmd.Stderr = &said
	begin := time.Now()
	err = cmd.Run()
	took = time.Since(begin).Seconds()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", p.name, err, said.String())
	}
	text, err := os.ReadFile(out.Name())
	if n := bytes.Count(text, []byte(`"boot_id"`)); err == nil && n != statusHosts {
		err = fmt.Errorf("%s shows the status of %d hosts: %s%s", p.name, n, text[:min(len(text), 500)], said.String())
	}
	return took, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), err
}

// statusPeers are umm-cluster, the floor, and the others, in this order. Each logs
// in anew: nobody keeps connections from one round to the next.
func statusPeers(dir, cluster, floor string) (ours, bare, bareOnce peer, others []peer) {
	hosts, config := hostsFile(dir), sshConfig(dir)
	n := strconv.Itoa
	fixed := func(name string, argv ...string) peer {
		return peer{name: name, at: parallel, argv: func(int) []string { return argv }}
	}
	ours = fixed("umm-cluster status", cluster, "--config", filepath.Join(dir, "umm-cluster.yaml"), "status", "-o", "json")
	lines := []string{floor, "-key", keyFile(dir), "-known", knownFile(dir), "-hosts", hosts, "-parallel", n(parallel)}
	bareOnce = fixed("bare x/crypto/ssh, status only", append(lines[:len(lines):len(lines)], statusLine)...)
	bare = fixed("bare x/crypto/ssh", append(lines[:len(lines):len(lines)], "comms=$(ps)", statusLine)...)
	others = []peer{
		{name: "pdsh", env: []string{"PDSH_SSH_ARGS_APPEND=-F " + config}, argv: func(at int) []string {
			return []string{"pdsh", "-R", "ssh", "-f", n(at), "-w", "^" + hosts, statusLine}
		}},
		{name: "parallel-ssh", argv: func(at int) []string {
			return []string{"parallel-ssh", "-p", n(at), "-h", hosts, "-t", "0", "-i", "-x", "-F " + config, statusLine}
		}},
		{name: "clush", argv: func(at int) []string {
			return []string{"clush", "-f", n(at), "--hostfile", hosts, "-o", "-F " + config, statusLine}
		}},
		{name: "ansible", rounds: 3, env: []string{"ANSIBLE_SSH_ARGS=-F " + config, "ANSIBLE_SSH_USETTY=False", "ANSIBLE_CONFIG=" + ansibleConfig(dir)},
			argv: func(at int) []string {
				return []string{"ansible", "all", "-i", hosts, "-f", n(at), "-m", "raw", "-a", statusLine}
			}},
	}
	return ours, bare, bareOnce, others
}

// ansibleConfig says nothing, in place of what this machine's says.
func ansibleConfig(dir string) string { return filepath.Join(dir, "ansible.cfg") }

// clusterConfig is what umm-cluster is told of the hosts.
func clusterConfig(dir string) error {
	hosts, err := os.ReadFile(hostsFile(dir))
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("hosts:\n")
	for addr := range strings.FieldsSeq(string(hosts)) {
		fmt.Fprintf(&b, "  - name: %s\n", addr)
	}
	fmt.Fprintf(&b, "ssh:\n  config: %s\nstate_dir: %s\n", sshConfig(dir), filepath.Join(dir, "state"))
	return errors.Join(os.WriteFile(filepath.Join(dir, "umm-cluster.yaml"), []byte(b.String()), 0o600),
		os.WriteFile(ansibleConfig(dir), []byte("[defaults]\n"), 0o600))
}
