package clustercli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"umm/internal/cluster/transport/sshtest"
)

// What is recorded is the key that the operator named, and never another one that was shown
// instead of it meanwhile.
func TestTrustRecordsTheNamedKey(t *testing.T) {
	server, err := sshtest.Start(sshtest.Config{HostKeys: []string{"ed25519", "ecdsa"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	dir := t.TempDir()
	known := filepath.Join(dir, "known_hosts")
	conf := filepath.Join(dir, "umm-cluster.yaml")
	text := fmt.Sprintf("state_dir: %s\nssh:\n  known_hosts: %s\nhosts:\n- name: n1\n  address: %s\n  port: %d\n", dir, known, server.Host(), server.Port())
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	x := try(t)
	trust := func(want Code, args ...string) string {
		t.Helper()
		if code := x.cluster(append([]string{"--config", conf, "trust", "n1"}, args...)...); code != int(want) {
			t.Errorf("trust %q ended with %d: %s%s", args, code, x.stdout, x.stderr)
		}
		return x.stdout.String() + x.stderr.String()
	}
	recorded := func() string {
		data, err := os.ReadFile(known)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(data)
	}
	shown := regexp.MustCompile(`shows (\S+) (SHA256:\S+)`).FindAllStringSubmatch(trust(Done), -1)
	if len(shown) != 2 || recorded() != "" {
		t.Fatalf("it shows %q; recorded is %q", shown, recorded())
	}
	trust(Usage, "--yes")
	if got := trust(Refused, "--yes=SHA256:AAAA"); !strings.Contains(got, "does not show a key with that fingerprint") || recorded() != "" {
		t.Errorf("%s; recorded is %q", got, recorded())
	}
	trust(Done, "--yes="+shown[0][2])
	if got := recorded(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "ed25519") {
		t.Errorf("recorded is %q", got)
	}
	trust(Done, "--yes="+shown[1][2])
	if got := recorded(); strings.Count(got, "\n") != 2 {
		t.Errorf("recorded is %q", got)
	}
	// Somebody else answers now.
	if err := server.NewHostKeys("ed25519"); err != nil {
		t.Fatal(err)
	}
	before := recorded()
	trust(Refused, "--replace", "--yes="+shown[0][2])
	if recorded() != before {
		t.Errorf("recorded is %q", recorded())
	}
}
