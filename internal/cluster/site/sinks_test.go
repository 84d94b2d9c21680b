package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

// No command of the configuration gets into the log or to the notified.
func TestSinksHideTheConfigurationsCommands(t *testing.T) {
	dir := t.TempDir()
	heard := filepath.Join(dir, "heard")
	s := &Site{Runs: journal.Dir{Path: dir}, Conf: config.Config{
		Checks: []config.Check{{Check: []string{"shop", "--token=hunter1"}, Drain: []string{"shop", "--drain=hunter2"}, Undrain: []string{"shop", "--undrain=hunter3"}}},
		Probes: []config.Probe{{Command: []string{"curl", "--user=hunter4"}}},
		Notify: []config.Notify{{Command: []string{"sh", "-c", "cat >>" + heard + "; env >>" + heard, "--key=hunter5"}, On: []string{"stop"}, Timeout: time.Minute}},
	}}
	sinks, done, err := s.sinks(job{request: run.Request{ID: lastRun}})
	if err != nil {
		t.Fatal(err)
	}
	sinks.Emit(run.Entry{Kind: run.Stopped, Run: lastRun, Text: "said --token=hunter1 --drain=hunter2 --undrain=hunter3 --user=hunter4 --key=hunter5"})
	done()
	for _, file := range []string{heard, filepath.Join(dir, lastRun+".log")} {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "said (secret)") || strings.Contains(string(text), "hunter") {
			t.Errorf("%s has %q (%v)", file, text, err)
		}
	}
}
