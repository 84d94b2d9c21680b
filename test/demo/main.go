// Command demo shows the main job of umm on one practice host, in about a minute:
// into maintenance mode and back by hand, then by itself after power cuts and
// after a bad line in /etc/fstab. What it prints are real commands and what they
// really print. It fails when anything is not as it should be.
//
// `make demo` builds the package and runs it; it needs root and no terminal.
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
	"syscall"
	"time"

	"umm/internal/lab"
)

// limit bounds the whole demo, the making of an image included.
const limit = 25 * time.Minute

func main() {
	name := flag.String("name", "demo", "name of the practice lab")
	keep := flag.Bool("keep", false, "leave the host on at the end, to look around")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: demo [-name LAB] [-keep] PACKAGE.deb; make demo builds the package and runs this")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	// A closed pipe, too, must not leave a host behind.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx, *name, flag.Arg(0), *keep)
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

func run(ctx context.Context, name, pkg string, keep bool) (err error) {
	if _, err := os.Stat(pkg); err != nil {
		return fmt.Errorf("cannot find the package: %w", err)
	}
	image := lab.Image{Suite: "bookworm"}
	if !image.Cached() {
		fmt.Println("Making the practice host's image, Debian bookworm, once: a minute or so.")
	}
	if _, err := lab.EnsureImage(ctx, image); err != nil {
		return err
	}
	t := newTeller(os.Stdout)
	t.say("A practice host boots: Debian bookworm, systemd as PID 1, ssh, nginx, cron.")
	l, err := lab.Up(ctx, lab.Spec{Name: name, Image: image})
	if err != nil {
		return err
	}
	defer func() {
		if keep && err == nil {
			t.say("The host stays: umm-lab --name %s ssh n1, and umm-lab --name %s down.", name, name)
			return
		}
		if down := lab.Down(context.WithoutCancel(ctx), name); down != nil {
			err = errors.Join(err, down)
			return
		}
		t.say("The practice host is gone, and everything that belonged to it.")
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
