package page_test

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"umm/internal/cli/docs"
	"umm/internal/cli/gendocs/page"
)

// program is a small program with all that a page can hold.
func program() docs.Program {
	root := &cobra.Command{Use: "pack", Long: "pack packs.\n\n  pack -v\n\nThat was it."}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().String("config", "", "the configuration `FILE`")
	box := &cobra.Command{Use: "box [NAME]", Short: "Make a box", Example: "  pack box a-b", Run: func(*cobra.Command, []string) {}}
	box.Flags().BoolP("wide", "w", false, "a wide one")
	root.AddCommand(box, &cobra.Command{Use: "secret", Hidden: true, Run: func(*cobra.Command, []string) {}})
	return docs.Program{
		Root: root, Title: "packs", ExitCodes: "Exit codes:\n  0  done",
		Sections: []docs.Section{{Name: "FILES", Text: "  /x  a file"}},
		SeeAlso:  []string{"tar (1)"},
		Config:   docs.Config{Name: "pack.conf", Title: "its configuration", Path: "/etc/pack.conf", Help: "A file.", Keys: []docs.Key{{Name: "SIZE=2", Help: "How big."}}},
	}
}

func TestCommandPage(t *testing.T) {
	want := `.TH PACK 8 "" umm
.SH NAME
pack \- packs
.SH SYNOPSIS
.B pack box [NAME] [flags]
.br
.SH DESCRIPTION
pack packs.
.PP
.PP
.nf
  pack \-v
.fi
.PP
That was it.
.SH COMMANDS
.SS pack box [NAME] [flags]
Make a box.
.TP
.B
\-w, \-\-wide
a wide one
.PP
For example:
.PP
.nf
  pack box a\-b
.fi
.SH OPTIONS OF EVERY COMMAND
.TP
.B
\-\-config FILE
the configuration FILE
.SH EXIT STATUS
.PP
.nf
  0  done
.fi
.SH FILES
.PP
.nf
  /x  a file
.fi
.SH SEE ALSO
.BR pack.conf (5),
.BR tar (1)
`
	if got := page.Command(program()); got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
}

func TestConfigPage(t *testing.T) {
	want := `.TH PACK.CONF 5 "" umm
.SH NAME
pack.conf \- its configuration
.SH SYNOPSIS
/etc/pack.conf
.SH DESCRIPTION
A file.
.SH KEYS
.TP
.B
SIZE=2
How big.
.SH SEE ALSO
.BR pack (8)
`
	if got := page.Config(program()); got != want {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{".a": `\&.a`, "'a": `\&'a`, "a-b": `a\-b`, `a\b`: `a\eb`, "a.b": "a.b"} {
		if got := page.Escape(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	p := program()
	p.Config.Example = "# SIZE=2, of a pack\n"
	if err := page.Write(p, dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"man/pack.8", "man/pack.conf.5", "completions/_pack", "completions/pack.bash", "completions/pack.fish", "etc/pack.conf"} {
		data, err := os.ReadFile(dir + "/" + name)
		if err != nil || !strings.Contains(strings.ToLower(string(data)), "pack") {
			t.Errorf("%s holds %q (%v)", name, data, err)
		}
	}
	other := t.TempDir()
	if err := page.Write(program(), other); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(other + "/etc/pack.conf"); err == nil {
		t.Error("there is an example file of a program without one")
	}
	if err := page.Write(p, dir+"/man/pack.8"); err == nil {
		t.Error("what cannot be written is no error")
	}
}
