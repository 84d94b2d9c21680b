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
	var follow bool
	cmd := &cobra.Command{
		Use:   "console HOST",
		Short: "show what a host's console has shown, boot after boot",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
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
