// Package config reads /etc/umm-cluster.yaml: it knows every key, refuses what it
// does not know, and tells where each value is from. It goes nowhere with the
// values.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/matcher"
	"umm/internal/cluster/window"
	"umm/internal/diag"
)

// Config is what is in force.
type Config struct {
	// Inventory is hosts or nailgun.
	Inventory string           `json:"inventory"`
	Hosts     []inventory.Host `json:"hosts"`
	Nailgun   Nailgun          `json:"nailgun"`
	SSH       SSH              `json:"ssh"`
	StateDir  string           `json:"state_dir"`
	Gate      Gate             `json:"gate"`
	Limits    Limits           `json:"limits"`
	Policy    Policy           `json:"policy"`
	Lock      Lock             `json:"lock"`
	Services  Services         `json:"services"`
	Checks    []Check          `json:"checks"`
	Notify    []Notify         `json:"notify"`
	Silences  []Silence        `json:"silences"`
	Alerts    Alerts           `json:"alerts"`
	Probes    []Probe          `json:"probes"`

	// file is empty where there is none.
	file     string
	settings []Setting
	notes    Problems
}

// Nailgun is which hosts of a Fuel master are meant. What is empty or 0 is for the
// Fuel client's settings, and for Nailgun, to say.
type Nailgun struct {
	URL         string   `json:"url"`
	Environment int      `json:"environment"`
	Roles       []string `json:"roles"`
	File        string   `json:"file"`
}

// SSH is how the hosts are reached. What is empty is for ssh_config to say.
type SSH struct {
	User           string        `json:"user"`
	Port           int           `json:"port"`
	IdentityFile   string        `json:"identity_file"`
	Config         string        `json:"config"`
	KnownHosts     string        `json:"known_hosts"`
	Sudo           string        `json:"sudo"`
	ConnectTimeout time.Duration `json:"connect_timeout"`
	Parallel       int           `json:"parallel"`
}

// Gate is when the cluster counts as whole.
type Gate struct {
	Samples  int           `json:"samples"`
	Interval time.Duration `json:"interval"`
	Timeout  time.Duration `json:"timeout"`
}

// Limits are how long the steps may take, and each question of them (Ask). Command is 0
// where there is no limit.
type Limits struct {
	Ask     time.Duration `json:"ask"`
	Drain   time.Duration `json:"drain"`
	Enter   time.Duration `json:"enter"`
	Command time.Duration `json:"command"`
	Leave   time.Duration `json:"leave"`
	Settle  time.Duration `json:"settle"`
}

// Policy is what a run goes on after.
type Policy struct {
	// OnCommandFailure is stop or continue.
	OnCommandFailure string `json:"on_command_failure"`
	// Prepare is a line of the shell that is run on each host before any is drained; empty:
	// none.
	Prepare string `json:"prepare"`
	// Window are the times of the week in which hosts may be taken; empty: always.
	Window []string `json:"window"`
}

// Windows are those of Window, which the configuration was checked for.
func (p Policy) Windows() []window.Window {
	var all []window.Window
	for _, text := range p.Window {
		if w, err := window.Parse(text); err == nil {
			all = append(all, w)
		}
	}
	return all
}

// Lock is what keeps two of umm-cluster apart. Engine is auto, pacemaker, etcd or
// none.
type Lock struct {
	Engine    string   `json:"engine"`
	Endpoints []string `json:"endpoints"`
	CAFile    string   `json:"ca_file"`
	CertFile  string   `json:"cert_file"`
	KeyFile   string   `json:"key_file"`
}

// Check is a service of the operator's own.
type Check struct {
	Name string `json:"name"`
	// Hosts is empty where it is for all.
	Hosts   []string      `json:"hosts"`
	Check   []string      `json:"check"`
	Drain   []string      `json:"drain"`
	Undrain []string      `json:"undrain"`
	Timeout time.Duration `json:"timeout"`
}

// Notify is who is told when; either Command or URL is there. Beware: the errors of
// net/http hold the URL.
type Notify struct {
	On      []string      `json:"on"`
	Command []string      `json:"command"`
	URL     Secret        `json:"url"`
	Timeout time.Duration `json:"timeout"`
}

// Silence is where alerts about a host are silenced; one of Alertmanager, Icinga2 and Zabbix is
// there. Beware: the errors of net/http hold the URL.
type Silence struct {
	Alertmanager Secret `json:"alertmanager"`
	Icinga2      Secret `json:"icinga2"`
	Zabbix       Secret `json:"zabbix"`
	// Token is Zabbix's, Matchers are Alertmanager's, Host is for the others.
	Token    Secret   `json:"token"`
	Matchers []string `json:"matchers"`
	Host     string   `json:"host"`
	CAFile   string   `json:"ca_file"`
}

// Alerts is where umm-cluster asks which alerts fire, and MayFire those that may. Without
// Prometheus nobody is asked.
type Alerts struct {
	Prometheus Secret   `json:"prometheus"`
	Query      string   `json:"query"`
	MayFire    []string `json:"may_fire"`
	CAFile     string   `json:"ca_file"`
}

// Parsed are the matchers, which the configuration was checked for.
func (s Silence) Parsed() []matcher.Matcher { return parsed(s.Matchers) }

// Parsed are the matchers of MayFire, which the configuration was checked for.
func (a Alerts) Parsed() []matcher.Matcher { return parsed(a.MayFire) }

func parsed(texts []string) []matcher.Matcher {
	var all []matcher.Matcher
	for _, text := range texts {
		if m, err := matcher.Parse(text); err == nil {
			all = append(all, m)
		}
	}
	return all
}

// Probe is something that clients use; either TCP or Command is there.
type Probe struct {
	Name    string        `json:"name"`
	TCP     string        `json:"tcp"`
	Command []string      `json:"command"`
	Every   time.Duration `json:"every"`
	Timeout time.Duration `json:"timeout"`
}

// Source is where a configuration comes from.
type Source struct {
	Path string
	// Named: the operator named the file, so it has to be there.
	Named bool
	// Flags overrule the environment and the file, the last one first.
	Flags []Flag
	// Getenv is the environment: UMM_CLUSTER_GATE_SAMPLES overrules gate.samples of the
	// file. Euid and Getenv also decide where the state and ~ are.
	Euid   int
	Getenv func(string) string
}

// Flag is a value from the command line or the environment.
type Flag struct {
	// Key is one of the table, as "ssh.parallel"; no list.
	Key string
	// Name is how it was typed, as "--parallel", or the variable's.
	Name, Text string
}

// Problems are what is wrong with a configuration; nothing may be done by it.
type Problems []diag.Problem

// Error is one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// format is the one of viper's that ours takes the place of.
const format = "yaml"

// Load merges, each overruling the one before: the defaults, the file, the environment,
// the flags. An error of the type Problems says what the operator has to correct.
func (s Source) Load() (Config, error) {
	c := &codec{file: s.Path, home: s.Getenv("HOME")}
	registry := viper.NewCodecRegistry()
	if err := registry.RegisterCodec(format, c); err != nil {
		return Config{}, fmt.Errorf("cannot read %s: %w", s.Path, err)
	}
	v := viper.NewWithOptions(viper.WithCodecRegistry(registry))
	v.SetConfigFile(s.Path)
	v.SetConfigType(format)
	err := v.ReadInConfig()
	found := err == nil
	if err != nil && (s.Named || !errors.Is(err, fs.ErrNotExist)) {
		return Config{}, Problems{{File: s.Path, Text: "cannot be read: " + reason(err)}}
	}
	table := keys()
	for _, k := range table {
		if k.usual != nil && !strings.Contains(k.name, "[]") {
			v.SetDefault(k.name, k.usual)
		}
	}
	v.SetDefault("state_dir", s.stateDir())
	flags := map[string]string{}
	for _, f := range append(s.environment(table), s.Flags...) {
		if problem := c.flag(table, f); problem != nil {
			c.problems = append(c.problems, *problem)
			continue
		}
		value, _ := kindOf(table, f.Key).scalar(f.Text, c.home)
		v.Set(f.Key, value)
		flags[f.Key] = f.Name
	}
	var cfg Config
	// Nothing is converted: the codec made every value what it has to be.
	strict := func(d *mapstructure.DecoderConfig) {
		d.TagName, d.Squash, d.WeaklyTypedInput, d.DecodeHook = "json", true, false, nil
	}
	if err := v.UnmarshalExact(&cfg, strict); err != nil {
		return Config{}, fmt.Errorf("cannot take over %s: %w", s.Path, err)
	}
	if len(c.problems) == 0 {
		c.check(cfg)
	}
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b diag.Problem) int { return a.Line - b.Line })
		return Config{}, c.problems
	}
	if found {
		cfg.file = s.Path
	}
	cfg.notes = c.notes
	cfg.settings = settings(table, v.Get, func(at string) string {
		switch line := c.lines[at]; {
		case flags[at] != "":
			return flags[at]
		case line != 0:
			return fmt.Sprintf("%s:%d", s.Path, line)
		}
		return "default"
	})
	return cfg, nil
}

// environment is what the environment sets. A variable that is empty sets nothing, and one
// that is no key's is left alone: commands of notify get some.
func (s Source) environment(table []key) []Flag {
	var set []Flag
	for _, k := range table {
		if kindOf(table, k.name) == nil || strings.Contains(k.name, "[]") {
			continue
		}
		for _, variable := range k.variables() {
			if text := s.Getenv(variable); text != "" {
				set = append(set, Flag{Key: k.name, Name: variable, Text: text})
			}
		}
	}
	return set
}

// variables name what overrules the key in the environment: UMM_CLUSTER_GATE_SAMPLES for
// gate.samples. Of several the last one counts.
func (k key) variables() []string {
	variable := func(name string) string { return "UMM_CLUSTER_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_")) }
	if own, ok := strings.CutPrefix(k.name, "lock."); ok {
		return []string{variable("lease." + own), variable(k.name)} // the former has its name of before December 2026
	}
	return []string{variable(k.name)}
}

// reason is an error of reading a file without the file's name.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

func (s Source) stateDir() string {
	if s.Euid == 0 {
		return "/var/lib/umm-cluster"
	}
	base := s.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(s.Getenv("HOME"), ".local/state")
	}
	return filepath.Join(base, "umm-cluster")
}

func kindOf(table []key, name string) *kind {
	for i := range table {
		if k := &table[i].kind; table[i].name == name && k.scalar != nil && !k.list {
			return k
		}
	}
	return nil
}

// flag is what is wrong with a flag.
func (c *codec) flag(table []key, f Flag) *diag.Problem {
	k := kindOf(table, f.Key)
	if k == nil {
		return &diag.Problem{File: f.Name, Text: f.Key + " is no key with a single value"}
	}
	if _, ok := k.scalar(f.Text, c.home); !ok {
		return &diag.Problem{File: f.Name, Text: fmt.Sprintf("is %s, not %s", brief(f.Text), k.what)}
	}
	return nil
}

// Notes are what the operator should change, and what is understood all the same.
func (c Config) Notes() Problems { return c.notes }

// File is the file that was read; empty where there is none.
func (c Config) File() string { return c.file }
