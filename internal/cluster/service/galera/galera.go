// Package galera judges a Galera cluster of MariaDB 10.1 and later or of MySQL with
// wsrep: whether it is whole, whether a member may leave without the others losing
// their majority or the last synchronised copy of the data, and in which order
// members start after all of them have stopped. It is pure: it says what to ask and
// reads the answers.
package galera

import (
	"errors"
	"strconv"
	"strings"

	"umm/internal/cluster/service"
)

// Name is the service's.
const Name = "galera"

// judge makes its verdicts.
const judge = service.Judge(Name)

const askStatus = "status"

// Service implements service.Service.
type Service struct{}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask { return []service.Ask{statusAsk()} }

func statusAsk() service.Ask {
	return service.Ask{ID: askStatus, Argv: shell("status"), Stdin: []byte(statusSQL)}
}

// Read implements service.Service.
func (Service) Read(members []string, a service.Answers) service.View {
	v := &view{members: members, by: map[string]*member{}}
	for _, host := range members {
		v.by[host] = readMember(host, a)
	}
	return v
}

// member is one server as it answered.
type member struct {
	host string
	// err is why nothing is known of it.
	err error
	// down says why the server does not answer, where the host does. process: there is
	// one; failed: its unit has.
	down    string
	process bool
	failed  bool
	// status has the status and the variables by name.
	status map[string]string
}

func readMember(host string, a service.Answers) *member {
	m := &member{host: host}
	out, err := a.Get(host, askStatus).Output()
	if err != nil {
		m.err = err
		return m
	}
	m.status = parseStatus(out)
	if why, bad := m.status["umm_error"]; bad {
		m.down, m.process, m.failed = why, m.status["umm_process"] == "yes", m.status["umm_unit"] == "failed"
		if strings.Contains(why, "ERROR 1045") || strings.Contains(why, "ERROR 1698") || strings.Contains(why, "is there") {
			m.err, m.down = errors.New(why), ""
		}
		return m
	}
	if _, ok := m.status["Uptime"]; !ok && m.status["wsrep_local_state"] == "" {
		m.err = errors.New("the answer is not that of a database server")
	}
	return m
}

// parseStatus reads names and values, a tab between them, a line each.
func parseStatus(out string) map[string]string {
	all := map[string]string{}
	for _, line := range strings.Split(out, "\n") {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r"), "\t"); ok && name != "" {
			if _, there := all[name]; !there {
				all[name] = value
			}
		}
	}
	return all
}

// answers tells whether the server answered.
func (m *member) answers() bool { return m.err == nil && m.down == "" }

// isMember tells whether it is part of any Galera cluster at all.
func (m *member) isMember() bool {
	return m.answers() && m.status["wsrep_on"] != "OFF" && m.status["wsrep_local_state"] != ""
}

// primary: it is connected, and to the component that goes on.
func (m *member) primary() bool {
	return m.isMember() && m.status["wsrep_connected"] == "ON" && m.status["wsrep_cluster_status"] == "Primary"
}

const stateSynced = "4"

// synced: it has all the data and serves.
func (m *member) synced() bool {
	return m.primary() && m.status["wsrep_ready"] == "ON" && m.status["wsrep_local_state"] == stateSynced &&
		(m.status["wsrep_desync_count"] == "" || m.status["wsrep_desync_count"] == "0")
}

func (m *member) uuid() string { return m.status["wsrep_cluster_state_uuid"] }

// size is how many members it sees, those that only vote among them; 0 if not told.
func (m *member) size() int { n, _ := strconv.Atoi(m.status["wsrep_cluster_size"]); return n }

// number is a status that is a count; false if it is not told.
func (m *member) number(name string) (uint64, bool) {
	n, err := strconv.ParseUint(m.status[name], 10, 64)
	return n, err == nil
}

// option is one of the provider's options.
func (m *member) option(name string) string {
	for _, o := range strings.Split(m.status["wsrep_provider_options"], ";") {
		if k, v, ok := strings.Cut(o, "="); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// weight is its weight in votes.
func (m *member) weight() int {
	if n, err := strconv.Atoi(m.option("pc.weight")); m.answers() && err == nil && n >= 0 {
		return n
	}
	return 1
}

// bytes reads 128M; false if it is no size.
func bytes(s string) (uint64, bool) {
	unit := uint64(1)
	for i, suffix := range []string{"k", "m", "g", "t"} {
		if number, is := strings.CutSuffix(strings.ToLower(s), suffix); is {
			s, unit = number, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseUint(s, 10, 40)
	return n * unit, err == nil && n <= 1<<40/unit*1024
}

// seen is what was seen of a member, for evidence.
func (m *member) seen(names ...string) string {
	var all []string
	for _, name := range names {
		if v, ok := m.status[name]; ok {
			all = append(all, name+"="+v)
		}
	}
	return m.host + ": " + strings.Join(all, " ")
}
