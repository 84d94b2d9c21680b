package nodecli

import (
	"os"

	"umm/internal/cli/docs"
	"umm/internal/host/config/policy"
)

// Docs are umm's man pages and completions; they come from the same source as the
// help. They are not linked into umm itself.
func Docs() docs.Program { return newApp(os.Stdout, os.Stderr).docs() }

func (a *app) docs() docs.Program {
	p := docs.Program{
		Root:      a.root(),
		Title:     "unified maintenance mode of a host",
		ExitCodes: exitCodes,
		Sections:  []docs.Section{{Name: "RUNS OF UMM-CLUSTER", Text: guardHelp}, {Name: "HOOKS", Text: hooksHelp}, {Name: "BOOT MENU", Text: menuHelp}, {Name: "FILES", Text: filesHelp}},
		SeeAlso:   []string{"systemctl (1)", "initctl (8)"},
		Config: docs.Config{
			Name:  "umm.conf",
			Title: "configuration of unified maintenance mode",
			Path:  confPath,
			Help:  policy.Help,
		},
	}
	for _, k := range policy.Keys {
		p.Config.Keys = append(p.Config.Keys, docs.Key{Name: k.Name + "=" + k.Example, Help: k.Help})
	}
	return p
}

const hooksHelp = `Executables in /etc/umm/hooks.d/pre-on, post-on, pre-off and post-off are run in
the order of their names, each for at most 60 seconds; names with a dot are left
out. What is not root's, or can be written to by others, is not run, nor is what is
beside it. A failing hook of pre-on or pre-off refuses the command. post-on hooks run in
maintenance mode, before the command. Whoever calls, the environment
is the same: PATH, with the folders of system programs, root's HOME, USER, LOGNAME and
SHELL, LC_ALL=C, and

  UMM_PHASE    pre-on, post-on, pre-off or post-off
  UMM_TRIGGER  operator, kernel-argument, unclean-boots or emergency
  UMM_DETAIL   which mount failed, how many boots were unclean
  UMM_REASON   the text of --reason
  UMM_BY       who asked
  UMM_BOOT_ID  the ID of this boot
  UMM_LIVE     true for a switch without a reboot

Executables in /etc/umm/health.d, by the same rules, have to succeed when the host has been
operational for COUNTER_RESET_TIME, or the boot does not count as healthy; they are run
again each minute. umm history says which one fails.`

const menuHelp = `GRUB's menu has the entry "Unified maintenance mode (UMM)", with the ID umm: the
default entry once more, with the kernel argument umm. It follows the kernels as they
are installed and removed, and goes with the package. Disabled, umm leaves it alone;
it boots the host as usual then. umm check warns where it is not there or not right.

  /lib/umm/umm-boot menu update  makes it, or says why it cannot
  chmod -x /etc/grub.d/99_umm    and the command above: no entry, for good`

const filesHelp = `  /etc/umm.conf            the configuration, umm.conf(5)
  /etc/umm/record.0, .1    what must survive a power cut: two generations
  /etc/umm/hooks.d/        hooks
  /etc/umm/health.d/       checks of your own that a healthy boot passes
  /var/lib/umm/history     what happened
  /var/lib/umm/output/     what the last ten commands printed
  /run/umm/                the state of this boot; guard: the run of umm-cluster`
