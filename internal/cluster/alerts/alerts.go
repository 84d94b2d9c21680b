// Package alerts asks Prometheus whether alerts fire, and judges what it answers as a health check.
// Which alerts may fire is the operator's to say. It silences nothing.
package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"umm/internal/cluster/matcher"
	"umm/internal/cluster/service"
	"umm/internal/cluster/webapi"
	"umm/internal/sanitize"
)

// Service is what the verdicts are called by, and the risks of accepting them are these.
const (
	Service     = "alerts"
	RiskFiring  = "alerts-firing"
	RiskUnknown = "alerts-unknown"
)

// Query is what is asked where the configuration does not say.
const Query = `ALERTS{alertstate="firing"}`

// longest is how many bytes of an alert's labels are shown.
const longest = 200

// Prometheus is where alerts are asked for, by its HTTP API, version 1.
type Prometheus struct {
	// URL is where it is, perhaps with a user and a password; a secret.
	URL string
	// Query selects alerts: every element of its result counts as one.
	Query string
	// MayFire are conditions; an alert that any of them matches does not count.
	MayFire []matcher.Matcher
	Client  *http.Client
}

// Verdicts are one for each alert that fires, or one that says that none does. Nothing that is
// answered otherwise than Prometheus does, and no answer, is healthy.
func (p Prometheus) Verdicts(ctx context.Context) []service.Verdict {
	firing, err := p.ask(ctx)
	if err != nil {
		return []service.Verdict{{Service: Service, Name: "firing", State: service.Unknown, Risk: RiskUnknown,
			Reason: "cannot tell which alerts fire: Prometheus: " + err.Error()}}
	}
	return p.judge(firing)
}

// judge makes verdicts of the labels of what fires.
func (p Prometheus) judge(firing []map[string]string) []service.Verdict {
	var all []service.Verdict
	ignored := 0
	for _, labels := range firing {
		if slices.ContainsFunc(p.MayFire, func(m matcher.Matcher) bool { return m.Matches(labels) }) {
			ignored++
			continue
		}
		name := described(labels)
		all = append(all, service.Verdict{Service: Service, Name: name, State: service.Wait, Risk: RiskFiring,
			Reason: "alert " + name + " fires", Evidence: p.Query})
	}
	if len(all) == 0 {
		all = append(all, service.Verdict{Service: Service, Name: "firing", State: service.OK,
			Reason: fmt.Sprintf("no alert fires, apart from %d that may", ignored), Evidence: p.Query})
	}
	slices.SortFunc(all, func(a, b service.Verdict) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// described tells an alert from all others by its labels: HighLoad{instance="n1:9100"}.
func described(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "alertname" && name != "alertstate" && name != "__name__" {
			parts = append(parts, name+"="+strconv.Quote(labels[name]))
		}
	}
	text := labels["alertname"]
	if len(parts) > 0 {
		text += "{" + strings.Join(parts, ", ") + "}"
	}
	return sanitize.Phrase(text, longest)
}

// ask are the labels of all elements of the query's result.
func (p Prometheus) ask(ctx context.Context) ([]map[string]string, error) {
	data, err := webapi.Ask(ctx, p.Client, http.MethodGet, strings.TrimSuffix(p.URL, "/")+"/api/v1/query?"+url.Values{"query": {p.Query}}.Encode(), nil, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string `json:"status"`
		Data   struct {
			Type   string          `json:"resultType"`
			Result json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Status != "success" {
		return nil, errors.New("it answers in another way than Prometheus does")
	}
	if answer.Data.Type != "vector" {
		return nil, fmt.Errorf("the query gives a %s, not a vector", sanitize.Phrase(answer.Data.Type, longest))
	}
	var vector []struct {
		Labels map[string]string `json:"metric"`
	}
	if err := json.Unmarshal(answer.Data.Result, &vector); err != nil || vector == nil {
		return nil, errors.New("it answers in another way than Prometheus does")
	}
	var all []map[string]string
	for _, element := range vector {
		all = append(all, element.Labels)
	}
	return all, nil
}
