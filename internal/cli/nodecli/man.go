package nodecli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"umm/internal/config/policy"
)

// writeMan writes umm.8 from the commands' help and umm.conf.5 from the keys'.
func writeMan(dir string, root *cobra.Command) error {
	if err := os.WriteFile(filepath.Join(dir, "umm.8"), []byte(commandPage(root)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "umm.conf.5"), []byte(configPage()), 0o644)
}

// page collects troff; text is escaped where it comes in.
type page struct{ strings.Builder }

func (p *page) heading(name string) { fmt.Fprintf(p, ".SH %s\n", name) }

func (p *page) macro(name, text string) { fmt.Fprintf(p, ".%s\n%s\n", name, roff(text)) }

// text writes paragraphs; indented lines stay as they are.
func (p *page) text(s string) {
	verbatim := false
	for _, line := range strings.Split(strings.Trim(s, "\n"), "\n") {
		indented := strings.HasPrefix(line, "  ")
		if indented != verbatim {
			p.WriteString(map[bool]string{true: ".PP\n.nf\n", false: ".fi\n"}[indented])
			verbatim = indented
		}
		if line == "" && !verbatim {
			p.WriteString(".PP\n")
			continue
		}
		p.WriteString(roff(line) + "\n")
	}
	if verbatim {
		p.WriteString(".fi\n")
	}
}

// roff escapes what troff would take for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func commandPage(root *cobra.Command) string {
	var p page
	p.WriteString(".TH UMM 8 \"\" umm\n")
	p.heading("NAME")
	p.WriteString("umm \\- unified maintenance mode of a host\n")
	p.heading("SYNOPSIS")
	for _, c := range visible(root) {
		fmt.Fprintf(&p, ".B %s\n.br\n", roff(c.UseLine()))
	}
	p.heading("DESCRIPTION")
	p.text(root.Long)
	p.heading("COMMANDS")
	for _, c := range visible(root) {
		fmt.Fprintf(&p, ".SS %s\n", roff(c.UseLine()))
		p.text(orElse(c.Long, c.Short+"."))
		c.Flags().VisitAll(func(f *pflag.Flag) { flagText(&p, f) })
		if c.Example != "" {
			p.WriteString(".PP\n")
			p.text("For example:")
			p.text(c.Example)
		}
	}
	p.heading("EXIT STATUS")
	p.text(strings.TrimPrefix(exitCodes, "Exit codes:\n"))
	p.heading("HOOKS")
	p.text(hooksHelp)
	p.heading("FILES")
	p.text(filesHelp)
	p.heading("SEE ALSO")
	p.WriteString(".BR umm.conf (5),\n.BR systemctl (1)\n")
	return p.String()
}

func flagText(p *page, f *pflag.Flag) {
	if f.Hidden || f.Name == "help" {
		return
	}
	value, help := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if value != "" {
		name += " " + value
	}
	p.WriteString(".TP\n")
	p.macro("B", name)
	p.WriteString(roff(help) + "\n")
}

func configPage() string {
	var p page
	p.WriteString(".TH UMM.CONF 5 \"\" umm\n")
	p.heading("NAME")
	p.WriteString("umm.conf \\- configuration of unified maintenance mode\n")
	p.heading("SYNOPSIS")
	p.WriteString("/etc/umm.conf\n")
	p.heading("DESCRIPTION")
	p.text(policy.Help)
	p.heading("KEYS")
	for _, k := range policy.Keys {
		p.WriteString(".TP\n")
		p.macro("B", k.Name+"="+k.Example)
		p.text(k.Help)
	}
	p.heading("SEE ALSO")
	p.WriteString(".BR umm (8)\n")
	return p.String()
}

func visible(root *cobra.Command) []*cobra.Command {
	var cs []*cobra.Command
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			cs = append(cs, c)
		}
	}
	return cs
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

const hooksHelp = `Executables in /etc/umm/hooks.d/pre-on, post-on, pre-off and post-off are run in
the order of their names, each for at most 60 seconds; names with a dot are left
out. A failing hook of pre-on or pre-off refuses the command. post-on hooks run in
maintenance mode, before the command. The environment holds:

  UMM_PHASE    pre-on, post-on, pre-off or post-off
  UMM_TRIGGER  operator, kernel-argument, unclean-boots or emergency
  UMM_DETAIL   which mount failed, how many boots were unclean
  UMM_REASON   the text of --reason
  UMM_BY       who asked
  UMM_BOOT_ID  the ID of this boot
  UMM_LIVE     true for a switch without a reboot`

const filesHelp = `  /etc/umm.conf            the configuration, umm.conf(5)
  /etc/umm/record.0, .1    what must survive a power cut: two generations
  /etc/umm/hooks.d/        hooks
  /var/lib/umm/history     what happened
  /var/lib/umm/output/     what the last ten commands printed
  /run/umm/                the state of this boot`
