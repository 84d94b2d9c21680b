package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
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
	x.choose("n1", "holds nothing that moves", allSteps("n1")).do(0, 3).begun(3).wait(30 * time.Second)
	x.add(run.Entry{Kind: run.Warned, Text: "the connection to n1 was lost"})
	x.wait(3*time.Minute).add(run.Entry{Kind: run.Resumed, Text: "by alice"}).begun(3).done(3).do(4, 9).finish()
	return x.choose("n2", "holds the virtual IP vip", allSteps("n2")).do(0, 4).begun(4).wait(40 * time.Second).add(run.Entry{Kind: run.Gap, Text: "sql", Took: time.Second})
}

func TestPages(t *testing.T) {
	for name, x := range map[string]*tape{"roll-3": roll(nil, 3), "roll-12": roll(nil, 12), "broken": broken(nil), "down-up": downUp(nil), "resumed": resumed(),
		"asked": begin(nil, run.Request{Verb: run.On, Hosts: hosts(1)})} {
		render(t, name, x)
	}
}

// parse reads a page as a browser would, and fails at what must not be in it: anything
// that leads elsewhere or runs. It returns the text, and the attributes.
func parse(t *testing.T, html string) (text, attributes string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(html, "<!doctype html>")))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "br"}, xml.HTMLEntity
	known := strings.Fields("html head meta title style body main header h1 h2 p span div b i u section table tr td th details summary dl dt dd pre br")
	var texts, attrs strings.Builder
	open := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			open++
			if !slices.Contains(known, x.Name.Local) {
				t.Errorf("there is a <%s>", x.Name.Local)
			}
			for _, a := range x.Attr {
				if !slices.Contains([]string{"lang", "charset", "name", "content", "http-equiv", "class", "style", "title", "open"}, a.Name.Local) {
					t.Errorf("there is %s=%q", a.Name.Local, a.Value)
				}
				attrs.WriteString(a.Value + "\n")
			}
		case xml.EndElement:
			open--
		case xml.CharData:
			texts.Write(x)
		}
	}
	if open != 0 {
		t.Errorf("%d elements are not closed", open)
	}
	return texts.String(), attrs.String()
}

func TestPagesNeedNothingElse(t *testing.T) {
	for name, x := range map[string]*tape{"roll": roll(nil, 3), "broken": broken(nil), "down-up": downUp(nil), "resumed": resumed()} {
		html := render(t, name, x)
		parse(t, html)
		for _, bad := range []string{"://", "url(", "@import", "<script", "src=", "href=", "ZgotmplZ"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}

func TestWhatThePagesSay(t *testing.T) {
	for name, tt := range map[string]struct {
		tape *tape
		want []string
	}{
		"roll": {roll(nil, 3), []string{"DONE", "roll of n1, n2, n3", "3 of 3", "0.8 s", "the longest of 2 gaps: sql", "apt-get -y upgrade", "it's known <b>not</b> to run",
			"wsrep_local_state_comment=Synced", "4 checks, all ok", "the clock of n2 is 3 s off", "clients not served"}},
		"broken": {broken(nil), []string{"STOPPED", "look at the console of n3, then umm-cluster resume", "possibly in maintenance mode", "No route to host", "not started",
			"not touched", "10 min", "failed or cut off"}},
		"goes-on": {goesOn(nil), []string{"DONE WITH FAILURES", "Command failed", "3 of 3", "the command failed with status 100", "failed, the run goes on",
			"go on after a failed command"}},
		"down-up": {downUp(nil), []string{"DONE", "all-down", "the site has no power tonight", "14 min"}},
		"resumed": {resumed(), []string{"UNDER WAY", "cut", "open", "last command given by alice", "in force: no new connections to n2"}},
	} {
		text, _ := parse(t, render(t, name, tt.tape))
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

func TestPagesOfHostileTexts(t *testing.T) {
	evil := `</style></title><script>alert(1)</script><img src=x onerror=alert(1)>"' onclick='x' {{.}} javascript:alert(1)`
	x := begin(nil, run.Request{Verb: run.Verb(evil), Hosts: []string{evil}, Reason: evil, Command: []string{evil, evil}, Risks: []run.Risk{{Name: evil, Reason: evil}}})
	x.add(run.Entry{Kind: run.Baseline, Verdicts: []service.Verdict{{Service: evil, Name: evil, Host: evil, State: service.State(evil), Reason: evil, Evidence: evil}}})
	x.choose(evil, evil, []run.Step{{Kind: run.Drain, Title: evil, Change: change(evil, evil, evil)}, {Kind: run.Gate, Title: evil}}).begun(0).wait(time.Minute)
	for _, k := range []run.Kind{run.Failed, run.Warned, run.Gap, run.Stopped} {
		x.add(run.Entry{Kind: k, Host: evil, Step: &x.turn[0], Text: evil, Hint: evil, Took: time.Second})
	}
	html := render(t, "hostile", x)
	text, attributes := parse(t, html)
	if strings.Count(text, "<script>") < 10 || !strings.Contains(attributes, "<script>") {
		t.Errorf("what was said is not shown as it was said: %s", html)
	}
}

func TestTimelineOfAShortRunAndOfNone(t *testing.T) {
	parse(t, render(t, "asked", begin(nil, run.Request{Verb: run.Off, Hosts: hosts(1)})))
	x := &tape{now: start}
	x.add(run.Entry{Kind: run.Requested, Request: &run.Request{Verb: run.Roll}})
	if text, _ := parse(t, render(t, "least", x)); !strings.Contains(text, "0 of 0") {
		t.Error(text)
	}
}
