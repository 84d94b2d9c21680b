package labcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// followTick is how often a console is asked for more.
const followTick = 100 * time.Millisecond

func (a *app) console() *cobra.Command {
	var follow, interactive bool
	cmd := &cobra.Command{
		Use:   "console HOST",
		Short: "show what a host's console has shown, boot after boot",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if follow && interactive {
				return usageError("cannot follow a console and type on it: give -f or -i")
			}
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			if interactive {
				conn, err := h.Serial(c.Context())
				if err != nil {
					return err
				}
				defer conn.Close()
				fmt.Fprintf(a.stderr, "the console of %s; Ctrl-] leaves\n", h.Name())
				return converse(os.Stdin, os.Stdout, conn)
			}
			f, err := os.Open(h.Console())
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("cannot show the console of %s: it was never on", h.Name())
			}
			if err != nil {
				return fmt.Errorf("cannot show the console of %s: %w", h.Name(), err)
			}
			defer f.Close()
			return show(c.Context(), a.stdout, f, follow)
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until interrupted")
	cmd.Flags().BoolVarP(&interactive, "interactive", "i", false, "type on a machine's console too; Ctrl-] leaves")
	return cmd
}

// show copies what there is, and with follow what comes, until ctx is done.
func show(ctx context.Context, out io.Writer, in io.Reader, follow bool) error {
	t := time.NewTicker(followTick)
	defer t.Stop()
	for {
		if _, err := io.Copy(out, in); err != nil || !follow {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}
