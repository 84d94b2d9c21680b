package metrics_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/metrics"
)

// document reads a golden document of package api.
func document[T any](t *testing.T, name string) T {
	t.Helper()
	data, err := os.ReadFile("../api/testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var doc T
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

var sample = regexp.MustCompile(`^([a-z_]+)(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.]+|NaN)$`)

// samples reads a page of metrics as strictly as Prometheus does: every sample is announced,
// once, and stands behind its announcement.
func samples(t *testing.T, page string) map[string]string {
	t.Helper()
	values, announced := map[string]string{}, map[string]bool{}
	name := ""
	for _, line := range strings.Split(strings.TrimSuffix(page, "\n"), "\n") {
		if rest, is := strings.CutPrefix(line, "# HELP "); is {
			name, _, _ = strings.Cut(rest, " ")
			if announced[name] {
				t.Errorf("%s is announced twice", name)
			}
			announced[name] = true
			continue
		}
		if line == "# TYPE "+name+" gauge" {
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil || m[1] != name {
			t.Errorf("behind %s: %q", name, line)
			continue
		}
		if _, twice := values[m[1]+m[2]]; twice {
			t.Errorf("twice: %s", line)
		}
		values[m[1]+m[2]] = m[5]
	}
	return values
}

func want(t *testing.T, page string, wanted map[string]string) {
	t.Helper()
	got := samples(t, page)
	for name, value := range wanted {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

func TestHost(t *testing.T) {
	s := document[api.Status](t, "status-v1")
	s.Mode, s.Unclean = api.ModeMaintenance, api.Unclean{Count: 3, Threshold: 2}
	s.Reboot = &api.Reboot{Needed: api.RebootNeeded}
	s.Umm = "1\"\\\n"
	want(t, metrics.Host(s), map[string]string{
		`umm_mode{mode="maintenance"}`: "1", `umm_mode{mode="operational"}`: "0", "umm_unclean_boots": "3", "umm_unclean_boots_limit": "2",
		"umm_reboot_needed": "1", `umm_info{version="1\"\\\n"}`: "1",
	})
}

// What is not known is not told.
func TestLeastOfAHost(t *testing.T) {
	s := document[api.Status](t, "status-v1-least")
	for _, r := range []*api.Reboot{nil, {Needed: api.RebootUnknown}} {
		s.Reboot = r
		for name := range samples(t, metrics.Host(s)) {
			if strings.HasPrefix(name, "umm_reboot") || strings.HasPrefix(name, "umm_command") || strings.HasPrefix(name, "umm_maintenance") {
				t.Errorf("%s is told of %+v", name, s)
			}
		}
	}
}

func TestRuns(t *testing.T) {
	doc := document[api.ClusterRuns](t, "cluster-runs-v1")
	last := &doc.Runs[len(doc.Runs)-1]
	last.Run, last.Phase = "20261123-092114-3f2a", "stopped"
	last.Hosts = []api.ClusterHost{{State: "through"}, {State: "failed", Maintenance: true}, {State: "untouched"}, {State: "through"}}
	last.Gaps = []api.ClusterGap{{Probe: "sql", Took: 0.5}, {Probe: "amqp", Took: 2}, {Probe: "sql", Took: 1.25}}
	want(t, metrics.Runs(doc.Runs), map[string]string{
		"umm_cluster_runs_open": "1", `umm_cluster_last_run_phase{phase="stopped"}`: "1", `umm_cluster_last_run_phase{phase="ended"}`: "0",
		`umm_cluster_last_run_hosts{state="through"}`: "2", `umm_cluster_last_run_hosts{state="failed"}`: "1", "umm_cluster_last_run_hosts_in_maintenance": "1",
		`umm_cluster_last_run_longest_gap_seconds{probe="sql"}`: "1.25", `umm_cluster_last_run_longest_gap_seconds{probe="amqp"}`: "2",
	})
	if got := samples(t, metrics.Runs(nil)); len(got) != 1 || got["umm_cluster_runs_open"] != "0" {
		t.Errorf("without a run: %v", got)
	}
}

// The alerts of docs/monitoring.md name metrics that there are.
func TestAlertsNameMetrics(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	s := document[api.Status](t, "status-v1")
	s.Reboot = &api.Reboot{Needed: api.RebootNeeded}
	doc := document[api.ClusterRuns](t, "cluster-runs-v1")
	page := metrics.Host(s) + metrics.Runs(doc.Runs)
	names := regexp.MustCompile(`\bumm_[a-z_]+`).FindAllString(string(text), -1)
	if len(names) < 5 {
		t.Fatalf("it names %v", names)
	}
	for _, name := range names {
		if !strings.Contains(page, "# TYPE "+name+" gauge\n") {
			t.Errorf("there is no metric %s", name)
		}
	}
}
