package report

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
)

// JSON writes one event a line, in the form of api.ClusterEvent.
type JSON struct {
	Out io.Writer

	mu sync.Mutex
}

// Emit implements Sink.
func (j *JSON) Emit(e run.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	// Nobody may be left to read it; the run goes on.
	_ = json.NewEncoder(j.Out).Encode(Event(e))
}

// Event is an entry as it is told to programs. The commands that change a service
// are left out: they are not of use to others, and may hold secrets.
func Event(e run.Entry) api.ClusterEvent {
	out := api.ClusterEvent{
		Version: api.ClusterVersion, Seq: e.Seq, At: e.At, Run: e.Run, Kind: string(e.Kind), Host: e.Host, Boot: e.Boot,
		Steps: each(e.Steps, stepDoc), Plan: each(e.Plan, turnDoc), Verdicts: each(e.Verdicts, verdictDoc),
		Text: e.Text, Hint: e.Hint, LastLines: e.LastLines, Took: seconds(e.Took),
	}
	if e.Request != nil {
		r := requestDoc(*e.Request)
		out.Request = &r
	}
	if e.Step != nil {
		s := stepDoc(*e.Step)
		out.Step = &s
	}
	return out
}

// ChecksDoc is a check as a document.
func ChecksDoc(vs []service.Verdict) api.ClusterChecks {
	return api.ClusterChecks{Version: api.ClusterVersion, OK: service.Good(vs), Verdicts: list(each(vs, verdictDoc))}
}

// PlanDoc is a plan as a document.
func PlanDoc(r run.Request, turns []run.Planned) api.ClusterPlan {
	return api.ClusterPlan{Version: api.ClusterVersion, Request: requestDoc(r), Turns: list(each(turns, turnDoc))}
}

// RunsDoc are runs as a document.
func RunsDoc(states ...run.State) api.ClusterRuns {
	return api.ClusterRuns{Version: api.ClusterVersion, Runs: list(each(states, runDoc))}
}

func runDoc(s run.State) api.ClusterRun {
	out := api.ClusterRun{
		Run: s.Request.ID, Request: requestDoc(s.Request), Phase: string(s.Phase), Direction: string(s.Direction), Text: s.Text, Hint: s.Hint,
		Started: s.Started, Last: s.Last, Hosts: []api.ClusterHost{}, Baseline: each(s.Baseline, verdictDoc),
		Gaps: each(s.Gaps, func(e run.Entry) api.ClusterGap {
			return api.ClusterGap{Probe: e.Text, Until: e.At, Took: seconds(e.Took)}
		}),
		Warnings: each(s.Warnings, func(e run.Entry) string { return e.Text }),
	}
	for _, st := range hostStates(&s) {
		h := api.ClusterHost{Host: st.host, State: classNames[st.class], Text: st.text}
		if st.turn != nil {
			h.Maintenance, h.CommandFailed, h.Left, h.LastLines = st.turn.Entered, st.commandFailed, st.turn.Left, st.turn.LastLines
			h.InForce = each(st.turn.Open, func(c service.Change) string { return c.Title })
			h.Took = map[string]float64{}
			for kind, took := range tookByKind(&s, st.host) {
				h.Took[string(kind)] = seconds(took)
			}
		}
		out.Hosts = append(out.Hosts, h)
	}
	return out
}

var classNames = map[class]string{notTaken: "untouched", finishedWell: "through", finishedFailed: "through", abandoned: "dropped", outOfService: "away", underWay: "under-way", failed: "failed"}

func requestDoc(r run.Request) api.ClusterRequest {
	var onFailure string
	if r.Options.ContinueOnFailure {
		onFailure = "continue"
	}
	enter, leave := unless(run.EnterReboot, r.Options.Enter), unless(run.LeaveOff, r.Options.Leave)
	return api.ClusterRequest{
		Verb: string(r.Verb), By: r.By, Master: r.Master, Reason: r.Reason, Hosts: list(r.Hosts), Command: r.Command,
		Canary: r.Options.Canary, PauseAfter: r.Options.PauseAfter, Hold: r.Options.Hold, Enter: enter, Leave: leave, OnCommandFailure: onFailure,
		Risks: each(r.Risks, func(r run.Risk) api.ClusterRisk { return api.ClusterRisk(r) }),
	}
}

// unless is a value where it is not the usual one.
func unless[T ~string](usual, value T) string {
	if value == usual {
		return ""
	}
	return string(value)
}

func turnDoc(p run.Planned) api.ClusterTurn {
	return api.ClusterTurn{Host: p.Host, Why: p.Why, Steps: list(each(p.Steps, stepDoc))}
}

func stepDoc(s run.Step) api.ClusterStep {
	out := api.ClusterStep{N: s.N + 1, Host: s.Host, Kind: string(s.Kind), Title: s.Title, Limit: seconds(s.Limit)}
	if s.Change != nil {
		out.Change = s.Change.ID
	}
	return out
}

func verdictDoc(v service.Verdict) api.ClusterVerdict {
	return api.ClusterVerdict{Service: v.Service, Name: v.Name, Host: v.Host, State: string(v.State), Reason: v.Reason, Evidence: v.Evidence, Risk: v.Risk}
}

// seconds are rounded to milliseconds.
func seconds(d time.Duration) float64 {
	return float64(d.Round(time.Millisecond).Milliseconds()) / 1000
}

// each is nil for nothing.
func each[From, To any](from []From, to func(From) To) []To {
	var out []To
	for _, f := range from {
		out = append(out, to(f))
	}
	return out
}

// list is never null in JSON.
func list[T any](ts []T) []T {
	if ts == nil {
		return []T{}
	}
	return ts
}
