// Command demo shows the main job of umm on practice hosts. First on one, in half a
// minute: into maintenance mode and back by hand, then by itself after power cuts and
// after a bad line in /etc/fstab. Then a command is rolled through a cluster of three,
// while clients write. What it prints are real commands and what they really print.
// It fails when anything is not as it should be.
//
// `make demo` builds what it needs and runs it; it needs root and no terminal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"umm/internal/lab"
)

// limit bounds the whole demo, the making of an image included.
const limit = 40 * time.Minute

func main() {
	name := flag.String("name", "demo", "name of the practice lab")
	part := flag.String("part", "", "host or cluster: only this part")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: demo [-name LAB] [-part host|cluster] UMM.deb UMM-CLUSTER; make demo builds both and runs this")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 || !slices.Contains([]string{"", "host", "cluster"}, *part) {
		flag.Usage()
		os.Exit(2)
	}
	// A closed pipe, too, must not leave a host behind.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx, *name, flag.Arg(0), flag.Arg(1), *part)
	if errors.Is(ctx.Err(), context.Canceled) {
		err = errors.New("interrupted")
	}
	cancel()
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, pkg, program, part string) error {
	for _, needed := range []string{pkg, program} {
		if _, err := os.Stat(needed); err != nil {
			return fmt.Errorf("cannot find what is to be shown: %w", err)
		}
	}
	t := newTeller(os.Stdout)
	if part != "cluster" {
		if err := alone(ctx, t, name, pkg); err != nil {
			return err
		}
	}
	if part != "host" {
		if err := rolls(ctx, t, name+"-cluster", pkg, program); err != nil {
			return err
		}
	}
	t.chapter("All of it went as it should")
	t.say("The practice hosts are gone, and everything that belonged to them.")
	return nil
}

// alone shows umm on one host.
func alone(ctx context.Context, t *teller, name, pkg string) (err error) {
	image := lab.Image{Suite: "bookworm"}
	if !image.Cached() {
		t.say("The practice host's image, Debian bookworm, is made, once: a minute or so.")
	}
	if _, err := lab.EnsureImage(ctx, image); err != nil {
		return err
	}
	t.say("A practice host boots: Debian bookworm, systemd as PID 1, ssh, nginx, cron.")
	l, err := lab.Up(ctx, lab.Spec{Name: name, Image: image})
	if err != nil {
		return err
	}
	defer func() {
		if down := lab.Down(context.WithoutCancel(ctx), name); down != nil {
			err = errors.Join(err, down)
		}
	}()
	h := l.Host("n1")
	if err := put(pkg, filepath.Join(h.Root(), "root", filepath.Base(pkg))); err != nil {
		return err
	}
	s := &story{h: h, t: t, pkg: filepath.Base(pkg)}
	return s.tell(ctx)
}

// put copies a file onto the host.
func put(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
