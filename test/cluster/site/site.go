package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"umm/internal/execx"
	"umm/internal/lab"
)

// What clients use.
const (
	VIP      = "192.0.2.100"
	SQLPort  = 3306
	AMQPPort = 5672
	User     = "app"
	Password = "app"
	Database = "app"
)

// Packages are what the hosts' image holds beside the basic set of a lab.
var Packages = []string{"corosync", "crmsh", "galera-4", "haproxy", "mariadb-server", "pacemaker",
	"pacemaker-cli-utils", "rabbitmq-server", "resource-agents", "rsync", "socat", "sudo"}

// Spec describes a site to Up.
type Spec struct {
	// Name is that of its lab.
	Name string
	// Suite is Debian's name for a release: bullseye, bookworm or trixie; empty for
	// bookworm.
	Suite string
	// Deb is the package of umm to install on every host; empty for none.
	Deb string
	// Log is told what goes on, a line each; nil for silence.
	Log io.Writer
}

// Site is one site that exists.
type Site struct {
	// Lab is what it stands on.
	Lab *lab.Lab
	log io.Writer
}

// Up gives a site whose services are all whole. One that exists already is used
// as it is, brought to health by Heal if need be, and given the package.
func Up(ctx context.Context, spec Spec) (*Site, error) {
	if spec.Log == nil {
		spec.Log = io.Discard
	}
	names, err := lab.Names()
	if err != nil {
		return nil, err
	}
	if slices.Contains(names, spec.Name) {
		s, err := Open(spec.Name, spec.Log)
		if err != nil {
			return nil, err
		}
		return s, s.renew(ctx, spec.Deb)
	}
	s, err := create(ctx, spec)
	if err != nil {
		return nil, errors.Join(err, lab.Down(context.WithoutCancel(ctx), spec.Name))
	}
	return s, nil
}

// Open finds a site that Up made, in this program or another.
func Open(name string, log io.Writer) (*Site, error) {
	l, err := lab.Open(name)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = io.Discard
	}
	return &Site{Lab: l, log: log}, nil
}

// Down removes the site with its lab.
func (s *Site) Down(ctx context.Context) error { return s.Lab.Down(ctx) }

func create(ctx context.Context, spec Spec) (*Site, error) {
	image := lab.Image{Suite: spec.Suite, Packages: Packages}
	hosts := make([]lab.HostSpec, 3)
	for i := range hosts {
		hosts[i] = lab.HostSpec{Name: fmt.Sprintf("n%d", i+1), Off: true}
	}
	l, err := lab.Up(ctx, lab.Spec{Name: spec.Name, Hosts: hosts, Image: image, Log: spec.Log})
	if err != nil {
		return nil, err
	}
	s := &Site{Lab: l, log: spec.Log}
	start := time.Now()
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"files", s.layOut},
		{"boot", s.powerAll},
		{"services", func(ctx context.Context) error {
			return inParallel(ctx, named("Galera", s.startGalera), named("RabbitMQ", s.startRabbit), named("Pacemaker", s.startPacemaker),
				func(ctx context.Context) error { return s.install(ctx, spec.Deb) })
		}},
		{"whole", s.WaitWhole},
	} {
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("cannot make the site %s: %w", spec.Name, err)
		}
		s.say("%s: %s done at %.1fs", spec.Name, step.title, time.Since(start).Seconds())
	}
	return s, nil
}

// renew brings a site that exists to health, with the package that is asked for.
func (s *Site) renew(ctx context.Context, deb string) error {
	if err := s.Heal(ctx); err != nil {
		return err
	}
	return s.install(ctx, deb)
}

// install puts umm on every host; the same package again changes nothing.
func (s *Site) install(ctx context.Context, deb string) error {
	if deb == "" {
		return nil
	}
	data, err := os.ReadFile(deb)
	if err != nil {
		return fmt.Errorf("cannot read the package of umm: %w", err)
	}
	return s.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
		kept := filepath.Join(h.Root(), "var/lib/umm.deb")
		if old, err := os.ReadFile(kept); err == nil && string(old) == string(data) {
			return nil
		}
		if err := os.WriteFile(kept+".new", data, 0o644); err != nil {
			return err
		}
		return script(ctx, h, "dpkg -i /var/lib/umm.deb.new >/dev/null </dev/null && mv /var/lib/umm.deb.new /var/lib/umm.deb")
	})
}

func (s *Site) powerAll(ctx context.Context) error {
	return s.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
		if !h.On() {
			if err := h.Power(ctx); err != nil {
				return err
			}
		}
		return h.WaitSSH(ctx)
	})
}

func (s *Site) say(format string, args ...any) { fmt.Fprintf(s.log, format+"\n", args...) }

// onAll does something on every host at once; the first error ends the others.
func (s *Site) onAll(ctx context.Context, do func(context.Context, *lab.Host) error) error {
	var all []func(context.Context) error
	for _, h := range s.Lab.Hosts() {
		all = append(all, func(ctx context.Context) error {
			if err := do(ctx, h); err != nil {
				return fmt.Errorf("%s: %w", h.Name(), err)
			}
			return nil
		})
	}
	return inParallel(ctx, all...)
}

func inParallel(ctx context.Context, all ...func(context.Context) error) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var group sync.WaitGroup
	for _, do := range all {
		group.Go(func() {
			if err := do(ctx); err != nil {
				fail(err)
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// named says in an error what it is about.
func named(what string, do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
}

// script runs lines of shell on a host, without ssh; a status other than 0 is an
// error with what was said.
func script(ctx context.Context, h *lab.Host, lines string) error {
	_, err := output(ctx, h, lines)
	return err
}

// output is script with what is printed.
func output(ctx context.Context, h *lab.Host, lines string) (string, error) {
	res, err := h.Enter(ctx, "/bin/sh", "-ec", lines)
	if err != nil {
		return "", err
	}
	return string(res.Stdout), failure(lines, res)
}

func failure(lines string, res execx.Result) error {
	if res.Code == 0 {
		return nil
	}
	first, _, _ := strings.Cut(lines, "\n")
	return fmt.Errorf("cannot do %q: status %d: %s%s", first, res.Code, res.Stderr, res.Stdout)
}

// until asks every quarter of a second until the answer is no error. Without a
// deadline of the caller it takes limit at most. The error is the last answer.
func until(ctx context.Context, limit time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		// The last answer that the end of the time did not cut off says more.
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", limit, last)
		case <-tick.C:
		}
	}
}
