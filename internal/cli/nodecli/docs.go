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

const hooksHelp = `Executables in /etc/umm/hooks.d/pre-on, post-on, pre-off and post-off run in the order of
their names, each for at most 60 seconds; names with a dot are skipped. If any file there
is not owned by root, or others may write to it, no hook of that directory runs. If a
pre-on or pre-off hook fails, the command is refused. With exit status 69 or 75 it asks to
try again later: umm exits with 5, and umm-cluster roll puts the host back into its services
and pauses. post-on hooks run in maintenance mode, before the command. The environment does not depend on the caller: PATH with the
system directories, root's HOME, USER, LOGNAME and SHELL, LC_ALL=C, and

  UMM_PHASE    pre-on, post-on, pre-off or post-off
  UMM_TRIGGER  operator, kernel-argument, unclean-boots or emergency
  UMM_DETAIL   which mount failed, how many boots were unclean
  UMM_REASON   the text of --reason
  UMM_BY       who asked
  UMM_BOOT_ID  the ID of this boot
  UMM_LIVE     true for a switch without a reboot

Executables in /etc/umm/health.d, by the same rules, are health checks: a boot counts as
healthy when all of them succeed after COUNTER_RESET_TIME in operational mode. Until then
they run again every minute; umm history shows which one fails. The first boot of a new kernel
that is not healthy five minutes after COUNTER_RESET_TIME is rebooted into the kernel before
(KERNEL_TRIAL in umm.conf(5)); no other boot is.`

const menuHelp = `GRUB's menu has the entry "Unified maintenance mode (UMM)", with the ID umm: a copy of the
default entry with the kernel argument umm. It is updated when kernels are installed or
removed, and removed with the package. While maintenance mode is disabled, the entry boots
the host into operational mode. umm check warns if it is missing or out of date.

  /lib/umm/umm-boot menu update  creates it, or says why it cannot
  chmod -x /etc/grub.d/99_umm    and the command above: no entry, permanently`

const filesHelp = `  /etc/umm.conf            the configuration, umm.conf(5)
  /etc/umm/record.0, .1    what must survive a power cut: two generations
  /etc/umm/hooks.d/        hooks
  /etc/umm/health.d/       your own health checks
  /var/lib/umm/history     events
  /var/lib/umm/output/     the output of the last ten commands
  /run/umm/                the state of this boot; guard: the run of umm-cluster`
