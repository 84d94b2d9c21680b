package labcli

import (
	"fmt"

	"github.com/spf13/cobra"

	"umm/internal/lab"
)

// host finds the host that a command is about.
func (a *app) host(name string) (*lab.Host, error) {
	l, err := lab.Open(a.labName)
	if err != nil {
		return nil, err
	}
	return l.Find(name)
}

func (a *app) cut() *cobra.Command {
	return &cobra.Command{
		Use:   "cut HOST",
		Short: "take the power away from a host, as a failed supply would",
		Long:  "Takes the power away from a host: nothing on it runs on. It stays off until umm-lab power HOST on.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			return h.Cut(c.Context())
		},
	}
}

func (a *app) reboot() *cobra.Command {
	return &cobra.Command{
		Use:   "reboot HOST",
		Short: "have a host reboot, and wait until ssh answers again",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			id, err := h.Reboot(c.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, id)
			return err
		},
	}
}

func (a *app) power() *cobra.Command {
	return &cobra.Command{
		Use:   "power HOST on [KERNEL-ARGUMENT...] | power HOST off",
		Short: "switch a host on, or have it shut down",
		Long: `Switches a host on and waits until ssh answers; kernel arguments are for that boot
only. Off is an orderly shutdown; umm-lab cut is the other kind.`,
		Example: "  umm-lab power n1 on umm",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 || args[1] != "on" && (args[1] != "off" || len(args) > 2) {
				return fmt.Errorf("cannot read the command line: it is umm-lab %s", c.Use)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			if args[1] == "off" {
				return h.PowerOff(c.Context())
			}
			if err := h.SetNextKernelArgs(args[2:]...); err != nil {
				return err
			}
			if err := h.Power(c.Context()); err != nil {
				return err
			}
			return h.WaitSSH(c.Context())
		},
	}
}
