package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The journals of a run that has not come to its end outlive the package and the plugin, also
// where one of them is damaged.
func TestJournalsOfAnUnfinishedRunStay(t *testing.T) {
	const ended, stopped = "0 {\"kind\":\"requested\"}\n0 {\"kind\":\"ended\"}\n", "0 {\"kind\":\"requested\"}\n0 {\"kind\":\"stopped\",\"text\":\"\\\"kind\\\":\\\"ended\\\"\"}\n\x00\x00"
	for name, c := range map[string]struct {
		journals []string
		goes     bool
	}{
		"none":         {nil, true},
		"ended":        {[]string{ended, "", "\x00\x00"}, true},
		"stopped":      {[]string{ended, stopped}, false},
		"damaged":      {[]string{"torn\n" + stopped, ended}, false},
		"damaged only": {[]string{"torn"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, script := range []string{"plugin/packaging/cluster-postrm", "uninstall.sh"} {
				dir := t.TempDir()
				state := filepath.Join(dir, "state")
				for i, text := range c.journals {
					writeIn(t, filepath.Join(state, "runs", string(rune('a'+i))+".journal"), text, 0o600)
				}
				// The state is where the configuration in use says, for the plugin.
				text, err := os.ReadFile("../../" + script)
				if err != nil {
					t.Fatal(err)
				}
				master := filepath.Join(dir, "plugin", "master", "umm-cluster")
				writeIn(t, master, "#!/bin/sh\n[ \"$*\" = config ] && echo 'state_dir  "+state+"  /etc/umm-cluster.yaml:1'\n", 0o755)
				link := filepath.Join(dir, "umm-cluster")
				if err := os.Symlink(master, link); err != nil {
					t.Fatal(err)
				}
				body := strings.NewReplacer("/var/www/nailgun/plugins/umm-1.0", filepath.Join(dir, "plugin"), "/usr/bin/umm-cluster", link,
					"/usr/share/man", filepath.Join(dir, "man"), "/etc/umm-cluster.yaml", filepath.Join(dir, "conf")).Replace(string(text))
				to := state
				if script == "uninstall.sh" {
					to = filepath.Join(dir, "var")
				}
				body = strings.ReplaceAll(body, "/var/lib/umm-cluster", to)
				cmd := exec.Command("sh", "-c", body, "sh", "purge")
				out, err := cmd.CombinedOutput()
				there := func(path string) bool { _, err := os.Lstat(path); return err == nil }
				if script == "uninstall.sh" && ((err == nil) != c.goes || there(link) == c.goes) {
					t.Errorf("%s ended with %v:\n%s", script, err, out)
				}
				if script != "uninstall.sh" && (err != nil || c.journals != nil && there(state) == c.goes) {
					t.Errorf("%s ended with %v, and the journals are there: %v\n%s", script, err, there(state), out)
				}
			}
		})
	}
}

func writeIn(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
