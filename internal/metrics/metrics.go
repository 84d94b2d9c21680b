// Package metrics says what Prometheus is told of a host and of the runs of a master, in its
// text format, for node_exporter's textfile collector. It is made from the JSON documents of
// package api, so that nothing can be told here that they do not say. It is pure.
package metrics

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"umm/internal/api"
)

// text is a page of metrics.
type text struct{ strings.Builder }

// gauge begins a metric.
func (t *text) gauge(name, help string) {
	fmt.Fprintf(t, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

// sample is one value; labels are names and values in turn.
func (t *text) sample(name string, value float64, labels ...string) {
	t.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		open := ","
		if i == 0 {
			open = "{"
		}
		fmt.Fprintf(t, `%s%s="%s"`, open, labels[i], escape.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		t.WriteString("}")
	}
	t.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
}

// escape is what the text format wants of a label's value.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// one is a metric with a single value.
func (t *text) one(name, help string, value float64, labels ...string) {
	t.gauge(name, help)
	t.sample(name, value, labels...)
}

// oneOf is a metric with a value for each of the states, of which one is 1.
func (t *text) oneOf(name, help, label, is string, states ...string) {
	t.gauge(name, help)
	for _, state := range states {
		t.sample(name, truth(state == is), label, state)
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// Host is what is told of a host. What is not known is left out, and is no 0.
func Host(s api.Status) string {
	var t text
	t.one("umm_info", "The version of umm.", 1, "version", s.Umm)
	t.oneOf("umm_mode", "The mode of the host: 1 for the one that it is in.", "mode", s.Mode,
		api.ModeOperational, api.ModeMaintenance, api.ModeRebooting, api.ModeDisabled)
	if s.Since != nil {
		t.one("umm_maintenance_since_timestamp_seconds", "When maintenance mode was entered.", seconds(*s.Since))
	}
	if s.Until != nil {
		t.one("umm_maintenance_until_timestamp_seconds", "When maintenance mode ends by itself.", seconds(*s.Until))
	}
	t.one("umm_unclean_boots", "How many boots in a row before this one were unclean.", float64(s.Unclean.Count))
	t.one("umm_unclean_boots_limit", "How many unclean boots lead to maintenance mode.", float64(s.Unclean.Threshold))
	if c := s.Command; c != nil {
		t.oneOf("umm_command", "The state of the last command in maintenance mode: 1 for the one that it is in.", "state", c.State,
			"pending", "running", "succeeded", "failed", "timed-out", "interrupted", "cancelled")
		if c.Ended != nil {
			t.one("umm_command_end_timestamp_seconds", "When that command ended.", seconds(*c.Ended))
		}
		if c.ExitCode != nil {
			t.one("umm_command_exit_code", "The exit code of that command.", float64(*c.ExitCode))
		}
	}
	if r := s.Reboot; r != nil && r.Needed != api.RebootUnknown {
		t.one("umm_reboot_needed", "Whether the host has to be rebooted for what was installed; absent if that is unknown.", truth(r.Needed == api.RebootNeeded))
	}
	t.one("umm_problems", "How many things are wrong with umm's record or configuration.", float64(len(s.Problems)))
	return t.String()
}

// Runs is what is told of the runs of a master, oldest first: of the last one, and whether
// one is not over.
func Runs(runs []api.ClusterRun) string {
	var t text
	open := 0
	for _, r := range runs {
		if r.Phase != "ended" {
			open++
		}
	}
	t.one("umm_cluster_runs_open", "How many runs of this master are not over.", float64(open))
	if len(runs) == 0 {
		return t.String()
	}
	last := runs[len(runs)-1]
	t.one("umm_cluster_last_run_info", "The last run of this master.", 1, "run", last.Run, "verb", last.Request.Verb)
	t.oneOf("umm_cluster_last_run_phase", "The phase of the last run: 1 for the one that it is in.", "phase", last.Phase, "active", "held", "stopped", "ended")
	t.one("umm_cluster_last_run_start_timestamp_seconds", "When the last run began.", seconds(last.Started))
	t.one("umm_cluster_last_run_update_timestamp_seconds", "When something last happened in it.", seconds(last.Last))
	count := map[string]int{}
	away := 0
	for _, h := range last.Hosts {
		count[h.State]++
		away += int(truth(h.Maintenance))
	}
	t.gauge("umm_cluster_last_run_hosts", "The hosts of the last run, by their state.")
	for _, state := range []string{"untouched", "through", "dropped", "away", "under-way", "failed"} {
		t.sample("umm_cluster_last_run_hosts", float64(count[state]), "state", state)
	}
	t.one("umm_cluster_last_run_hosts_in_maintenance", "The hosts that the last run has in maintenance mode.", float64(away))
	t.gauge("umm_cluster_last_run_longest_gap_seconds", "The longest time in which clients were not served during the last run, by probe.")
	longest := map[string]float64{}
	var probes []string
	for _, g := range last.Gaps {
		if _, seen := longest[g.Probe]; !seen {
			probes = append(probes, g.Probe)
		}
		longest[g.Probe] = max(longest[g.Probe], g.Took)
	}
	for _, probe := range probes {
		t.sample("umm_cluster_last_run_longest_gap_seconds", longest[probe], "probe", probe)
	}
	return t.String()
}
