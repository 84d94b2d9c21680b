//go:build e2e

package alerts

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"umm/internal/cluster/service"
	"umm/test/needs"
)

// TestPrometheusItself speaks to the real one, of Debian's package, with an alert that fires and
// one that does not.
func TestPrometheusItself(t *testing.T) {
	dir := needs.Package(t, "prometheus")
	for name, text := range map[string]string{
		"prometheus.yml": "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n",
		"rules.yml":      "groups:\n- name: g\n  rules:\n  - {alert: Watchdog, expr: vector(1)}\n  - {alert: HighLoad, expr: vector(1), labels: {instance: 'n2:9100'}}\n  - {alert: Silent, expr: vector(1) > 2}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	prometheus := exec.CommandContext(t.Context(), filepath.Join(dir, "usr/bin/prometheus"), "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--web.console.templates="+dir, "--web.console.libraries="+dir)
	if err := prometheus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = prometheus.Wait() })
	p := Prometheus{URL: "http://" + address, Query: Query, MayFire: mayFire(t, "alertname=Watchdog"), Client: http.DefaultClient}
	if vs := p.Verdicts(t.Context()); len(vs) != 1 || vs[0].State == service.OK {
		t.Errorf("before it is up it says %+v", vs)
	}
	var vs []service.Verdict
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if vs = p.Verdicts(t.Context()); vs[0].State == service.Wait {
			break
		}
	}
	if len(vs) != 1 || vs[0].Name != `HighLoad{instance="n2:9100"}` || vs[0].Risk != RiskFiring {
		t.Errorf("it says %+v", vs)
	}
	p.MayFire = mayFire(t, "alertname=~Watchdog|HighLoad")
	if vs := p.Verdicts(t.Context()); len(vs) != 1 || vs[0].State != service.OK {
		t.Errorf("of those that may fire it says %+v", vs)
	}
	p.Query = "ALERTS{"
	if vs := p.Verdicts(t.Context()); len(vs) != 1 || vs[0].State != service.Unknown {
		t.Errorf("of a broken query it says %+v", vs)
	}
}
