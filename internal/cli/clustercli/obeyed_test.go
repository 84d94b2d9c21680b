package clustercli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who configures what nothing obeys is told so, with the line, before anything is
// done.
func TestKeysThatNothingObeys(t *testing.T) {
	for _, text := range []string{
		"checks: [{name: shop, check: [/bin/true]}]\n",
		"services: {ceph: {enabled: 'yes'}}\n",
	} {
		conf := filepath.Join(t.TempDir(), "umm-cluster.yaml")
		if err := os.WriteFile(conf, []byte("hosts: [{name: n1}]\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		x := try(t)
		code := x.cluster("--config", conf, "plan")
		if said := x.stderr.String(); Code(code) != Usage || !strings.Contains(said, conf+":2") || !strings.Contains(said, "does not do that yet") {
			t.Errorf("%s: %d, %s", text, code, said)
		}
	}
}
