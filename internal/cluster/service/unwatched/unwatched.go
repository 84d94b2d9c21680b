// Package unwatched names the services on a cluster's hosts that umm-cluster cannot check:
// databases, queues, proxies, virtual IP managers and consensus stores. Whether a host may
// leave them is unknown. They are found by their processes, also in containers.
package unwatched

import (
	"errors"
	"slices"
	"strings"

	"umm/internal/cluster/service"
)

// Name is the name of the service.
const Name = "unwatched"

// judge makes its verdicts.
const judge = service.Judge(Name)

// RiskOfKind is what the risk of going without checks of a kind of service begins with; the
// kind follows.
const RiskOfKind = "unwatched-"

const askProcesses = "processes"

// Service is what nobody looks after.
type Service struct {
	// Covered are the kinds that something looks after all the same, by host.
	Covered map[string][]string
	// Waived are the kinds that nobody has to look after, and why, in the operator's words.
	Waived map[string]string
}

// Name implements service.Service.
func (Service) Name() string { return Name }

// Asks implements service.Service.
func (Service) Asks(string, []string) []service.Ask {
	return []service.Ask{{ID: askProcesses, Argv: service.Shell("umm-processes", service.ProcessScript)}}
}

// Read implements service.Service.
func (s Service) Read(members []string, a service.Answers) service.View {
	return view{Service: s, members: members, answers: a}
}

type view struct {
	Service
	members []string
	answers service.Answers
}

// Health implements service.View.
func (v view) Health(out []string) []service.Verdict {
	var all []service.Verdict
	for _, host := range v.members {
		if !slices.Contains(out, host) {
			all = append(all, v.host(host)...)
		}
	}
	return all
}

func (v view) host(host string) []service.Verdict {
	text, err := v.answers.Get(host, askProcesses).Output()
	if err == nil && !strings.HasSuffix(text, "end\n") {
		err = errors.New("the output is cut off")
	}
	if err != nil {
		return []service.Verdict{judge.Unknown("processes", host, host+": "+err.Error(), "cannot tell what runs on %s", host)}
	}
	var all []service.Verdict
	for _, kind := range service.Processes(text) {
		if slices.Contains(v.Covered[host], kind) {
			continue
		}
		if why, ok := v.Waived[kind]; ok {
			all = append(all, judge.OK(kind, host, "services.unwatched in the configuration: "+why, "%s runs on %s and needs no health check", kind, host))
			continue
		}
		all = append(all, judge.Unknown(kind, host, "ps on "+host,
			"%s runs on %s and no health check covers it: add a check named %s, or a reason under services.unwatched", kind, host, kind).WithRisk(RiskOfKind+kind))
	}
	if len(all) == 0 {
		all = append(all, judge.OK("processes", host, "ps on "+host, "every known service on %s has a health check", host))
	}
	return all
}

// Leave implements service.View.
func (v view) Leave(string) []service.Verdict { return nil }

// Exit implements service.View.
func (v view) Exit(string) service.Exit { return service.Exit{} }

// Settled implements service.View.
func (v view) Settled(c service.Change, _ bool) service.Verdict {
	return judge.Unknown("settled", c.Target, "", "nothing is changed for what nobody looks after")
}
