package alerts

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"umm/internal/cluster/matcher"
	"umm/internal/cluster/service"
)

// What Prometheus 2.42 answered.
const (
	firing = `{"status":"success","data":{"resultType":"vector","result":[` +
		`{"metric":{"__name__":"ALERTS","alertname":"HighLoad","alertstate":"firing","instance":"n2:9100"},"value":[1796095123.5,"1"]},` +
		`{"metric":{"__name__":"ALERTS","alertname":"Watchdog","alertstate":"firing"},"value":[1796095123.5,"1"]}]}}`
	none   = `{"status":"success","data":{"resultType":"vector","result":[]}}`
	scalar = `{"status":"success","data":{"resultType":"scalar","result":[1796095123.5,"1"]}}`
	wrong  = `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: parse error: unexpected end of input"}`
)

func mayFire(t *testing.T, texts ...string) []matcher.Matcher {
	t.Helper()
	var all []matcher.Matcher
	for _, text := range texts {
		m, err := matcher.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		answer  string
		mayFire []string
		state   service.State
		risk    string
		says    string
	}{
		"one fires":               {200, firing, []string{`alertname="Watchdog"`}, service.Wait, RiskFiring, `alert HighLoad{instance="n2:9100"} fires`},
		"what fires may":          {200, firing, []string{"alertname=Watchdog", `instance=~"n[0-9]+:.*"`}, service.OK, "", "no alert fires, apart from 2 that may"},
		"a part of a label":       {200, firing, []string{"alertname=Watchdog", `instance=~"n"`}, service.Wait, RiskFiring, "HighLoad"},
		"none fires":              {200, none, nil, service.OK, "", "no alert fires"},
		"a wrong query":           {400, wrong, nil, service.Unknown, RiskUnknown, "status 400"},
		"a wrong kind of query":   {200, scalar, nil, service.Unknown, RiskUnknown, "gives a scalar, not a vector"},
		"no result":               {200, `{"status":"success","data":{"resultType":"vector"}}`, nil, service.Unknown, RiskUnknown, "in another way"},
		"something else":          {200, "<html>", nil, service.Unknown, RiskUnknown, "in another way"},
		"an error with status OK": {200, wrong, nil, service.Unknown, RiskUnknown, "in another way"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); r.URL.Path != "/prom/api/v1/query" || r.FormValue("query") != Query || user != "umm" || password != "S3CRET" {
					t.Errorf("it asks %s as %s", r.URL, user)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			}))
			defer server.Close()
			p := Prometheus{URL: strings.Replace(server.URL, "://", "://umm:S3CRET@", 1) + "/prom/", Query: Query, MayFire: mayFire(t, c.mayFire...), Client: http.DefaultClient}
			vs := p.Verdicts(t.Context())
			if len(vs) != 1 || vs[0].State != c.state || vs[0].Risk != c.risk || !strings.Contains(vs[0].Reason, c.says) {
				t.Errorf("it says %+v", vs)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	p := Prometheus{URL: strings.Replace(server.URL, "://", "://umm:S3CRET@", 1), Query: Query, Client: http.DefaultClient}
	if vs := p.Verdicts(t.Context()); len(vs) != 1 || vs[0].State != service.Unknown || strings.Contains(vs[0].Reason, "S3CRET") {
		t.Errorf("it says %+v", vs)
	}
}
