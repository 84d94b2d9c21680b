package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"umm/internal/report"
	"umm/internal/run"
)

var pages = flag.String("pages", "", "write the sample pages to this folder, to look at them")

func render(t *testing.T, name string, x *tape) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, fold(t, x), x.entries); err != nil {
		t.Fatal(err)
	}
	if *pages != "" {
		if err := os.WriteFile(filepath.Join(*pages, name+".html"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// resumed is a run that was killed in the middle of a step, and went on later.
func resumed() *tape {
	x := begin(nil, run.Request{Verb: run.Roll, Hosts: hosts(2), Command: []string{"apt-get", "-y", "upgrade"}})
	x.choose("n1", "holds nothing that moves", whole("n1")).do(0, 3).begun(3).wait(30 * time.Second)
	x.add(run.Entry{Kind: run.Warned, Text: "the connection to n1 was lost"})
	x.wait(3*time.Minute).add(run.Entry{Kind: run.Resumed, Text: "alice"}).begun(3).done(3).do(4, 9).finish()
	return x.choose("n2", "holds the virtual IP vip", whole("n2")).do(0, 4).begun(4).wait(40 * time.Second).add(run.Entry{Kind: run.Gap, Text: "sql", Took: time.Second})
}

func TestPages(t *testing.T) {
	for name, x := range map[string]*tape{"roll-3": roll(nil, 3), "roll-12": roll(nil, 12), "broken": broken(nil), "down-up": downUp(nil), "resumed": resumed(),
		"asked": begin(nil, run.Request{Verb: run.On, Hosts: hosts(1)})} {
		render(t, name, x)
	}
}
