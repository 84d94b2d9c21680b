package clustercli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"umm/internal/cli/show"
	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
)

// yesFlag adds --yes to a command that asks at a terminal before it begins.
func (a *app) yesFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&a.yes, "yes", "y", false, "begin without asking; without a terminal nobody is asked")
}

// confirm asks a person at a terminal whether a run may begin. Who is no terminal, or has
// typed --yes, is not asked.
func (a *app) confirm(ctx context.Context, r run.Request, hosts []string, past []run.State) error {
	in, ok := a.stdin.(*os.File)
	if a.yes || r.Verb != run.Roll && r.Verb != run.Down || !ok || !show.Terminal(in) || !show.Terminal(a.stdout) {
		return nil
	}
	return a.ask(ctx, report.Question(r, hosts, report.EstimateFrom(past, r)))
}

// ask returns nil for yes. Anything else, and the end of the input, is no.
func (a *app) ask(ctx context.Context, question string) error {
	if _, err := fmt.Fprint(a.stdout, question+" [y/N] "); err != nil {
		return err
	}
	answers := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		answers <- line
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stdout)
	case answer := <-answers:
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return nil
		}
	}
	return &Error{Code: Refused, Err: errors.New("nothing was done")}
}
