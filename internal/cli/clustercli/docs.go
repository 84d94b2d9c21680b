package clustercli

import (
	"os"

	"umm/internal/cli/docs"
	"umm/internal/cluster/config"
)

// Docs are the man pages, completions and example file of umm-cluster; they come
// from the same source as the help. They are not linked into umm-cluster itself.
func Docs() docs.Program { return newApp(os.Stdout, os.Stderr).docs() }

func (a *app) docs() docs.Program {
	p := docs.Program{
		Root:      a.root(),
		Title:     "rolling maintenance of a high-availability cluster",
		ExitCodes: exitCodes,
		Sections:  []docs.Section{{Name: "RISKS", Text: risksHelp()}, {Name: "FILES", Text: filesHelp}},
		SeeAlso:   []string{"umm (8)", "ssh_config (5)"},
		Config: docs.Config{
			Name:    "umm-cluster.yaml",
			Title:   "configuration of umm-cluster",
			Path:    confPath,
			Help:    config.Help,
			Example: config.Example(),
		},
	}
	for _, d := range config.Docs() {
		p.Config.Keys = append(p.Config.Keys, docs.Key{Name: d.Name, Help: d.Help})
	}
	return p
}

const filesHelp = `  /etc/umm-cluster.yaml   the configuration, umm-cluster.yaml(5)
  /etc/umm-cluster/       configurations for umm-cluster@NAME.timer, which is disabled by default
  /var/lib/umm-cluster/   the journals of the runs, their logs and the locks, as root
  ~/.local/state/umm-cluster/, or below $XDG_STATE_HOME: the same for other users
  ~/.ssh/config, ~/.ssh/known_hosts   how hosts are reached, ssh_config(5); those of root under sudo`
