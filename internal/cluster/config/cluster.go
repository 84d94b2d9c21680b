// Package config reads /etc/umm-cluster.yaml: it knows every key, refuses what it
// does not know, and tells where each value is from. It goes nowhere with the
// values.
package config

import (
	"time"

	"umm/internal/cluster/inventory"
	"umm/internal/cluster/matcher"
	"umm/internal/cluster/window"
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

// Notes are what the operator should change, and what is understood all the same.
func (c Config) Notes() Problems { return c.notes }

// File is the file that was read; empty where there is none.
func (c Config) File() string { return c.file }
