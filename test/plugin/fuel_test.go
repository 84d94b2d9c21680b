package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// root is the repository, which is the root of the Fuel plugin.
const root = "../.."

// The files of the Fuel plugin as the tests read them. What is not here is refused:
// a key that no Nailgun knows is a key that is mistyped.
type (
	metadata struct {
		Name           string    `yaml:"name"`
		Title          string    `yaml:"title"`
		Version        string    `yaml:"version"`
		PackageVersion string    `yaml:"package_version"`
		Description    string    `yaml:"description"`
		FuelVersion    []string  `yaml:"fuel_version"`
		Licenses       []string  `yaml:"licenses"`
		Authors        []string  `yaml:"authors"`
		Homepage       string    `yaml:"homepage"`
		Groups         []string  `yaml:"groups"`
		Hotpluggable   *bool     `yaml:"is_hotpluggable"`
		Releases       []release `yaml:"releases"`
	}
	release struct {
		OS      string   `yaml:"os"`
		Version string   `yaml:"version"`
		Mode    []string `yaml:"mode"`
		Scripts string   `yaml:"deployment_scripts_path"`
		Repos   string   `yaml:"repository_path"`
	}
	task struct {
		ID          string         `yaml:"id"`
		Type        string         `yaml:"type"`
		Version     string         `yaml:"version"`
		Role        []string       `yaml:"role"`
		Requires    []string       `yaml:"requires"`
		RequiredFor []string       `yaml:"required_for"`
		Reexecute   []string       `yaml:"reexecute_on"`
		Parameters  map[string]any `yaml:"parameters"`
	}
	field struct {
		Type        string `yaml:"type"`
		Label       string `yaml:"label"`
		Description string `yaml:"description"`
		Weight      any    `yaml:"weight"`
		Value       any    `yaml:"value"`
		Regex       *struct{ Source, Error string }
		Values      []map[string]string `yaml:"values"`
		Restricted  []struct {
			Condition string `yaml:"condition"`
			Action    string `yaml:"action"`
			Message   string `yaml:"message"`
		} `yaml:"restrictions"`
	}
)

// fuelPlugin is all of them.
type fuelPlugin struct {
	meta   metadata
	legacy []any
	tasks  []task
	group  map[string]any
	fields map[string]field
}

// load reads the files of a plugin in a folder. An error is one that a reader of
// YAML would have, or a key that nobody knows.
func load(dir string) (fuelPlugin, error) {
	var p fuelPlugin
	var env struct {
		Attributes map[string]yaml.Node `yaml:"attributes"`
	}
	for name, into := range map[string]any{"metadata.yaml": &p.meta, "tasks.yaml": &p.legacy, "deployment_tasks.yaml": &p.tasks, "environment_config.yaml": &env} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return p, err
		}
		if err := strict(data, into); err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
	p.fields = map[string]field{}
	for name, node := range env.Attributes {
		data, err := yaml.Marshal(&node)
		if err != nil {
			return p, err
		}
		if name == "metadata" {
			err = strict(data, &p.group)
		} else {
			var f field
			err = strict(data, &f)
			p.fields[name] = f
		}
		if err != nil {
			return p, fmt.Errorf("environment_config.yaml: %s: %w", name, err)
		}
	}
	return p, nil
}

func strict(data []byte, into any) error {
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

func TestFuelPluginKeepsTheRules(t *testing.T) {
	p, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		if bad := r.broken(p, root); len(bad) > 0 {
			t.Errorf("the rule is: %s. It is broken by %s", r.words, strings.Join(bad, "; "))
		}
	}
}

// A copy of the plugin that breaks a rule is told the rule.
func TestFuelRulesFire(t *testing.T) {
	for _, c := range []struct{ file, old, new, words string }{
		{"metadata.yaml", "name: umm", "name: Umm", "matches ^[a-z0-9_-]+$"},
		{"metadata.yaml", "name: umm", "name: um", "reach the host under it"},
		{"metadata.yaml", "\nversion: 1.0.0", "\nversion: 1.0.0-rc1", "without a suffix"},
		{"metadata.yaml", "package_version: 4.0.0", "package_version: 5.0.0", "8.0 knows no later form"},
		{"metadata.yaml", "'9.1', ", "", "every Fuel"},
		{"metadata.yaml", "is_hotpluggable: true", "", "is_hotpluggable"},
		{"metadata.yaml", "groups: []", "groups: [maintenance]", "groups is []"},
		{"metadata.yaml", "newton-10.0", "newton-9.0", "there is a release"},
		{"metadata.yaml", "os: centos", "os: debian", "for ubuntu or centos"},
		{"metadata.yaml", "repositories/centos", "repositories/el7", "both folders"},
		{"post_install.sh", "put()", "%put()", "has no %"},
		{"tasks.yaml", "[]", "- {role: [controller], stage: post_deployment, type: shell}", "refuse to enable"},
		{"tasks.yaml", "# Stays", "\n# Stays", "says why"},
		{"deployment_tasks.yaml", "type: skipped", "type: shell", "neutralised"},
		{"deployment_tasks.yaml", "id: umm-install", "id: umm", "given to no other"},
		{"deployment_tasks.yaml", "id: umm-install", "id: umm.install", "the id matches"},
		{"deployment_tasks.yaml", "  version: 2.0.0", "  version: 1.0.0", "are legacy"},
		{"deployment_tasks.yaml", "type: shell", "type: puppet", "of the type shell"},
		{"deployment_tasks.yaml", "[primary-controller, controller]", "[controller]", "by role"},
		{"deployment_tasks.yaml", "[post_deployment_end]", "[deploy_end]", "8.0 drops"},
		{"deployment_tasks.yaml", "reexecute_on: [deploy_changes]", "", "runs again"},
		{"deployment_tasks.yaml", "timeout: 600", "timeout: '600'", "whole numbers"},
		{"deployment_tasks.yaml", "cmd: sh install.sh", "cmd: sh install.sh {x}", "Nailgun formats it"},
		{"deployment_tasks.yaml", "cmd: sh install.sh", "cmd: ./install.sh", "run bit"},
		{"environment_config.yaml", "group: general", "group: other", "the group general"},
		{"environment_config.yaml", "type: radio", "type: number", "8.0 knows"},
		{"environment_config.yaml", "weight: 20", "weight: '20'", "a whole weight"},
		{"environment_config.yaml", "value: '2'", "value: 2", "numbers are refused"},
		{"environment_config.yaml", "'^[1-9][0-9]{0,2}$'", "'[1-9][0-9]{0,2}'", "from its beginning"},
		{"environment_config.yaml", "'^[1-9][0-9]{0,2}$'", "'^\\d{1,3}$'", "read differently"},
		{"environment_config.yaml", "- data: 'yes'", "- data: 'ja'", "one of them"},
		{"environment_config.yaml", "action: disable", "action: hide", "greyed out then"},
		{"environment_config.yaml", "settings:umm.maintenance.value", "settings:umm.enabled.value", "of a field that is there"},
		{"environment_config.yaml", "type: radio", "type: checkbox", "no checkbox is greyed out"},
	} {
		t.Run(c.words, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"metadata.yaml", "tasks.yaml", "deployment_tasks.yaml", "environment_config.yaml", "post_install.sh", "uninstall.sh", "deployment_scripts", "repositories"} {
				copyTo(t, filepath.Join(root, name), filepath.Join(dir, name))
			}
			file := filepath.Join(dir, c.file)
			data, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(data), c.old) {
				t.Fatalf("%s has no %q to break (%v)", c.file, c.old, err)
			}
			write(t, file, strings.Replace(string(data), c.old, c.new, 1), 0o644)
			p, err := load(dir)
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			for _, r := range rules {
				if len(r.broken(p, dir)) > 0 {
					told = append(told, r.words)
				}
			}
			if !strings.Contains(strings.Join(told, "\n"), c.words) {
				t.Errorf("%q in place of %q breaks %q, not the rule with %q", c.new, c.old, told, c.words)
			}
		})
	}
}

// A key that nobody knows is mistyped.
func TestFuelKeysAreKnown(t *testing.T) {
	for name, text := range map[string]string{"metadata.yaml": "nmae: umm\n", "deployment_tasks.yaml": "- {id: x, roles: [controller]}\n",
		"environment_config.yaml": "attributes: {x: {type: text, hint: no}}\n"} {
		dir := t.TempDir()
		for _, n := range []string{"metadata.yaml", "tasks.yaml", "deployment_tasks.yaml", "environment_config.yaml"} {
			copyTo(t, filepath.Join(root, n), filepath.Join(dir, n))
		}
		write(t, filepath.Join(dir, name), text, 0o644)
		if _, err := load(dir); err == nil || !strings.Contains(err.Error(), "not found in type") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data), 0o644)
}
