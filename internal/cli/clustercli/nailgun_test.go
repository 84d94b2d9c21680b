package clustercli

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/nailgun/nailguntest"
)

// The hosts come from Nailgun, by the Fuel client's credentials; nobody is connected
// to before they are known.
func TestHostsOfNailgun(t *testing.T) {
	env := 1
	fuel := &nailguntest.Server{User: "admin", Password: "secret", Environments: []nailguntest.Environment{{ID: 1, Name: "prod"}},
		Nodes: []nailguntest.Node{{ID: 4, Hostname: "node-4", IP: "192.0.2.4", Status: "ready", Roles: []string{"controller"}, Cluster: &env}}}
	server := httptest.NewServer(fuel)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "nodes.json")
	list := `[{"id": 4, "status": "ready", "roles": ["controller"], "ip": "192.0.2.4", "cluster": 1, "online": false}]`
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, conf, password, want string }{
		{"the API", "url: '" + server.URL + "'", "secret", "node-4 is offline, as Fuel sees it"},
		{"a file", "file: " + file, "", "node-4 is offline, as Fuel sees it"},
		{"a wrong password", "url: '" + server.URL + "'", "wrong", "cannot tell the hosts of the cluster: Nailgun at " + server.URL + " does not let admin in (401); the password is from the environment"},
		{"another environment", "environment: 2, url: '" + server.URL + "'", "secret", "Fuel has no environment 2; there is 1 (prod)"},
		{"no file", "file: " + file + "x", "", "no such file"},
		{"another role", "file: " + file + ", roles: [mongo]", "", "no deployed node has the role mongo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := filepath.Join(t.TempDir(), "umm-cluster.yaml")
			text := "inventory: nailgun\nnailgun: {" + c.conf + "}\n"
			if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			x := try(t)
			x.getenv = func(name string) string {
				return map[string]string{"HOME": "/nonexistent", "OS_PASSWORD": c.password, "XDG_STATE_HOME": t.TempDir()}[name]
			}
			// A host that is none of them ends the command before it connects.
			code := x.cluster("--config", conf, "status", "--hosts", "node-5")
			if said := x.stderr.String(); code == 0 || !strings.Contains(said, c.want) {
				t.Errorf("%d, it says\n%s", code, said)
			}
		})
	}
	if f := fuel.Faults(); len(f) > 0 {
		t.Error(f)
	}
}
