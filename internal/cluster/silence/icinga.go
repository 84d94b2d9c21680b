package silence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"umm/internal/cluster/webapi"
)

// Icinga sets hosts and their services into downtime by the API of Icinga 2 (from 2.11 on). A
// downtime is prolonged, and not made again: people would be told of each one.
type Icinga struct {
	// Place is how the configuration calls it.
	Place string
	// URL is where its API is, "https://umm:PASSWORD@192.0.2.5:5665"; a secret.
	URL string
	// Called is what a host is called there.
	Called func(host string) string
	Client *http.Client
}

// icingaAnswer is what became of each object that was asked for.
type icingaAnswer struct {
	Status  string `json:"status"`
	Results []struct {
		Code   int    `json:"code"`
		Status string `json:"status"`
	} `json:"results"`
}

// Name implements Target.
func (i Icinga) Name() string { return i.Place }

// Silence implements Target.
func (i Icinga) Silence(ctx context.Context, host, run, reason string, until time.Time) error {
	prolong := i.ours(host, run)
	prolong["attrs"] = map[string]any{"end_time": until.Unix()}
	done, err := i.do(ctx, "/v1/objects/downtimes", prolong)
	if err != nil || done > 0 {
		return err
	}
	done, err = i.do(ctx, "/v1/actions/schedule-downtime", map[string]any{
		"type": "Host", "filter": "host.name == umm_host", "filter_vars": map[string]string{"umm_host": i.Called(host)},
		"fixed": true, "all_services": true, "start_time": time.Now().Unix(), "end_time": until.Unix(),
		"author": createdBy(run), "comment": said(host, run, reason)})
	if err == nil && done == 0 {
		err = fmt.Errorf("it has no host %s", i.Called(host))
	}
	return err
}

// End implements Target.
func (i Icinga) End(ctx context.Context, host, run string) error {
	_, err := i.do(ctx, "/v1/actions/remove-downtime", i.ours(host, run))
	return err
}

// ours asks for the downtimes of a run for a host, those of the host's services among them.
func (i Icinga) ours(host, run string) map[string]any {
	return map[string]any{"type": "Downtime", "filter": "downtime.author == umm_author && downtime.host_name == umm_host",
		"filter_vars": map[string]string{"umm_author": createdBy(run), "umm_host": i.Called(host)}}
}

// do asks for something to be done with objects, and tells with how many it was.
func (i Icinga) do(ctx context.Context, path string, document any) (int, error) {
	data, err := webapi.Ask(ctx, i.Client, http.MethodPost, strings.TrimSuffix(i.URL, "/")+path, document, nil)
	var status *webapi.StatusError
	if errors.As(err, &status) {
		data = status.Body
	}
	var answer icingaAnswer
	unread := json.Unmarshal(data, &answer)
	if unread == nil && status != nil && status.Status == http.StatusNotFound && strings.HasPrefix(answer.Status, "No objects found") {
		return 0, nil // as later versions say it
	}
	if unread != nil || answer.Results == nil {
		if err == nil {
			err = errors.New("it answers in another way than Icinga 2 does")
		}
		return 0, err
	}
	for _, r := range answer.Results {
		// What has gone meanwhile need not be ended.
		if r.Code != http.StatusOK && r.Code != http.StatusNotFound {
			return 0, fmt.Errorf("it answers: %s", statusText(r.Code, r.Status))
		}
	}
	// If nothing matches, it answers with a failure status and an empty list.
	return len(answer.Results), nil
}

func statusText(code int, text string) string {
	return (&webapi.StatusError{Status: code, Body: []byte(text)}).Error()
}
