package bootcli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"umm/internal/host/initsys/upstart"
	"umm/internal/host/node"
)

// limitOf bounds what a boot or a shutdown waits for where the init system does not: the
// job files of Upstart know no time limit for a start. 0: nothing waits for it.
func limitOf(step string) time.Duration {
	switch step {
	case "begin", "end", "opened":
		return 10 * time.Second
	case "gate":
		return 15 * time.Second
	default:
		return 0
	}
}

// boundStep ends the program when a step takes too long: the boot goes on without it.
func boundStep(name string, stderr io.Writer) {
	limit := limitOf(name)
	if limit == 0 {
		return
	}
	time.AfterFunc(limit, func() {
		text := fmt.Sprintf("%s: given up after %s", name, limit)
		fmt.Fprintln(stderr, text)
		kmsg("<3>umm: " + text)
		os.Exit(int(node.CannotDo))
	})
}

// bootGoesOn is the answer of the gate that is no error: exit status 1.
type bootGoesOn struct{}

func (bootGoesOn) Error() string { return "this boot is not maintenance mode" }

func runGate(ctx context.Context, n *node.Node) error {
	if n.Gate(ctx) {
		return nil
	}
	return bootGoesOn{}
}

func watchDisks(ctx context.Context, n *node.Node) error {
	m, can := n.Disks.(node.Mounter)
	if !can {
		return fmt.Errorf("only needed where Upstart runs the host")
	}
	return n.WatchDisks(ctx, m)
}

func waitExpire(ctx context.Context, n *node.Node) error {
	seconds, err := strconv.Atoi(os.Getenv(upstart.ExpireAfter))
	if err != nil || seconds < 0 {
		return fmt.Errorf("%s is not a number of seconds", upstart.ExpireAfter)
	}
	return n.WaitExpire(ctx, time.Duration(seconds)*time.Second)
}
