// Command siteup makes a practice site by hand and leaves it up: three hosts with
// the services of a cluster. umm-lab ssh and umm-lab down work on it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"umm/test/cluster/site"
)

func main() {
	spec := site.Spec{Log: os.Stderr}
	flag.StringVar(&spec.Name, "name", "site", "name of the lab")
	flag.StringVar(&spec.Suite, "suite", "bookworm", "Debian release: bullseye, bookworm, trixie")
	flag.StringVar(&spec.Deb, "deb", "", "package of umm to install on every host")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	start := time.Now()
	if _, err := site.Up(ctx, spec); err != nil {
		fmt.Fprintln(os.Stderr, "siteup:", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "up after %.1fs; umm-lab ssh --name %s n1 goes there\n", time.Since(start).Seconds(), spec.Name)
}
