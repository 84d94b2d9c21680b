package clustercli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"umm/internal/cluster/config"
)

func conf(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "umm-cluster.yaml")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfig(t *testing.T) {
	x := try(t)
	path := conf(t, "gate:\n  samples: 5\nnotify:\n- url: https://h/T0PSECRET\n")
	if code := x.cluster("config", "--config", path); code != 0 {
		t.Fatalf("it ended with %d and said %s", code, x.stderr)
	}
	rows := map[string][]string{}
	for _, line := range strings.Split(x.stdout.String(), "\n") {
		if words := strings.Fields(line); len(words) > 1 {
			rows[words[0]] = words[1:]
		}
	}
	for key, want := range map[string]string{
		"gate.samples": "5 " + path + ":2", "gate.interval": "1s default", "notify[0].url": "(not shown) " + path + ":4", "probes": "(none) default",
	} {
		if got := strings.Join(rows[key], " "); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if strings.Contains(x.stdout.String(), "T0PSECRET") {
		t.Error("the secret is shown")
	}
}

func TestConfigAsJSON(t *testing.T) {
	x := try(t)
	path := conf(t, "gate:\n  samples: 5\nhosts: [{name: n1, roles: [a]}]\nlimits: {enter: 20m}\nnotify: [{url: 'https://h/T0PSECRET'}]\n")
	if code := x.cluster("config", "-o", "json", "--config", path); code != 0 || strings.Contains(x.stdout.String(), "T0PSECRET") {
		t.Fatalf("it ended with %d and printed %s%s", code, x.stdout, x.stderr)
	}
	var doc struct {
		Version  int
		File     string
		Settings []config.Setting
	}
	if err := json.Unmarshal(x.stdout.Bytes(), &doc); err != nil || doc.Version != 1 || doc.File != path {
		t.Fatalf("it printed %s (%v)", x.stdout, err)
	}
	got := map[string]string{}
	for _, s := range doc.Settings {
		value, err := json.Marshal(s.Value)
		if err != nil {
			t.Fatal(err)
		}
		got[s.Key] = string(value) + " " + strings.TrimPrefix(s.From, path)
	}
	for key, want := range map[string]string{
		"gate.samples": "5 :2", "hosts[0].roles": `["a"] :3`, "limits.enter": `"20m" :4`, "ssh.user": "null default", "notify[0].url": `"(not shown)" :5`,
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
}

func TestConfigThatIsNotThereOrWrong(t *testing.T) {
	x := try(t)
	x.euid = 0
	none := filepath.Join(t.TempDir(), "none.yaml")
	if code := x.cluster("config", "--config", none); code != int(Usage) || !strings.Contains(x.stderr.String(), none+": cannot be read: no such file") {
		t.Errorf("of a file that is not there it ended with %d and said %s", code, x.stderr)
	}
	wrong := conf(t, "gate:\n  sample: 5\n  interval: soon\n")
	if code := x.cluster("config", "--config", wrong); code != int(Usage) ||
		!strings.Contains(x.stderr.String(), wrong+":2: gate.sample: is not a key that umm-cluster knows: did you mean samples?\n") ||
		!strings.Contains(x.stderr.String(), wrong+":3: gate.interval: is soon, not a time") {
		t.Errorf("of a wrong file it ended with %d and said %s", code, x.stderr)
	}
	if code := x.cluster("config", "-o", "yaml"); code != int(Usage) {
		t.Errorf("-o yaml ended with %d", code)
	}
}

// What the package installs is read, and says nothing.
func TestConfigOfThePackage(t *testing.T) {
	x := try(t)
	if code := x.cluster("config", "--config", "../../../plugin/etc/umm-cluster.yaml"); code != 0 || strings.Contains(x.stdout.String(), "umm-cluster.yaml:") {
		t.Errorf("it ended with %d and said %s%s", code, x.stdout, x.stderr)
	}
}
