//go:build e2e

package silence

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/webapi"
)

const icingaConfig = `const NodeName = "localhost"
const PluginDir = "/bin"
object Endpoint NodeName { }
object Zone "master" { endpoints = [ NodeName ] }
object ApiListener "api" { bind_host = "127.0.0.1", bind_port = %s }
object ApiUser "umm" { password = "S3CRET", permissions = [ "actions/schedule-downtime", "actions/remove-downtime", "objects/modify/Downtime" ] }
object ApiUser "test" { password = "test", permissions = [ "objects/query/*" ] }
object CheckCommand "fine" { command = [ "/bin/true" ] }
object Host "n1" { check_command = "fine" }
object Host "n10" { check_command = "fine" }
object Service "ssh" { host_name = "n1", check_command = "fine" }
object Service "ssh" { host_name = "n10", check_command = "fine" }
`

// The folders of Icinga 2 are compiled in: they are there in a mount namespace of its own.
const icingaScript = `d=$1
mkdir -p "$d/var/lib/icinga2/api" "$d/var/log/icinga2" "$d/var/cache/icinga2" "$d/var/spool/icinga2" "$d/run/icinga2"
mount -t overlay usr -o "lowerdir=$d/root/usr:/usr" /usr
mount -t overlay etc -o "lowerdir=$d/root/etc:/etc" /etc
mount --bind "$d/var" /var
mount --bind "$d/run" /run
exec icinga2 daemon -D RunAsUser=root -D RunAsGroup=root -c "$d/icinga2.conf"`

// TestIcinga2 speaks to the real one, of Debian's package, with the permissions that the manual
// says, and by a certificate that only its own CA signs.
func TestIcinga2(t *testing.T) {
	dir := unpacked(t, "icinga2-bin", "icinga2-common")
	port := freePort(t)
	certs := filepath.Join(dir, "var/lib/icinga2/certs")
	if err := os.MkdirAll(certs, 0o700); err != nil {
		t.Fatal(err)
	}
	ca := certificate(t, certs)
	if err := os.WriteFile(filepath.Join(dir, "icinga2.conf"), fmt.Appendf(nil, icingaConfig, port), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, icingaScript, dir)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	soon(t, time.Minute, "Icinga 2 does not come up", func() error { return answers(client, "https://localhost:"+port) })

	// down is what Icinga 2 has of downtimes: how many there are for each object, and their end.
	down := func() (string, float64) {
		t.Helper()
		data, err := webapi.Ask(t.Context(), client, http.MethodGet, "https://test:test@localhost:"+port+"/v1/objects/downtimes", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all struct {
			Results []struct {
				Attrs struct {
					Host    string  `json:"host_name"`
					Service string  `json:"service_name"`
					End     float64 `json:"end_time"`
					Comment string  `json:"comment"`
				} `json:"attrs"`
			} `json:"results"`
		}
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		counted, end := map[string]int{}, 0.0
		for _, r := range all.Results {
			counted[strings.TrimSuffix(r.Attrs.Host+"/"+r.Attrs.Service, "/")]++
			end = max(end, r.Attrs.End)
			if !strings.Contains(r.Attrs.Comment, `new "kernel"`) {
				t.Errorf("a downtime for %q", r.Attrs.Comment)
			}
		}
		return fmt.Sprint(counted), end
	}
	i := Icinga{Place: "icinga", URL: "https://umm:S3CRET@localhost:" + port, Called: func(host string) string { return host }, Client: client}
	until := time.Now().Add(5 * time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(when, counted string, end time.Time) {
		t.Helper()
		if got, till := down(); got != counted || !end.IsZero() && int64(till) != end.Unix() {
			t.Errorf("%s there are %s until %f, want %s until %d", when, got, till, counted, end.Unix())
		}
	}
	ctx := t.Context()
	must(i.End(ctx, "n1", "r1"))
	must(i.Silence(ctx, "n1", "r1", `new "kernel"`, until))
	want("made", "map[n1:1 n1/ssh:1]", until)
	until = until.Add(time.Minute)
	must(i.Silence(ctx, "n1", "r1", `new "kernel"`, until))
	want("prolonged", "map[n1:1 n1/ssh:1]", until)
	must(i.Silence(ctx, "n1", "r2", `new "kernel"`, until))
	want("with another run", "map[n1:2 n1/ssh:2]", until)
	must(i.End(ctx, "n1", "r1"))
	must(i.End(ctx, "n1", "r1"))
	want("ended", "map[n1:1 n1/ssh:1]", until)
	if err := i.Silence(ctx, "n2", "r1", "", until); err == nil || err.Error() != "it has no host n2" {
		t.Errorf("of a host that it has not: %v", err)
	}
	i.URL = strings.Replace(i.URL, "S3CRET", "wrong", 1)
	if err := i.Silence(ctx, "n1", "r1", "", until); err == nil || !strings.Contains(err.Error(), "status 401") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong password: %v", err)
	}
	late, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	if err := i.End(late, "n1", "r2"); err == nil {
		t.Error("it does not mind the time")
	}
}
