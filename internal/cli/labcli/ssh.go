package labcli

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

func (a *app) ssh() *cobra.Command {
	var terminal bool
	cmd := &cobra.Command{
		Use:   "ssh HOST [--] [COMMAND [ARG...]]",
		Short: "log in on a host as root, or run a command there",
		Long: `Logs in on a host as root, or runs a command there. Several words are the program
and its arguments as they are; one word is a line for the shell.`,
		Example: "  umm-lab ssh n1\n  umm-lab ssh n1 -- systemctl status nginx\n  umm-lab ssh n1 'ls /etc | wc -l'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			argv := h.SSHArgv(remote(args[1:])...)
			if terminal {
				argv = slices.Insert(argv, slices.Index(argv, "ssh")+1, "-t")
			}
			return become(argv)
		},
	}
	cmd.Flags().BoolVarP(&terminal, "tty", "t", false, "give the command a terminal")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func (a *app) enter() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enter HOST [--] [COMMAND [ARG...]]",
		Short: "run a shell or a command on a host without ssh",
		Long: `Runs a shell or a command on a host without ssh, as long as its systemd runs.
The command is read as umm-lab ssh reads it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := a.host(args[0])
			if err != nil {
				return err
			}
			argv, err := h.EnterArgv(remote(args[1:])...)
			if err != nil {
				return err
			}
			return become(argv)
		},
	}
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// remote reads the words after HOST.
func remote(words []string) []string {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	if len(words) == 1 {
		return []string{"/bin/sh", "-c", words[0]}
	}
	return words
}

// become replaces umm-lab by a program, which has its terminal and gives its exit
// code.
func become(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err == nil {
		err = syscall.Exec(path, argv, os.Environ())
	}
	return fmt.Errorf("cannot run %s: %w", argv[0], err)
}
