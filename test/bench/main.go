// Command bench measures what umm costs and what it saves, always against the
// same thing done without it, in pairs taken in turn, and prints one table of
// ratios with the goals beside them. A ratio means something on any machine; the
// medians in the last column are this machine's.
//
// `make bench` builds what it needs and runs it. It takes about a quarter of an hour,
// and wants a machine that does nothing else. Its parts can be measured alone: host is
// umm on practice hosts, cluster is umm-cluster.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"umm/internal/lab"
)

const (
	limit = 40 * time.Minute
	// The machine is quiet below this load; it is waited for only so long.
	quiet      = 0.5
	quietLimit = 2 * time.Minute
	quietTick  = 5 * time.Second
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "inside" {
		if err := inside(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %v\n", err)
			os.Exit(1)
		}
		return
	}
	b := bench{}
	flag.StringVar(&b.name, "name", "bench", "name of the practice lab")
	flag.IntVar(&b.boots, "boots", 60, "pairs of a bare host's boots")
	flag.IntVar(&b.switches, "switches", 6, "pairs of each kind of switch, and of a controller's boots")
	flag.IntVar(&b.starts, "starts", 500, "pairs of program starts")
	flag.IntVar(&b.rounds, "rounds", 15, "rounds of umm-cluster and its peers")
	flag.StringVar(&b.others, "peers", "pdsh,parallel-ssh,clush,ansible", "the programs that umm-cluster is measured beside")
	flag.StringVar(&b.only, "only", "", "measure one part only: host, or cluster, of which there are roll, comeback, status and look")
	flag.StringVar(&b.clusterProgram, "umm-cluster", "build/umm-cluster", "the umm-cluster to measure")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: bench [FLAGS] PACKAGE.deb EMPTY-PROGRAM; make bench builds both and runs this")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 || !slices.Contains([]string{"", "host", "cluster", "roll", "comeback", "status", "look"}, b.only) {
		flag.Usage()
		os.Exit(2)
	}
	b.pkg, b.empty = flag.Arg(0), flag.Arg(1)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := b.run(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		err = errors.New("interrupted")
	}
	cancel()
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	name, pkg, empty                string
	clusterProgram, others, only    string
	boots, switches, starts, rounds int
	rows                            []row
}

// controller is what runs on a host that umm is meant for; on a bare one there
// would be next to nothing to stop and to start.
var controller = lab.Image{Suite: "bookworm", Packages: []string{"mariadb-server", "rabbitmq-server", "haproxy"}}

// heavy are its services.
const heavy = "rabbitmq-server mariadb haproxy nginx cron"

func (b *bench) run(ctx context.Context) error {
	begin := time.Now()
	before := untilQuiet(ctx)
	said := "\nMedians of the ratios of pairs taken in turn, 95% intervals by bootstrap.\n"
	for _, part := range []struct {
		names   []string
		measure func(context.Context) error
		notes   string
	}{
		{[]string{"host"}, b.host, hostNotes},
		{[]string{"cluster", "roll"}, b.roll, rollNotes},
		{[]string{"cluster", "comeback"}, b.comebacks, comebackNotes},
		{[]string{"cluster", "status"}, b.status, statusNotes()},
		{[]string{"cluster", "look"}, b.look, lookNotes},
	} {
		if b.only != "" && !slices.Contains(part.names, b.only) {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return err
		}
		said += part.notes
	}
	fmt.Println()
	if err := printTable(os.Stdout, b.rows); err != nil {
		return err
	}
	fmt.Printf("%sLoad of this machine before: %.2f. Took %s.\n", said, before, time.Since(begin).Round(time.Second))
	return nil
}

const hostNotes = `A bare host is Debian bookworm with ssh, nginx and cron; a controller has rabbitmq-server, mariadb and haproxy beside
them, and is what is switched.
`

// host measures umm on practice hosts.
func (b *bench) host(ctx context.Context) error {
	if err := b.with(ctx, lab.Image{Suite: "bookworm"}, b.bare); err != nil {
		return err
	}
	return b.with(ctx, controller, b.loaded)
}

// with measures on twins of an image and takes them down.
func (b *bench) with(ctx context.Context, image lab.Image, measure func(context.Context, *twins) error) (err error) {
	b.tell("twins boot: Debian bookworm %s", strings.Join(image.Packages, " "))
	t, err := makeTwins(ctx, b.name, image, b.pkg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.lab.Down(context.WithoutCancel(ctx))) }()
	return measure(ctx, t)
}

func (b *bench) tell(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

func (b *bench) add(r row) {
	if r.note == "" && len(r.pairs) > 0 {
		r.note = inMillis(r.pairs)
	}
	b.rows = append(b.rows, r)
	c := r.cells()
	b.tell("%s against %s: %s (%s)", c[0], c[1], c[2], c[7])
}

// bare measures what does not depend on what else a host runs.
func (b *bench) bare(ctx context.Context, t *twins) error {
	if err := b.programs(ctx, t.umm); err != nil {
		return err
	}
	return b.boot(ctx, t, b.boots, "a bare host's boot with umm")
}

// boot measures whole boots, and leaves both hosts off.
func (b *bench) boot(ctx context.Context, t *twins, n int, what string) error {
	for _, h := range []*lab.Host{t.umm, t.plain} {
		if err := h.PowerOff(ctx); err != nil {
			return err
		}
	}
	pairs, err := interleave(ctx, n, userspaceBoot(t.umm), userspaceBoot(t.plain))
	if err != nil {
		return err
	}
	b.add(row{what: what, against: "without umm", pairs: pairs, goal: 1.01})
	return nil
}

// loaded measures the ways into maintenance mode and out of it.
func (b *bench) loaded(ctx context.Context, t *twins) error {
	nothing := func(context.Context) error { return nil }
	off := func(ctx context.Context) error {
		if err := enter(ctx, t.umm, "umm", "off"); err != nil {
			return err
		}
		return settled(ctx, t.umm)
	}
	for _, m := range []struct {
		row
		a, b measure
	}{
		{row{what: "umm on until ssh answers", against: "systemctl reboot until ssh answers", goal: 1},
			untilSSH(t.umm, off, "umm", "on"), untilSSH(t.plain, nothing, "systemctl", "reboot")},
		{row{what: "umm on --live until all is stopped", against: "systemctl isolate, the same units"},
			untilDone(t.umm, []string{"umm", "off"}, "umm", "on", "--live"),
			untilDone(t.plain, []string{"systemctl", "start", "default.target"},
				"sh", "-c", "systemctl isolate "+twinTarget+" && systemctl stop "+heavy)},
		{row{what: "umm off until the default target is up", against: "systemctl start default.target", goal: 1.05},
			toDefault(t.umm, []string{"umm"}, "umm", "off"),
			toDefault(t.plain, []string{"systemd.unit=" + twinTarget}, "systemctl", "start", "default.target")},
	} {
		pairs, err := interleave(ctx, b.switches, m.a, m.b)
		if err != nil {
			return err
		}
		m.pairs = pairs
		b.add(m.row)
	}
	return b.boot(ctx, t, b.switches, "a controller's boot with umm")
}

// untilQuiet waits, for a while, until the machine has nothing else to do, and
// returns the load that there is then.
func untilQuiet(ctx context.Context) float64 {
	ctx, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	tick := time.NewTicker(quietTick)
	defer tick.Stop()
	for told := false; ; told = true {
		now := load()
		if now < quiet {
			return now
		}
		if !told {
			fmt.Fprintf(os.Stderr, "bench: this machine is running (load %.2f); waiting for it to end, at most %s\n", now, quietLimit)
		}
		select {
		case <-ctx.Done():
			return now
		case <-tick.C:
		}
	}
}

func load() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	word, _, _ := strings.Cut(string(text), " ")
	now, _ := strconv.ParseFloat(word, 64)
	return now
}
