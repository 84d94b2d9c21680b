package silence

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// exchange is one question that is expected, by words that it has to have, and its answer as it was
// captured from the real program.
type exchange struct {
	path   string
	has    []string
	status int
	answer string
}

// expecting is a server of just these exchanges, in this order.
func expecting(t *testing.T, all ...exchange) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(all) == 0 {
			t.Errorf("it asks %s %s, and nothing is expected", r.URL.Path, body)
			return
		}
		e := all[0]
		all = all[1:]
		text := string(body) + " " + r.Header.Get("Authorization")
		for _, words := range e.has {
			if !strings.Contains(text, words) {
				t.Errorf("%s: it asks %s, without %s", e.path, text, words)
			}
		}
		if r.URL.Path != e.path || r.Method != http.MethodPost || !json.Valid(body) {
			t.Errorf("it asks %s %s, want %s", r.Method, r.URL.Path, e.path)
		}
		w.WriteHeader(max(e.status, http.StatusOK))
		_, _ = io.WriteString(w, e.answer)
	}))
	t.Cleanup(func() {
		server.Close()
		if len(all) > 0 {
			t.Errorf("it does not ask %s", all[0].path)
		}
	})
	return server.URL
}

func fqdn(host string) string { return host + ".example.org" }

// What Icinga 2 2.13 answered.
const (
	icingaNone      = `{"results":[]}`
	icingaScheduled = `{"results":[{"code":200,"legacy_id":1,"name":"n1!b72e4f34","service_downtimes":[{"legacy_id":2,"name":"n1!disk!b178c482"}],"status":"Successfully scheduled downtime 'n1!b72e4f34' for object 'n1'."}]}`
	icingaUpdated   = `{"results":[{"code":200,"name":"n1!b72e4f34","status":"Attributes updated.","type":"Downtime"},{"code":200,"name":"n1!disk!b178c482","status":"Attributes updated.","type":"Downtime"}]}`
	icingaRemoved   = `{"results":[{"code":200,"status":"Successfully removed downtime 'n1!b72e4f34' and 1 child downtimes."},{"code":200,"status":"Successfully removed downtime 'n1!disk!b178c482' and 0 child downtimes."}]}`
	icingaForbidden = `{"error":401,"status":"Unauthorized. Please check your user credentials."}`
)

func TestIcinga(t *testing.T) {
	modify := exchange{path: "/v1/objects/downtimes", has: []string{`"end_time":1796094058`, `"umm_author":"umm-cluster r1"`, `"umm_host":"n1.example.org"`}}
	schedule := exchange{path: "/v1/actions/schedule-downtime", has: []string{`"fixed":true`, `"all_services":true`, `"end_time":1796094058`, `"author":"umm-cluster r1"`, `new \"kernel\"`}}
	remove := exchange{path: "/v1/actions/remove-downtime", has: []string{`"type":"Downtime"`, `"umm_author":"umm-cluster r1"`}}
	with := func(e exchange, status int, answer string) exchange {
		e.status, e.answer = status, answer
		return e
	}
	for name, c := range map[string]struct {
		asks []exchange
		end  bool
		says string
	}{
		"made":                      {asks: []exchange{with(modify, 200, icingaNone), with(schedule, 200, icingaScheduled)}},
		"made, by a later version":  {asks: []exchange{with(modify, 404, `{"error":404,"status":"No objects found."}`), with(schedule, 200, icingaScheduled)}},
		"prolonged":                 {asks: []exchange{with(modify, 200, icingaUpdated)}},
		"ended":                     {asks: []exchange{with(remove, 200, icingaRemoved)}, end: true},
		"ended already":             {asks: []exchange{with(remove, 500, icingaNone)}, end: true},
		"an unknown host":           {asks: []exchange{with(modify, 200, icingaNone), with(schedule, 500, icingaNone)}, says: "it has no host n1.example.org"},
		"a wrong password":          {asks: []exchange{with(modify, 401, icingaForbidden)}, says: "status 401"},
		"one that cannot be":        {asks: []exchange{with(modify, 500, `{"results":[{"code":500,"status":"Attribute could not be set"}]}`)}, says: "Attribute could not be set"},
		"something else, not found": {asks: []exchange{with(modify, 404, "<html>")}, says: "status 404"},
		"something else":            {asks: []exchange{with(modify, 200, "{}")}, says: "in another way"},
	} {
		t.Run(name, func(t *testing.T) {
			i := Icinga{Place: "icinga", URL: expecting(t, c.asks...) + "/", Called: fqdn, Client: http.DefaultClient}
			wantSaid(t, c.says, func() error {
				if c.end {
					return i.End(t.Context(), "n1", "r1")
				}
				return i.Silence(t.Context(), "n1", "r1", `new "kernel"`, time.Unix(1796094058, 0))
			})
		})
	}
}

func TestZabbix(t *testing.T) {
	asks := func(method, answer string, has ...string) exchange {
		return exchange{path: "/zabbix/api_jsonrpc.php", has: append(has, `"method":"`+method+`"`), answer: `{"jsonrpc":"2.0",` + answer + `,"id":1}`}
	}
	version := asks("apiinfo.version", `"result":"6.0.14"`)
	const auth, refused = `"auth":"T0KEN"`, `"error":{"code":-32602,"message":"Invalid params.","data":"Session terminated, re-login, please."}`
	// Times are in whole minutes: one that ends within a minute ends with it.
	const till = `"active_till":1796094060`
	get := func(answer string) exchange {
		return asks("maintenance.get", answer, auth, `"name":["umm-cluster r1 n1"]`)
	}
	for name, c := range map[string]struct {
		asks []exchange
		end  bool
		says string
	}{
		"made": {asks: []exchange{version, get(`"result":[]`), asks("host.get", `"result":[{"hostid":"10559"}]`, auth, `"host":["n1.example.org"]`),
			asks("maintenance.create", `"result":{"maintenanceids":["1"]}`, auth, till, `"hosts":[{"hostid":"10559"}]`, `"timeperiod_type":0`, `new \"kernel\"`)}},
		"prolonged": {asks: []exchange{version, get(`"result":[{"maintenanceid":"1"}]`),
			asks("maintenance.update", `"result":{"maintenanceids":["1"]}`, auth, till, `"maintenanceid":"1"`)}},
		"ended":           {end: true, asks: []exchange{version, get(`"result":[{"maintenanceid":"1"}]`), asks("maintenance.delete", `"result":{"maintenanceids":["1"]}`, `"params":["1"]`)}},
		"ended already":   {end: true, asks: []exchange{version, get(`"result":[]`)}},
		"an unknown host": {asks: []exchange{version, get(`"result":[]`), asks("host.get", `"result":[]`)}, says: "it has no host n1.example.org"},
		"a wrong token":   {asks: []exchange{version, get(refused)}, says: "Session terminated"},
		"a later version": {asks: []exchange{asks("apiinfo.version", `"result":"7.2.1"`), asks("maintenance.get", `"result":[{"maintenanceid":"1"}]`, "Bearer T0KEN"),
			asks("maintenance.update", `"result":{"maintenanceids":["1"]}`, "Bearer T0KEN")}},
		"something else": {asks: []exchange{{path: "/zabbix/api_jsonrpc.php", answer: "<html>"}}, says: "in another way"},
	} {
		t.Run(name, func(t *testing.T) {
			z := Zabbix{Place: "zabbix", URL: expecting(t, c.asks...) + "/zabbix/", Token: "T0KEN", Called: fqdn, Client: http.DefaultClient}
			wantSaid(t, c.says, func() error {
				if c.end {
					return z.End(t.Context(), "n1", "r1")
				}
				return z.Silence(t.Context(), "n1", "r1", `new "kernel"`, time.Unix(1796094058, 0))
			})
		})
	}
}

func wantSaid(t *testing.T, says string, do func() error) {
	t.Helper()
	switch err := do(); {
	case says == "" && err != nil, says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("got %v, want %q", err, says)
	case err != nil && strings.Contains(err.Error(), "T0KEN"):
		t.Errorf("it tells the token: %v", err)
	}
}
