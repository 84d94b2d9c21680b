package plugin

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umm/internal/cli/bootcli"
	"umm/internal/host/initsys/upstart/upstarttest"
)

const jobs = "../../plugin/upstart"

// startOn is when each job starts by itself, as Upstart reads it; "" where umm starts
// it. The stock jobs that these stand on are those of Ubuntu 14.04.
var startOn = map[string]string{
	"umm":           "starting rc-sysinit",
	"umm-record":    "(mounted MOUNTPOINT=/ or local-filesystems)",
	"umm-end":       "starting rc RUNLEVEL=[06]",
	"umm-healthy":   "stopped rc RUNLEVEL=[2345]",
	"umm-emergency": "mounted MOUNTPOINT=/",
	"umm-trial":     "local-filesystems",
	"umm-enter":     "",
	"umm-command":   "",
	"umm-live":      "",
	"umm-resume":    "",
	"umm-expire":    "",
	"umm-console":   "",
}

func eachJob(t *testing.T, f func(t *testing.T, name, text string, c *upstarttest.Class)) {
	t.Helper()
	files, err := filepath.Glob(jobs + "/*")
	if err != nil || len(files) != len(startOn) {
		t.Fatalf("there are %d jobs, want %d (%v)", len(files), len(startOn), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, isJob := strings.CutSuffix(filepath.Base(file), ".conf")
		if !isJob {
			t.Errorf("%s is no job", file)
			continue
		}
		t.Run(name, func(t *testing.T) {
			// What Upstart 1.12.1 does not know, or reads otherwise, does not get through.
			c, err := upstarttest.ParseJob(name, file, string(data))
			if err != nil {
				t.Fatal(err)
			}
			f(t, name, string(data), c)
		})
	}
}

func condition(c *upstarttest.Condition) string {
	if c == nil {
		return ""
	}
	return c.String()
}

func TestJobsStartWhenTheyShould(t *testing.T) {
	eachJob(t, func(t *testing.T, name, _ string, c *upstarttest.Class) {
		want, known := startOn[name]
		if got := condition(c.StartOn); !known || got != want {
			t.Errorf("it starts on %q, want %q (known: %v)", got, want, known)
		}
		if c.Description == "" {
			t.Error("it has no description")
		}
	})
}

// Whatever umm does, these hold nothing for good: what other jobs wait for are tasks,
// and the gate ends when a run level is asked for by anybody.
func TestJobsHoldNothingForGood(t *testing.T) {
	eachJob(t, func(t *testing.T, name, text string, c *upstarttest.Class) {
		if strings.HasPrefix(condition(c.StartOn), "starting") != c.Task && c.StartOn != nil && name != "umm-record" {
			t.Errorf("on %q it is a task: %v", condition(c.StartOn), c.Task)
		}
		if name == "umm" && condition(c.StopOn) != "runlevel" {
			t.Errorf("the gate stops on %q", condition(c.StopOn))
		}
		// umm-command runs nothing twice: started again it waits for the command that runs.
		if c.Respawn && c.Task && name != "umm-command" {
			t.Error("a task that crashes is started again and again")
		}
		if strings.Contains(text, "expect ") || strings.Contains(text, "emits ") || strings.Contains(text, "emit ") {
			t.Error("it says more than it must")
		}
	})
}

// The decision is umm's: the jobs run its steps, and the only script is a line.
func TestJobsRunSteps(t *testing.T) {
	var help bytes.Buffer
	bootcli.Run([]string{"umm-boot"}, &help, &help)
	step := regexp.MustCompile(`/lib/umm/umm-boot ([a-z-]+)`)
	eachJob(t, func(t *testing.T, name, text string, c *upstarttest.Class) {
		calls := step.FindAllStringSubmatch(text, -1)
		for _, call := range calls {
			if !strings.Contains(help.String(), "\n  "+call[1]+" ") {
				t.Errorf("umm-boot has no step %s", call[1])
			}
		}
		if len(calls) == 0 && name != "umm-console" {
			t.Error("it runs nothing of umm's")
		}
		for _, p := range c.Process {
			if p == nil || !p.Script {
				continue
			}
			if lines := strings.Split(strings.TrimSpace(p.Text), "\n"); len(lines) > 1 {
				t.Errorf("its script has %d lines", len(lines))
			}
			if out, err := exec.Command("sh", "-n", "-c", p.Text).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}
	})
}
