package clustercli

import (
	"os"

	"umm/internal/cli/docs"
)

// Docs are the man pages and completions of umm-cluster; they come from the same
// source as the help. They are not linked into umm-cluster itself.
func Docs() docs.Program { return newApp(os.Stdout, os.Stderr).docs() }

func (a *app) docs() docs.Program {
	return docs.Program{
		Root:      a.root(),
		Title:     "rolling maintenance of a high-availability cluster",
		ExitCodes: exitCodes,
		SeeAlso:   []string{"umm (8)", "ssh_config (5)"},
		Config: docs.Config{
			Name:  "umm-cluster.yaml",
			Title: "configuration of umm-cluster",
			Path:  confPath,
		},
	}
}
