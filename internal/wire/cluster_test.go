package wire_test

import "umm/internal/wire"

func init() {
	step := wire.ClusterStep{N: 2, Host: "n1", Kind: "drain", Title: "set n1 to standby", Change: "pacemaker/n1", Limit: 60}
	request := wire.ClusterRequest{Verb: "roll", By: "alice", Master: "fuel", Reason: "kernel", Hosts: []string{"n1"}, Command: []string{"apt-get", "update"},
		Canary: true, PauseAfter: 2, Hold: true, Leave: "auto", OnCommandFailure: "continue", Risks: []wire.ClusterRisk{{Name: "lose-queue", Reason: "it is empty"}}}
	verdict := wire.ClusterVerdict{Service: "galera", Name: "synced", Host: "n1", State: "stop", Reason: "n1 is a donor", Evidence: "n1: Donor", Risk: "r"}
	turn := wire.ClusterTurn{Host: "n1", Why: "it holds nothing", Steps: []wire.ClusterStep{step}}
	documents["cluster-event-v1"] = wire.ClusterEvent{
		Version: wire.ClusterVersion, Seq: 7, At: at, Run: "r1", Kind: "done", Host: "n1", Request: &request, Step: &step,
		Steps: turn.Steps, Plan: []wire.ClusterTurn{turn}, Boot: "b", Verdicts: []wire.ClusterVerdict{verdict}, Text: "t", Hint: "h", Took: 1.25,
	}
	documents["cluster-event-v1-least"] = wire.ClusterEvent{Version: wire.ClusterVersion, At: at, Run: "r1", Kind: "waiting"}
	documents["cluster-config-v1"] = wire.ClusterConfig{Version: wire.ClusterConfigVersion, File: "/etc/umm-cluster.yaml", Settings: []wire.ClusterSetting{
		{Key: "ssh.user", Value: "root", Usually: "who calls", From: "/etc/umm-cluster.yaml:4"}}}
	documents["cluster-config-v1-least"] = wire.ClusterConfig{Version: wire.ClusterConfigVersion, Settings: []wire.ClusterSetting{}}
	documents["cluster-checks-v1"] = wire.ClusterChecks{Version: wire.ClusterVersion, Verdicts: []wire.ClusterVerdict{verdict}}
	documents["cluster-checks-v1-least"] = wire.ClusterChecks{Version: wire.ClusterVersion, OK: true, Verdicts: []wire.ClusterVerdict{}}
	documents["cluster-plan-v1"] = wire.ClusterPlan{Version: wire.ClusterVersion, Request: request, Turns: []wire.ClusterTurn{turn}}
	documents["cluster-plan-v1-least"] = wire.ClusterPlan{Version: wire.ClusterVersion,
		Request: wire.ClusterRequest{Verb: "roll", By: "a", Master: "m", Hosts: []string{}}, Turns: []wire.ClusterTurn{}}
	documents["cluster-runs-v1"] = wire.ClusterRuns{Version: wire.ClusterVersion, Runs: []wire.ClusterRun{{
		Run: "r1", Request: request, Phase: "stopped", Direction: "back", Text: "t", Hint: "h", Started: at, Last: at,
		Hosts: []wire.ClusterHost{{Host: "n1", State: "failed", Text: "t", Maintenance: true, InForce: []string{"set n1 to standby"}, CommandFailed: "c", Left: "rebooted: boot 2 after 1",
			Took: map[string]float64{"gate": 0.5}}},
		Baseline: []wire.ClusterVerdict{verdict}, Gaps: []wire.ClusterGap{{Probe: "sql", Until: at, Took: 0.8}}, Warnings: []string{"w"},
	}}}
	documents["cluster-runs-v1-least"] = wire.ClusterRuns{Version: wire.ClusterVersion, Runs: []wire.ClusterRun{}}
}
