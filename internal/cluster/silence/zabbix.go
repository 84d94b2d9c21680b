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
	"umm/internal/sanitize"
)

// Zabbix puts hosts into maintenance by the API of Zabbix (from 5.4 on, which has tokens). The
// server takes such a maintenance up within a minute.
type Zabbix struct {
	// Place is how the configuration calls it.
	Place string
	// URL is where its pages are, or that of its api_jsonrpc.php; Token lets umm-cluster in. Both
	// are secrets.
	URL, Token string
	// Called is what a host is called there.
	Called func(host string) string
	Client *http.Client
}

// maintenance is how Zabbix has it. Its times are in whole minutes.
type maintenance struct {
	ID      string              `json:"maintenanceid,omitempty"`
	Name    string              `json:"name,omitempty"`
	Text    string              `json:"description,omitempty"`
	Since   int64               `json:"active_since,omitempty"`
	Till    int64               `json:"active_till"`
	Hosts   []map[string]string `json:"hosts,omitempty"`
	Periods []zabbixPeriod      `json:"timeperiods"`
}

type zabbixPeriod struct {
	Type   int   `json:"timeperiod_type"`
	Start  int64 `json:"start_date"`
	Length int64 `json:"period"`
}

// Name implements Target.
func (z Zabbix) Name() string { return z.Place }

// Silence implements Target.
func (z Zabbix) Silence(ctx context.Context, host, run, reason string, until time.Time) error {
	s, err := z.open(ctx)
	if err != nil {
		return err
	}
	own, err := s.own(ctx, host, run)
	if err != nil {
		return err
	}
	now := time.Now().Truncate(time.Minute).Unix()
	till := until.Add(time.Minute - time.Second).Truncate(time.Minute).Unix()
	m := maintenance{Till: till, Periods: []zabbixPeriod{{Start: now, Length: till - now}}}
	if len(own) > 0 {
		m.ID = own[0]
		return s.call(ctx, "maintenance.update", m, nil)
	}
	var hosts []struct {
		ID string `json:"hostid"`
	}
	if err := s.call(ctx, "host.get", map[string]any{"filter": map[string]any{"host": []string{z.Called(host)}}, "output": []string{"hostid"}}, &hosts); err != nil {
		return err
	}
	if len(hosts) == 0 {
		return fmt.Errorf("it has no host %s that the token may see", z.Called(host))
	}
	m.Name, m.Text, m.Since = maintenanceName(host, run), said(host, run, reason), now
	m.Hosts = []map[string]string{{"hostid": hosts[0].ID}}
	return s.call(ctx, "maintenance.create", m, nil)
}

// End implements Target.
func (z Zabbix) End(ctx context.Context, host, run string) error {
	s, err := z.open(ctx)
	if err != nil {
		return err
	}
	own, err := s.own(ctx, host, run)
	if err != nil || len(own) == 0 {
		return err
	}
	return s.call(ctx, "maintenance.delete", own, nil)
}

func maintenanceName(host, run string) string { return createdBy(run) + " " + host }

// zabbixSession is how this version of Zabbix is asked.
type zabbixSession struct {
	Zabbix
	// header: the token is told in a header, as from 6.4 on, and not in the document.
	header bool
}

func (z Zabbix) open(ctx context.Context) (zabbixSession, error) {
	s := zabbixSession{Zabbix: z}
	s.Token = ""
	var version string
	if err := s.call(ctx, "apiinfo.version", []string{}, &version); err != nil {
		return s, err
	}
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return s, fmt.Errorf("it reports the version %q, which is not a version of Zabbix", sanitize.Phrase(version, 40))
	}
	s.Token, s.header = z.Token, major > 6 || major == 6 && minor >= 4
	return s, nil
}

// own are the IDs of what the run has for the host.
func (s zabbixSession) own(ctx context.Context, host, run string) ([]string, error) {
	var all []maintenance
	err := s.call(ctx, "maintenance.get", map[string]any{
		"filter": map[string]any{"name": []string{maintenanceName(host, run)}}, "output": []string{"maintenanceid"}}, &all)
	var ids []string
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	return ids, err
}

// call calls one method; its result goes to where result points, unless that is nil.
func (s zabbixSession) call(ctx context.Context, method string, params, result any) error {
	document := map[string]any{"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
	headers := map[string]string{"Content-Type": "application/json-rpc"}
	switch {
	case s.Token == "":
	case s.header:
		headers["Authorization"] = "Bearer " + s.Token
	default:
		document["auth"] = s.Token
	}
	where := strings.TrimSuffix(s.URL, "/")
	if !strings.HasSuffix(where, ".php") {
		where += "/api_jsonrpc.php"
	}
	data, err := webapi.Ask(ctx, s.Client, http.MethodPost, where, document, headers)
	if err != nil {
		return err
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message string `json:"message"`
			Data    string `json:"data"`
		} `json:"error"`
	}
	err = json.Unmarshal(data, &answer)
	switch {
	case err != nil || answer.Result == nil && answer.Error == nil:
		return errors.New("it answers in another way than Zabbix does")
	case answer.Error != nil:
		return fmt.Errorf("it refuses %s: %s", method, sanitize.Phrase(strings.TrimSpace(answer.Error.Message+" "+answer.Error.Data), 200))
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return errors.New("it answers in another way than Zabbix does")
	}
	return nil
}
