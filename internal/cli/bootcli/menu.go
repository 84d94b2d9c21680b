package bootcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"umm/internal/cli/wiring"
	"umm/internal/host/bootmenu"
	"umm/internal/host/node"
)

// menuHelp is behind the steps in what umm-boot says of itself.
const menuHelp = "  menu entry DIR | update [adding|added|removed VERSION] | remove\n             maintain the boot menu entry\n"

// menu keeps the boot menu's entry. Packages, /etc/grub.d and the hooks of kernels
// run it.
func menu(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	n := wiring.New("/")
	n.Tell = func(text string) { fmt.Fprintln(stderr, "umm: "+text) }
	n.Warn = n.Tell
	code, err := runMenu(ctx, wiring.Menu("/"), n, args, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "umm: boot menu: %v\n", err)
	}
	return int(code)
}

// kernels is who is told of a kernel that comes or goes.
type kernels interface {
	KernelAdded(ctx context.Context, kernel string) error
	KernelRemoved(ctx context.Context, kernel string) error
}

func runMenu(ctx context.Context, h bootmenu.Host, trials kernels, args []string, stdout io.Writer) (node.Code, error) {
	word := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	var err error
	switch {
	case len(args) == 2 && word(0) == "entry":
		var text string
		// All of it or nothing: the reader puts it into grub.cfg.
		if text, err = h.Print(ctx, word(1)); err == nil {
			_, err = io.WriteString(stdout, text)
		}
	case len(args) == 1 && word(0) == "update":
		err = h.Update(ctx, bootmenu.Kernel{})
	case len(args) == 3 && word(0) == "update" && word(1) == "adding":
		err = h.HideArgument()
	case len(args) == 3 && word(0) == "update" && word(1) == "added":
		if err = h.Update(ctx, bootmenu.Kernel{Added: word(2)}); err == nil {
			err = trials.KernelAdded(ctx, word(2))
		}
	case len(args) == 3 && word(0) == "update" && word(1) == "removed":
		err = errors.Join(trials.KernelRemoved(ctx, word(2)), h.Update(ctx, bootmenu.Kernel{Removed: word(2)}))
	case len(args) == 1 && word(0) == "remove":
		err = h.Remove(ctx)
	default:
		return node.Usage, errors.New("menu entry DIR, menu update [adding|added|removed VERSION] or menu remove")
	}
	if err != nil {
		return node.CannotDo, err
	}
	return node.Done, nil
}
