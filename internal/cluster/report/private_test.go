package report_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/report"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// The words of a command reach neither a hook's input and environment, nor a webhook, nor the
// log, no matter who quotes them, and however the run came to them.
func TestACommandsWordsStayHere(t *testing.T) {
	command := []string{"mysql", "--password=hunter2", "-e", "drop it"}
	r := &run.Request{ID: "20260301-235800-3f2a", Verb: run.Roll, Hosts: []string{"n1"}, Command: command}
	for name, quoted := range map[string]string{"all": strings.Join(command, " "), "one": `exec: "--password=hunter2": not found`, "title": "n1: cannot run mysql --password=hunter2 -e drop it: no"} {
		for _, resumed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, resumed), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "log")
				log, err := report.OpenLog(path, "text")
				if err != nil {
					t.Fatal(err)
				}
				var heard strings.Builder
				x := &told{run: func(_ context.Context, c execx.Cmd) (execx.Result, error) {
					heard.WriteString(strings.Join(c.Env, "\n") + string(c.Stdin))
					return execx.Result{}, nil
				}}
				sent := &sent{}
				all := report.Multi{log, report.NewNotifier([]report.Hook{{Name: "a", Argv: []string{"a"}, On: report.Moments()}, {Name: "b", On: report.Moments()}}, x, sent, func(string) {})}
				if resumed {
					all.Recall([]run.Entry{{Kind: run.Requested, Request: r}})
				} else {
					all.Emit(run.Entry{Kind: run.Requested, Request: r})
				}
				all.Emit(run.Entry{Kind: run.Stopped, Text: quoted, Hint: "look: " + quoted})
				if err := all.Close(); err != nil {
					t.Fatal(err)
				}
				kept, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for where, text := range map[string]string{"the log": string(kept), "the hook": heard.String(), "the webhook": sent.text} {
					if strings.Contains(text, "hunter2") || strings.Contains(text, "drop it") || !strings.Contains(text, "look: ") {
						t.Errorf("%s has\n%s", where, text)
					}
				}
			})
		}
	}
}

// Nor do the commands of the configuration, whether a check's words or an error's tell them, and
// whether it is a line of the run or what was seen.
func TestConfiguredCommandsStayHere(t *testing.T) {
	checks := [][]string{{"shop-check", "--token=hunter2"}, nil, {"sh", "-c", "curl -u root:hunter2 http://shop"}}
	r := &run.Request{ID: "20260301-235800-3f2a", Verb: run.Roll, Hosts: []string{"n1"}}
	path := filepath.Join(t.TempDir(), "log")
	log, err := report.OpenLog(path, "text")
	if err != nil {
		t.Fatal(err)
	}
	var heard strings.Builder
	x := &told{run: func(_ context.Context, c execx.Cmd) (execx.Result, error) {
		heard.WriteString(strings.Join(c.Env, "\n") + string(c.Stdin))
		return execx.Result{}, nil
	}}
	sent := &sent{}
	notifier := report.NewNotifier([]report.Hook{{Name: "a", Argv: []string{"a"}, On: report.Moments()}, {Name: "b", On: report.Moments()}}, x, sent, func(string) {})
	log.Hide(checks)
	notifier.Hide(checks)
	all := report.Multi{log, notifier}
	all.Emit(run.Entry{Kind: run.Warned, Text: "before: --token=hunter2"})
	all.Emit(run.Entry{Kind: run.Requested, Request: r})
	step := run.Step{Host: "n1", Kind: run.Gate, Title: "look"}
	all.Emit(run.Entry{Kind: run.Waiting, Host: "n1", Step: &step, Text: "the command is running", LastLines: []string{"the password is hunter2"}})
	all.Emit(run.Entry{Kind: run.Failed, Host: "n1", Step: &step, LastLines: []string{"the password is hunter2"}, Text: "sh: curl -u root:hunter2 http://shop: not found", Verdicts: []service.Verdict{{Service: "shop", Name: "check", Host: "n1",
		State: service.Wait, Reason: "seen shop-check --token=hunter2", Evidence: "unknown option --token=hunter2"}}})
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"the log": string(kept), "the hook": heard.String(), "the webhook": sent.text} {
		if strings.Contains(text, "hunter2") || !strings.Contains(text, "unknown option") {
			t.Errorf("%s has\n%s", where, text)
		}
	}
}

// sent is a sender that keeps what is sent.
type sent struct{ text string }

func (s *sent) Send(_ context.Context, _ report.Secret, document []byte) error {
	s.text += string(document)
	return nil
}
