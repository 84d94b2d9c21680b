package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"umm/internal/lab"
	"umm/test/cluster/site"
)

// page is where the run stands as a page at the end, from where make demo is called.
const page = "build/demo-roll.html"

// rolls shows umm-cluster on three practice hosts with the services of a controller:
// a command is rolled through all of them in maintenance mode, while clients write.
func rolls(ctx context.Context, t *teller, name, pkg, program string) (err error) {
	t.chapter("A cluster: three hosts with Pacemaker, Galera, RabbitMQ and HAProxy, one at a time")
	if !(lab.Image{Suite: "bookworm", Packages: site.Packages}).Cached() {
		t.say("The image of the cluster's hosts is made, once: two minutes or so.")
	}
	t.say("Three hosts boot, and form a cluster behind the virtual IP %s.", site.VIP)
	s, err := site.Up(ctx, site.Spec{Name: name, Deb: pkg})
	if err != nil {
		return err
	}
	defer func() {
		if down := s.Down(context.WithoutCancel(ctx)); down != nil {
			err = errors.Join(err, down)
		}
	}()
	dir, err := os.MkdirTemp("", "umm-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m := &master{t: t, site: s, program: program, conf: filepath.Join(dir, "umm-cluster.yaml")}
	if err := os.WriteFile(m.conf, []byte(configuration(s, dir)), 0o600); err != nil {
		return err
	}
	return m.tell(ctx)
}

// configuration is all that umm-cluster needs; it finds the services by itself.
func configuration(s *site.Site, dir string) string {
	return fmt.Sprintf(`hosts: [{name: n1}, {name: n2}, {name: n3}]
ssh: {config: %s}
state_dir: %s/state
probes:
- {name: SQL-port, tcp: "%s:%d"}
- {name: AMQP-port, tcp: "%[3]s:%[5]d"}
`, s.Lab.SSHConfig(), dir, site.VIP, site.SQLPort, site.AMQPPort)
}

// master is the machine that umm-cluster runs on: this one, in the hosts' network.
type master struct {
	t             *teller
	site          *site.Site
	program, conf string
}

func (m *master) tell(ctx context.Context) error {
	m.t.say("All is in sync. What umm-cluster finds:")
	if err := m.run(ctx, "status"); err != nil {
		return err
	}
	m.t.say("Two clients write through the virtual IP from now on: rows, and confirmed messages.")
	writers, err := m.site.StartWriters(ctx)
	if err != nil {
		return err
	}
	watch := m.site.Observe(ctx)
	rolled := m.run(ctx, "roll", "--reason", "the demo", "--", "touch", "/root/rolled")
	records, seen := writers.Stop(), watch.Stop()
	if rolled != nil {
		return rolled
	}
	m.t.say("What was done, and what it took:")
	if err := m.run(ctx, "show"); err != nil {
		return err
	}
	m.t.say("What the clients saw, and who was out of service when:")
	m.t.printed(felt(records.SQL) + felt(records.AMQP) + seen.String())
	for _, h := range m.site.Lab.Hosts() {
		if _, err := h.Output(ctx, "rm", "/root/rolled"); err != nil {
			return fmt.Errorf("the command should have run on %s: %w", h.Name(), err)
		}
	}
	if seen.Most > 1 {
		return fmt.Errorf("one host at a time should be out of service; there were %d: %s", seen.Most, strings.Join(seen.MostWho, ", "))
	}
	if err := writers.Verify(ctx, records); err != nil {
		return err
	}
	m.t.say("Every write that was acknowledged is there: %d rows on all three hosts, %d messages.", len(records.SQL.Acked), len(records.AMQP.Acked))
	if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
		return err
	}
	return m.run(ctx, "show", "--html", page)
}

// felt is what a client saw, and the times in which it had to try again.
func felt(r site.Record) string {
	text := r.String() + "\n"
	for _, g := range r.Gaps {
		if g.Failed > 0 {
			text += "  " + g.String() + "\n"
		}
	}
	return text
}

// run runs umm-cluster as its operator does, on this very terminal if it is one.
func (m *master) run(ctx context.Context, args ...string) error {
	m.t.typed("master#", "umm-cluster "+strings.Join(args, " "))
	argv := m.site.Lab.InNet(append([]string{m.program, "--config", m.conf}, args...)...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// It ends by itself, and says where everything stands.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 2 * time.Minute
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("umm-cluster %s should succeed: %w", args[0], err)
	}
	return nil
}
