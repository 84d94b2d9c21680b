package labcli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"umm/internal/lab"
)

func (a *app) image() *cobra.Command {
	var image lab.Image
	cmd := &cobra.Command{
		Use:   "image",
		Short: "build the root file system that hosts start as, and print its folder",
		Long: `Builds the root file system that hosts start as, from the Debian archive that
this machine's apt uses (UMM_LAB_MIRROR names another), and prints its folder.
Takes half a minute or more; nothing is done when it is in the cache already
(/var/cache/umm-lab, or UMM_LAB_CACHE).`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !image.Cached() {
				fmt.Fprintf(a.stderr, "building the image %s: a minute or so\n", image.Suite)
			}
			folder, err := lab.EnsureImage(c.Context(), image)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, folder)
			return err
		},
	}
	imageFlags(cmd.Flags(), &image)
	return cmd
}

func imageFlags(f *pflag.FlagSet, image *lab.Image) {
	f.StringVar(&image.Suite, "suite", "bookworm", "Debian release: bullseye, bookworm, trixie, forky, sid")
	f.StringArrayVar(&image.Packages, "package", nil, "one more package to install; may be repeated")
}
