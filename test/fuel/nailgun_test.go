//go:build e2e

package fuel

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"umm/internal/lab"
)

// pluginDir is where the plugin is on the master, scriptsDir where its scripts are on
// a controller.
const (
	pluginDir  = "/var/www/nailgun/plugins/umm-1.0"
	scriptsDir = "/etc/fuel/plugins/umm-1.0"
)

// controller is a host of the environment, with the release of Fuel that deployed it.
type controller struct {
	*lab.Host
	role    string
	release string
}

// fuelSettings are the plugin's settings, as text.
type fuelSettings map[string]string

func defaults() fuelSettings {
	return fuelSettings{"maintenance": "true", "reboot_count": "2", "counter_reset_time": "10", "keep_units": "", "catch_emergency": "yes"}
}

func (s fuelSettings) with(key, value string) fuelSettings {
	changed := maps.Clone(s)
	changed[key] = value
	return changed
}

// astute is the settings as a file: of Ruby, as 8.0 and 9 write it, the second with
// a repeated text as an alias; or of Python, as 10 does.
func (s fuelSettings) astute(release string) string {
	var b strings.Builder
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	b.WriteString("---\nfuel_version: '" + release + "'\nnodes:\n- fqdn: node-1.test.domain.local\n  umm: nothing of ours\n")
	if release == "9.2" {
		b.WriteString("shared: &1 " + quote(s["reboot_count"]) + "\n")
	}
	b.WriteString("umm:\n  metadata:\n    plugin_id: 4\n    label: Unified maintenance mode\n    maintenance: 'no'\n")
	for _, key := range slices.Sorted(maps.Keys(s)) {
		switch {
		case s[key] == "true" || s[key] == "false":
			fmt.Fprintf(&b, "  %s: %s\n", key, s[key])
		case release == "9.2" && key == "reboot_count":
			fmt.Fprintf(&b, "  %s: *1\n", key)
		default:
			fmt.Fprintf(&b, "  %s: %s\n", key, quote(s[key]))
		}
	}
	b.WriteString("uid: '1'\n")
	return b.String()
}

// configure puts the settings where that release has them.
func (c controller) configure(s fuelSettings) error {
	if c.release != "10.0" {
		return put(c.Host, "/etc/astute.yaml", s.astute(c.release))
	}
	if err := put(c.Host, "/etc/astute.yaml", "# The data is in /etc/hiera.\n"); err != nil {
		return err
	}
	return put(c.Host, "/etc/hiera/cluster.yaml", s.astute(c.release))
}

// repository tells apt of the plugin's repository, by a line and a pin that is made
// of the repository's own Release file.
func (c controller) repository(master *lab.Host) error {
	release, err := master.ReadFile(pluginDir + "/repositories/ubuntu/Release")
	if err != nil {
		return err
	}
	var fields map[string]string
	if err := yaml.Unmarshal(release, &fields); err != nil {
		return fmt.Errorf("Nailgun reads Release as YAML: %w", err)
	}
	if err := put(c.Host, "/etc/apt/sources.list.d/umm-1.0.0.list", fmt.Sprintf("deb http://%s:8080/plugins/umm-1.0/repositories/ubuntu / ", master.Addr())); err != nil {
		return err
	}
	return put(c.Host, "/etc/apt/preferences.d/umm-1.0.0.pref",
		fmt.Sprintf("Package: *\nPin: release l=%s,v=%s\nPin-Priority: 1100", fields["Label"], fields["Version"]))
}

// deliver puts the scripts on the controller as "rsync -c -r --delete" does: without
// their modes, and nothing else stays.
func (c controller) deliver(master *lab.Host) error {
	to := filepath.Join(c.Root(), scriptsDir)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	from := filepath.Join(master.Root(), pluginDir, "deployment_scripts")
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			return err
		}
		if err := put(c.Host, filepath.Join(scriptsDir, f.Name()), string(data)); err != nil {
			return err
		}
	}
	return nil
}

// node is a task of a deployment graph.
type node struct {
	ID          string         `yaml:"id"`
	Type        string         `yaml:"type"`
	Role        []string       `yaml:"role"`
	Requires    []string       `yaml:"requires"`
	RequiredFor []string       `yaml:"required_for"`
	Parameters  map[string]any `yaml:"parameters"`
}

// graph are the tasks for a role, in order: Fuel's own with those of the plugin, of
// which one by the same name takes the place of Fuel's.
func graph(master *lab.Host, role string) ([]node, error) {
	own := []node{
		{ID: "post_deployment_start", Type: "stage"},
		{ID: "umm", Type: "shell", Role: []string{"primary-controller", "controller"}, Requires: []string{"post_deployment_start"},
			RequiredFor: []string{"post_deployment_end"}, Parameters: map[string]any{"cmd": "dpkg -i /root/fuel-umm.deb"}},
		{ID: "post_deployment_end", Type: "stage", Requires: []string{"post_deployment_start"}},
	}
	data, err := master.ReadFile(pluginDir + "/deployment_tasks.yaml")
	if err != nil {
		return nil, err
	}
	var added []node
	if err := yaml.Unmarshal(data, &added); err != nil {
		return nil, err
	}
	for _, t := range added {
		own = slices.DeleteFunc(own, func(n node) bool { return n.ID == t.ID })
		own = append(own, t)
	}
	for i, t := range own {
		for _, later := range t.RequiredFor {
			at := slices.IndexFunc(own, func(n node) bool { return n.ID == later })
			if at < 0 {
				return nil, fmt.Errorf("%s is required for %s, which is no task", t.ID, later)
			}
			own[at].Requires = append(own[at].Requires, own[i].ID)
		}
	}
	var order []node
	for len(own) > 0 {
		next := slices.IndexFunc(own, func(n node) bool {
			return !slices.ContainsFunc(n.Requires, func(id string) bool { return slices.ContainsFunc(own, func(o node) bool { return o.ID == id }) })
		})
		if next < 0 {
			return nil, fmt.Errorf("the graph has a cycle: %v", own)
		}
		if t := own[next]; t.Type == "shell" && slices.Contains(t.Role, role) {
			order = append(order, t)
		}
		own = slices.Delete(own, next, next+1)
	}
	return order, nil
}

// deploy does what a deployment does to a controller, and returns what its tasks
// said and their statuses.
func (c controller) deploy(ctx context.Context, master *lab.Host, s fuelSettings) (string, int, error) {
	for _, step := range []func() error{
		func() error { return c.configure(s) }, func() error { return c.repository(master) }, func() error { return c.deliver(master) },
	} {
		if err := step(); err != nil {
			return "", 0, err
		}
	}
	tasks, err := graph(master, c.role)
	if err != nil {
		return "", 0, err
	}
	said := ""
	for _, t := range tasks {
		res, err := c.Enter(ctx, "/bin/sh", "-c", "cd "+scriptsDir+"/ && "+fmt.Sprint(t.Parameters["cmd"])+" 2>&1")
		if err != nil {
			return said, 0, err
		}
		if said += string(res.Stdout) + string(res.Stderr); res.Code != 0 {
			return said, res.Code, nil
		}
	}
	return said, 0, nil
}

// put writes a file on a host, with no run bit.
func put(h *lab.Host, path, text string) error {
	full := filepath.Join(h.Root(), path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, []byte(text), 0o644)
}
