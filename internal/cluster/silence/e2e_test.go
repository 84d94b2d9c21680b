//go:build e2e

package silence

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/matcher"
	"umm/test/needs"
)

// TestAlertmanager speaks to the real one, of Debian's package.
func TestAlertmanager(t *testing.T) {
	am := startAlertmanager(t)
	a := Alertmanager{Place: "alertmanager", URL: am, Client: http.DefaultClient, Address: func(string) string { return "192.0.2.11" }}
	for _, text := range []string{matcher.Default, `severity!="page"`} {
		m, err := matcher.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		a.Matchers = append(a.Matchers, m)
	}
	alert(t, am, "n1:9100", "n10:9100", "192.0.2.11:9273")
	wantQuiet(t, am, "before")
	ctx, until := t.Context(), time.Now().Add(5*time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Silence(ctx, "n1", "r1", "new \"kernel\"", until))
	wantQuiet(t, am, "silenced", "192.0.2.11:9273", "n1:9100")
	first, err := a.own(ctx, "n1", "r1")
	if err != nil || len(first) != 1 || !strings.Contains(first[0].Comment, `new "kernel"`) {
		t.Fatalf("it has %+v (%v)", first, err)
	}
	must(a.Silence(ctx, "n1", "r1", "", until.Add(time.Minute)))
	must(a.Silence(ctx, "n1", "r2", "another run", until))
	if again, err := a.own(ctx, "n1", "r1"); err != nil || len(again) != 1 || again[0].ID != first[0].ID || !again[0].EndsAt.After(first[0].EndsAt) {
		t.Errorf("prolonged, it has %+v (%v)", again, err)
	}
	must(a.End(ctx, "n1", "r1"))
	wantQuiet(t, am, "with the silence of another run", "192.0.2.11:9273", "n1:9100")
	must(a.End(ctx, "n1", "r2"))
	must(a.End(ctx, "n1", "r2"))
	wantQuiet(t, am, "ended")
	a.Matchers = a.Matchers[1:]
	if err := a.Silence(ctx, "n1", "r1", "", until.Add(-time.Hour)); err == nil || !strings.Contains(err.Error(), "status 400") {
		t.Errorf("what Alertmanager refuses is %v", err)
	}
}

// startAlertmanager runs Debian's Alertmanager on this machine's loopback, from its unpacked
// package.
func startAlertmanager(t *testing.T) (url string) {
	t.Helper()
	needs.Root(t)
	dir := needs.Package(t, "prometheus-alertmanager")
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	// Where its templates are is compiled in: they are there in a mount namespace of its own.
	am := exec.CommandContext(ctx, "unshare", "-m", "sh", "-euc", `mount -t tmpfs tmpfs /usr/share
mkdir /usr/share/prometheus
mount --bind "$1/usr/share/prometheus" /usr/share/prometheus
dir=$1
shift
exec "$dir/usr/bin/prometheus-alertmanager" "$@"`, "sh", dir, "--config.file="+config, "--storage.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--cluster.listen-address=")
	if err := am.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = am.Wait()
	})
	url = "http://" + address
	for deadline := time.Now().Add(time.Minute); ; {
		res, err := http.Get(url + "/-/ready") //nolint:noctx // a test
		if err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK {
			return url
		}
		if time.Now().After(deadline) {
			t.Fatalf("Alertmanager does not come up: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// alert lets alerts of these instances fire.
func alert(t *testing.T, am string, instances ...string) {
	t.Helper()
	var all []map[string]any
	for _, instance := range instances {
		all = append(all, map[string]any{"labels": map[string]string{"alertname": "InstanceDown", "instance": instance}})
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(am+"/api/v2/alerts", "application/json", strings.NewReader(string(data))) //nolint:noctx // a test
	if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the alerts are not taken: %v, %v", res, err)
	}
}

// wantQuiet wants just the alerts of these instances to be silenced.
func wantQuiet(t *testing.T, am, when string, instances ...string) {
	t.Helper()
	var got []string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		res, err := http.Get(am + "/api/v2/alerts?active=false&inhibited=false&silenced=true") //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		var all []struct{ Labels map[string]string }
		if err := errors.Join(json.NewDecoder(res.Body).Decode(&all), res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, a := range all {
			got = append(got, a.Labels["instance"])
		}
		if slices.Sort(got); slices.Equal(got, instances) {
			return
		}
	}
	t.Errorf("%s, silenced are %v, want %v", when, got, instances)
}
