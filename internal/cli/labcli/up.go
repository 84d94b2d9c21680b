package labcli

import (
	"github.com/spf13/cobra"

	"umm/internal/lab"
)

func (a *app) up() *cobra.Command {
	var spec lab.Spec
	cmd := &cobra.Command{
		Use:   "up",
		Short: "make a lab and boot its hosts",
		Long: `Makes a lab and boots its hosts. Returns when ssh answers on all of them. The files
of a host are in /run/umm-lab/LAB/HOST/root, whether it is on or off.

With --machine the hosts are machines that QEMU runs: firmware, GRUB on the serial
console, a kernel of their own. They take a minute to boot where KVM does not work;
umm-lab enter, kernel arguments from outside and the folder above are not for them.`,
		Example: "  umm-lab up --hosts 2 --suite trixie\n  umm-lab up --machine uefi",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			spec.Name, spec.Log = a.labName, a.stderr
			_, err := lab.Up(c.Context(), spec)
			return err
		},
	}
	cmd.Flags().IntVar(&spec.N, "hosts", 1, "how many hosts")
	cmd.Flags().StringVar(&spec.Machine, "machine", "", "make machines, not containers, with that firmware: bios or uefi")
	imageFlags(cmd.Flags(), &spec.Image)
	return cmd
}
