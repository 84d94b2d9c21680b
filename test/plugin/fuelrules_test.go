package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// rule is one demand of a Nailgun or of the plugin builder, in words.
type rule struct {
	words string
	// broken says where the rule is not kept.
	broken func(p fuelPlugin, dir string) []string
}

// rules are all of them.
var rules = slices.Concat(metadataRules, taskRules, fieldRules)

var metadataRules = []rule{
	{"the name matches ^[a-z0-9_-]+$", func(p fuelPlugin, _ string) []string {
		return unless(regexp.MustCompile(`^[a-z0-9_-]+$`).MatchString(p.meta.Name), p.meta.Name)
	}},
	{"the name is umm: settings reach the host under it, and the scripts read that key", func(p fuelPlugin, _ string) []string {
		return unless(p.meta.Name == "umm", p.meta.Name)
	}},
	{"the version is X.Y.Z without a suffix", func(p fuelPlugin, _ string) []string {
		return unless(regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(p.meta.Version), p.meta.Version)
	}},
	{"package_version is 4.0.0: 8.0 knows no later form", func(p fuelPlugin, _ string) []string {
		return unless(p.meta.PackageVersion == "4.0.0", p.meta.PackageVersion)
	}},
	{"every Fuel from 8.0 to 11.0 is named, and none before 8.0", func(p fuelPlugin, _ string) []string {
		return unless(slices.Equal(p.meta.FuelVersion, []string{"8.0", "9.0", "9.1", "9.2", "10.0", "11.0"}), fmt.Sprint(p.meta.FuelVersion))
	}},
	{"title, description, licenses, authors, homepage and is_hotpluggable are there", func(p fuelPlugin, _ string) []string {
		m := p.meta
		return unless(m.Title != "" && m.Description != "" && len(m.Licenses) > 0 && len(m.Authors) > 0 && m.Homepage != "" && m.Hotpluggable != nil, fmt.Sprintf("%+v", m))
	}},
	{"groups is [] or of network, storage, storage::cinder, storage::glance, hypervisor, monitoring, equipment", func(p fuelPlugin, _ string) []string {
		known := []string{"network", "storage", "storage::cinder", "storage::glance", "hypervisor", "monitoring", "equipment"}
		return unless(p.meta.Groups != nil && !slices.ContainsFunc(p.meta.Groups, func(g string) bool { return !slices.Contains(known, g) }), fmt.Sprint(p.meta.Groups))
	}},
	{"there is a release for ubuntu with liberty-8.0, mitaka-9.0, newton-10.0 and ocata-11.0", func(p fuelPlugin, _ string) []string {
		var missing []string
		for _, v := range []string{"liberty-8.0", "mitaka-9.0", "newton-10.0", "ocata-11.0"} {
			if !slices.ContainsFunc(p.meta.Releases, func(r release) bool { return r.OS == "ubuntu" && r.Version == v }) {
				missing = append(missing, v)
			}
		}
		return missing
	}},
	{"a release is for ubuntu or centos, in the modes ha and multinode, and is there once", func(p fuelPlugin, _ string) []string {
		var bad []string
		for i, r := range p.meta.Releases {
			once := !slices.ContainsFunc(p.meta.Releases[:i], func(o release) bool { return o.OS == r.OS && o.Version == r.Version })
			bad = append(bad, unless(once && (r.OS == "ubuntu" || r.OS == "centos") && slices.Equal(r.Mode, []string{"ha", "multinode"}), r.OS+" "+r.Version)...)
		}
		return bad
	}},
	{"both folders that a release names exist", func(p fuelPlugin, dir string) []string {
		var bad []string
		for _, r := range p.meta.Releases {
			for _, path := range []string{r.Scripts, r.Repos} {
				info, err := os.Stat(filepath.Join(dir, path))
				bad = append(bad, unless(path != "" && err == nil && info.IsDir(), r.OS+" "+r.Version+": "+path)...)
			}
		}
		return bad
	}},
	{"a hook of the master has no %: the builder passes it through rpm's macros", func(_ fuelPlugin, dir string) []string {
		var bad []string
		for _, hook := range []string{"pre_install.sh", "post_install.sh", "uninstall.sh"} {
			data, err := os.ReadFile(filepath.Join(dir, hook))
			bad = append(bad, unless((err == nil || hook == "pre_install.sh") && !strings.Contains(string(data), "%"), hook)...)
		}
		return bad
	}},
}

// unless is what is wrong, where something is.
func unless(kept bool, what string) []string {
	if kept {
		return nil
	}
	return []string{what}
}

var taskRules = []rule{
	{"tasks.yaml holds [] and says why: with a task in it 9.2 and 10 refuse to enable the plugin", func(p fuelPlugin, dir string) []string {
		data, err := os.ReadFile(filepath.Join(dir, "tasks.yaml"))
		return unless(err == nil && len(p.legacy) == 0 && p.legacy != nil && strings.HasPrefix(string(data), "# "), string(data))
	}},
	{"Fuel's own task umm is neutralised by {id: umm, type: skipped, version: 2.0.0}, and the id is given to no other", func(p fuelPlugin, _ string) []string {
		var umm []task
		for _, t := range p.tasks {
			if t.ID == "umm" {
				umm = append(umm, t)
			}
		}
		return unless(len(umm) == 1 && fmt.Sprintf("%+v", umm[0]) == fmt.Sprintf("%+v", task{ID: "umm", Type: "skipped", Version: "2.0.0"}), fmt.Sprintf("%+v", umm))
	}},
	eachTask("the id matches ^[0-9a-zA-Z_-]+$ and is there once", func(t task, p fuelPlugin) bool {
		same := 0
		for _, o := range p.tasks {
			if o.ID == t.ID {
				same++
			}
		}
		return same == 1 && regexp.MustCompile(`^[0-9a-zA-Z_-]+$`).MatchString(t.ID)
	}),
	eachTask("the version is 2.0.0: tasks before it are legacy", func(t task, _ fuelPlugin) bool { return t.Version == "2.0.0" }),
	eachTask("a task that runs is of the type shell", func(t task, _ fuelPlugin) bool { return t.Type == "shell" || t.Type == "skipped" }),
	eachShell("it is for the controllers by role: with roles 8.0 finds none, with groups its deployment breaks", func(t task) bool {
		return slices.Equal(t.Role, []string{"primary-controller", "controller"})
	}),
	eachShell("it stands between post_deployment_start and post_deployment_end: 8.0 drops what ends in deploy_end", func(t task) bool {
		return slices.Equal(t.Requires, []string{"post_deployment_start"}) && slices.Equal(t.RequiredFor, []string{"post_deployment_end"})
	}),
	eachShell("it runs again on deploy_changes", func(t task) bool { return slices.Equal(t.Reexecute, []string{"deploy_changes"}) }),
	eachShell("its parameters are cmd, timeout, retries and interval, the last three whole numbers", func(t task) bool {
		for _, name := range []string{"timeout", "retries", "interval"} {
			if n, ok := t.Parameters[name].(int); !ok || n < 1 {
				return false
			}
		}
		_, ok := t.Parameters["cmd"].(string)
		return ok && len(t.Parameters) == 4
	}),
	eachShell("cmd has no braces: Nailgun formats it", func(t task) bool { return !strings.ContainsAny(fmt.Sprint(t.Parameters["cmd"]), "{}%") }),
	{"cmd names the shell and a script that is there: rsync drops the run bit", func(p fuelPlugin, dir string) []string {
		var bad []string
		for _, t := range p.tasks {
			words := strings.Fields(fmt.Sprint(t.Parameters["cmd"]))
			if t.Type != "shell" {
				continue
			}
			ok := len(words) == 2 && (words[0] == "sh" || words[0] == "bash") && !strings.Contains(words[1], "/")
			if ok {
				_, err := os.Stat(filepath.Join(dir, "deployment_scripts", words[1]))
				ok = err == nil
			}
			bad = append(bad, unless(ok, t.ID)...)
		}
		return bad
	}},
}

func eachTask(words string, kept func(task, fuelPlugin) bool) rule {
	return rule{words, func(p fuelPlugin, _ string) []string {
		var bad []string
		for _, t := range p.tasks {
			bad = append(bad, unless(kept(t, p), t.ID)...)
		}
		return bad
	}}
}

func eachShell(words string, kept func(task) bool) rule {
	return eachTask(words, func(t task, _ fuelPlugin) bool { return t.Type != "shell" || kept(t) })
}
