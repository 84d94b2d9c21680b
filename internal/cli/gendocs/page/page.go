// Package page writes what packages ship beside a program: its man pages and completions.
package page

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"umm/internal/cli/command"
	"umm/internal/cli/docs"
)

// Write writes the pages of a program, the completions of bash, zsh and fish, and the example
// file into man, completions and etc below dir.
func Write(p docs.Program, dir string) error {
	man, completions, etc := filepath.Join(dir, "man"), filepath.Join(dir, "completions"), filepath.Join(dir, "etc")
	for _, d := range []string{man, completions, etc} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	name := p.Root.Name()
	var example error
	if p.Config.Example != "" {
		example = os.WriteFile(filepath.Join(etc, p.Config.Name), []byte(p.Config.Example), 0o644)
	}
	return errors.Join(
		p.Root.GenBashCompletionFileV2(filepath.Join(completions, name+".bash"), true),
		p.Root.GenZshCompletionFile(filepath.Join(completions, "_"+name)),
		p.Root.GenFishCompletionFile(filepath.Join(completions, name+".fish"), true),
		os.WriteFile(filepath.Join(man, name+".8"), []byte(Command(p)), 0o644),
		os.WriteFile(filepath.Join(man, p.Config.Name+".5"), []byte(Config(p)), 0o644),
		example,
	)
}

// Command is the page of section 8.
func Command(p docs.Program) string {
	var out page
	name := p.Root.Name()
	fmt.Fprintf(&out, ".TH %s 8 \"\" umm\n", Escape(strings.ToUpper(name)))
	out.heading("NAME")
	fmt.Fprintf(&out, "%s \\- %s\n", Escape(name), Escape(p.Title))
	out.heading("SYNOPSIS")
	for _, c := range visible(p.Root) {
		fmt.Fprintf(&out, ".B %s\n.br\n", Escape(c.UseLine()))
	}
	out.heading("DESCRIPTION")
	out.text(p.Root.Long)
	out.heading("COMMANDS")
	for _, c := range visible(p.Root) {
		fmt.Fprintf(&out, ".SS %s\n", Escape(c.UseLine()))
		out.text(command.LongOf(c))
		c.Flags().VisitAll(out.flag)
		if c.Example != "" {
			out.WriteString(".PP\n")
			out.text("For example:")
			out.text(c.Example)
		}
	}
	if p.Root.PersistentFlags().HasAvailableFlags() {
		out.heading("OPTIONS OF EVERY COMMAND")
		p.Root.PersistentFlags().VisitAll(out.flag)
	}
	out.heading("EXIT STATUS")
	out.text(strings.TrimPrefix(p.ExitCodes, "Exit codes:\n"))
	for _, s := range p.Sections {
		out.heading(s.Name)
		out.text(s.Text)
	}
	out.seeAlso(append([]string{p.Config.Name + " (5)"}, p.SeeAlso...))
	return out.String()
}

// Config is the page of section 5.
func Config(p docs.Program) string {
	var out page
	fmt.Fprintf(&out, ".TH %s 5 \"\" umm\n", Escape(strings.ToUpper(p.Config.Name)))
	out.heading("NAME")
	fmt.Fprintf(&out, "%s \\- %s\n", Escape(p.Config.Name), Escape(p.Config.Title))
	out.heading("SYNOPSIS")
	out.WriteString(Escape(p.Config.Path) + "\n")
	out.heading("DESCRIPTION")
	out.text(p.Config.Help)
	out.heading("KEYS")
	for _, k := range p.Config.Keys {
		out.WriteString(".TP\n")
		out.macro("B", k.Name)
		out.text(k.Help)
	}
	out.seeAlso([]string{p.Root.Name() + " (8)"})
	return out.String()
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

// page collects troff; text is escaped where it comes in.
type page struct{ strings.Builder }

func (p *page) heading(name string) { fmt.Fprintf(p, ".SH %s\n", name) }

func (p *page) macro(name, text string) { fmt.Fprintf(p, ".%s\n%s\n", name, Escape(text)) }

func (p *page) seeAlso(pages []string) {
	p.heading("SEE ALSO")
	for i, name := range pages {
		comma := ","
		if i == len(pages)-1 {
			comma = ""
		}
		fmt.Fprintf(p, ".BR %s%s\n", Escape(name), comma)
	}
}

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
		p.WriteString(Escape(line) + "\n")
	}
	if verbatim {
		p.WriteString(".fi\n")
	}
}

func (p *page) flag(f *pflag.Flag) {
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
	p.WriteString(Escape(help) + "\n")
}

// Escape escapes what troff would take for its own.
func Escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
