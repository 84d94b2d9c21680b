package api_test

import "umm/internal/api"

func init() {
	step := api.ClusterStep{N: 2, Host: "n1", Kind: "drain", Title: "set n1 to standby", Change: "pacemaker/n1", Limit: 60}
	request := api.ClusterRequest{Verb: "roll", By: "alice", Master: "fuel", Reason: "kernel", Hosts: []string{"n1"}, Command: []string{"apt-get", "update"},
		Canary: true, PauseAfter: 2, Hold: true, Enter: "live", Leave: "auto", OnCommandFailure: "continue", Risks: []api.ClusterRisk{{Name: "lose-queue", Reason: "it is empty"}}}
	verdict := api.ClusterVerdict{Service: "galera", Name: "synced", Host: "n1", State: "stop", Reason: "n1 is a donor", Evidence: "n1: Donor", Risk: "r"}
	turn := api.ClusterTurn{Host: "n1", Why: "it holds nothing", Steps: []api.ClusterStep{step}}
	documents["cluster-event-v1"] = api.ClusterEvent{
		Version: api.ClusterVersion, Seq: 7, At: at, Run: "r1", Kind: "done", Host: "n1", Request: &request, Step: &step,
		Steps: turn.Steps, Plan: []api.ClusterTurn{turn}, Boot: "b", Verdicts: []api.ClusterVerdict{verdict}, Text: "t", LastLines: []string{"l"}, Hint: "h", Took: 1.25,
	}
	documents["cluster-event-v1-least"] = api.ClusterEvent{Version: api.ClusterVersion, At: at, Run: "r1", Kind: "waiting"}
	documents["cluster-config-v1"] = api.ClusterConfig{Version: api.ClusterConfigVersion, File: "/etc/umm-cluster.yaml", Settings: []api.ClusterSetting{
		{Key: "ssh.user", Value: "root", Usually: "who calls", From: "/etc/umm-cluster.yaml:4"}}}
	documents["cluster-config-v1-least"] = api.ClusterConfig{Version: api.ClusterConfigVersion, Settings: []api.ClusterSetting{}}
	documents["cluster-checks-v1"] = api.ClusterChecks{Version: api.ClusterVersion, Verdicts: []api.ClusterVerdict{verdict}}
	documents["cluster-checks-v1-least"] = api.ClusterChecks{Version: api.ClusterVersion, OK: true, Verdicts: []api.ClusterVerdict{}}
	documents["cluster-plan-v1"] = api.ClusterPlan{Version: api.ClusterVersion, Request: request, Turns: []api.ClusterTurn{turn}}
	documents["cluster-plan-v1-least"] = api.ClusterPlan{Version: api.ClusterVersion,
		Request: api.ClusterRequest{Verb: "roll", By: "a", Master: "m", Hosts: []string{}}, Turns: []api.ClusterTurn{}}
	documents["cluster-runs-v1"] = api.ClusterRuns{Version: api.ClusterVersion, Runs: []api.ClusterRun{{
		Run: "r1", Request: request, Phase: "stopped", Direction: "back", Text: "t", Hint: "h", Started: at, Last: at,
		Hosts: []api.ClusterHost{{Host: "n1", State: "failed", Text: "t", Maintenance: true, InForce: []string{"set n1 to standby"}, CommandFailed: "c", LastLines: []string{"l"}, Left: "rebooted: boot 2 after 1",
			Took: map[string]float64{"gate": 0.5}}},
		Baseline: []api.ClusterVerdict{verdict}, Gaps: []api.ClusterGap{{Probe: "sql", Until: at, Took: 0.8}}, Warnings: []string{"w"},
	}}}
	documents["cluster-runs-v1-least"] = api.ClusterRuns{Version: api.ClusterVersion, Runs: []api.ClusterRun{}}
}
