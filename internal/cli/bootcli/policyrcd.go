package bootcli

import (
	"context"
	"fmt"
	"io"
	"time"

	"umm/internal/host/node"
	"umm/internal/host/policyrcd"
)

// policyLimit bounds an answer: a package script waits for it.
const policyLimit = 40 * time.Second

// answer tells a package script whether it may start a service.
func answer(args []string, n *node.Node, stderr io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), policyLimit)
	defer cancel()
	q, err := policyrcd.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return policyrcd.Syntax
	}
	n.Warn = func(text string) { fmt.Fprintln(stderr, "umm: "+text) }
	if !q.Starts || !n.BlocksStart(ctx, q.Service) {
		return policyrcd.Allowed
	}
	fmt.Fprintf(stderr, "umm: not starting %s in maintenance mode; umm off starts it if it is enabled\n", q.Service)
	return policyrcd.Forbidden
}
