package nodecli

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteDocs writes what packages ship beside the program, from the same source as
// the help: umm.8 and umm.conf.5 into man; umm.bash, _umm and umm.fish into
// completions. It is not linked into umm itself.
func WriteDocs(man, completions string) error {
	a := newApp(os.Stdout, os.Stderr)
	root := a.root()
	bash := root.GenBashCompletionFileV2(filepath.Join(completions, "umm.bash"), true)
	zsh := root.GenZshCompletionFile(filepath.Join(completions, "_umm"))
	fish := root.GenFishCompletionFile(filepath.Join(completions, "umm.fish"), true)
	return errors.Join(bash, zsh, fish, writeMan(man, root))
}
