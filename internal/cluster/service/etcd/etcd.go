// Package etcd judges an etcd of version 3: whether all its members are there and in
// step, whether a member may leave without the others losing quorum, and how the
// leader is moved off it first. It is pure: it says what to ask and reads the
// answers.
package etcd

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Name is the service's.
const Name = "etcd"

// judge makes its verdicts.
const judge = service.Judge(Name)

// The asks. What goes through the log of the cluster, as the alarms do, shows at the
// same time whether the cluster takes anything at all.
const (
	askStatus  = "status"
	askMembers = "members"
	askAlarms  = "alarms"
)

// defaultEndpoint is where etcd serves clients on its own host.
const defaultEndpoint = "http://127.0.0.1:2379"

// Service is etcd as the configuration describes it. The files are the hosts'.
type Service struct {
	// Endpoints are where etcdctl asks, as seen from each host; none stands for the
	// host's own.
	Endpoints []string
	CAFile    string
	CertFile  string
	KeyFile   string
}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service. Each host asks its own member and no other: asking a
// member that is down costs all of the time limit.
func (s Service) Asks(string, []string) []service.Ask {
	return []service.Ask{
		{ID: askStatus, Argv: s.etcdctl("endpoint", "status", "-w", "json")},
		{ID: askMembers, Argv: s.etcdctl("member", "list", "-w", "json")},
		{ID: askAlarms, Argv: s.etcdctl("alarm", "list")},
	}
}

// etcdctl is a command line of it. Before 3.4 it speaks version 2 unless it is told
// otherwise.
func (s Service) etcdctl(words ...string) []string {
	endpoints := s.Endpoints
	if len(endpoints) == 0 {
		endpoints = []string{defaultEndpoint}
	}
	argv := []string{"env", "ETCDCTL_API=3", "etcdctl", "--endpoints=" + strings.Join(endpoints, ","),
		"--dial-timeout=2s", "--command-timeout=4s"}
	for _, f := range []struct{ flag, file string }{{"--cacert=", s.CAFile}, {"--cert=", s.CertFile}, {"--key=", s.KeyFile}} {
		if f.file != "" {
			argv = append(argv, f.flag+f.file)
		}
	}
	return append(argv, words...)
}

// Read implements service.Service.
func (s Service) Read(members []string, a service.Answers) service.View {
	v := &view{conf: s, hosts: members, by: map[string]*hostAnswer{}}
	for _, host := range members {
		v.by[host] = s.look(host, a)
	}
	v.identify()
	return v
}

// hostAnswer is what one host said.
type hostAnswer struct {
	// err says why nothing is known of the etcd that it asks; down: it does not answer
	// there, so that waiting may help.
	err  error
	down bool
	// status are those of the endpoints that answered.
	status []status
	// members are the members as the host's etcd has them.
	members    []member
	membersErr error
	alarms     []alarm
	alarmsErr  error
	// id is the host's own member; 0 if it cannot be told.
	id uint64
}

func (s Service) look(host string, a service.Answers) *hostAnswer {
	got := &hostAnswer{}
	answer := a.Get(host, askStatus)
	// Its status is 1 as soon as one of several endpoints does not answer.
	if got.err = answer.Err; got.err == nil {
		got.status, got.err = parseStatus(answer.Result.Stdout)
		if len(got.status) == 0 {
			if _, err := lastWord(answer).Output(); err != nil {
				got.err = err
				got.down = answer.Result.Code == 1
			} else if got.err == nil {
				got.err = errNothing
			}
		}
	}
	got.members, got.membersErr = service.Parsed(lastWord(a.Get(host, askMembers)), parseMembers)
	got.alarms, got.alarmsErr = service.Parsed(lastWord(a.Get(host, askAlarms)), parseAlarms)
	return got
}

// lastWord is an answer of etcdctl with the last line of its complaints alone, which says why it
// failed: before that it logs each try.
func lastWord(a service.Answer) service.Answer {
	lines := bytes.Split(bytes.TrimSpace(a.Result.Stderr), []byte("\n"))
	a.Result.Stderr = lines[len(lines)-1]
	return a
}

// view implements service.View.
type view struct {
	conf  Service
	hosts []string
	by    map[string]*hostAnswer
}

// identify finds out which member each host is: by the name that the member has,
// else by the host's own answer, if that is of one endpoint and no other host has the
// same.
func (v *view) identify() {
	for _, host := range v.hosts {
		for _, m := range v.members() {
			if service.Called(host, m.Name) {
				v.by[host].id = m.ID
			}
		}
	}
	for _, host := range v.hosts {
		s := v.by[host]
		if s.id != 0 || len(s.status) != 1 || len(v.conf.Endpoints) > 1 {
			continue
		}
		id := s.status[0].Header.MemberID
		if !slices.ContainsFunc(v.hosts, func(o string) bool {
			other := v.by[o]
			return o != host && (other.id == id || len(other.status) == 1 && other.status[0].Header.MemberID == id)
		}) {
			s.id = id
		}
	}
}

// members are the members of the first host that knows them.
func (v *view) members(out ...string) []member {
	for _, host := range v.hosts {
		if s := v.by[host]; s.membersErr == nil && !slices.Contains(out, host) {
			return s.members
		}
	}
	return nil
}

// status is what is known of a member by its own word, as any host heard it.
func (v *view) status(id uint64) (status, bool) {
	for _, host := range v.hosts {
		for _, st := range v.by[host].status {
			if st.Header.MemberID == id {
				return st, true
			}
		}
	}
	return status{}, false
}

// hostOf is the host that a member is; the member's own name if it is none.
func (v *view) hostOf(m member) string {
	for _, host := range v.hosts {
		if v.by[host].id == m.ID {
			return host
		}
	}
	if m.Name == "" {
		return fmt.Sprintf("the member %x", m.ID)
	}
	return m.Name
}
