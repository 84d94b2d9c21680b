package rabbitmq_test

import (
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/cluster/service/servicetest"
)

// Whatever a node says, it is not taken for a healthy one of which nothing can be read: who
// counts as running has named the nodes, itself among those that run, and all facts.
func FuzzStatus(f *testing.F) {
	for _, name := range []string{"ask-both-healthy-n1", "ask-status-alarm-n2", "ask-both-app-stopped-n1", "ask-both-n2-stopped-n1"} {
		f.Add(captured(f, name))
	}
	f.Add(servicetest.File(f, "rabbitmq-4.0.5", "ask-both-healthy-n1"))
	f.Fuzz(func(t *testing.T, text string) {
		s := rabbitmq.Service{}
		answer := says(servicetest.Printed(text))
		a := with(real3(t, "n2"), "n1", answer)
		v := s.Read(members, a)
		for _, w := range v.Health(nil) {
			if w.Name == "running" && w.Host == "n1" && w.State == service.OK && !service.Good(s.Read([]string{"n1"}, service.Answers{"n1": answer}).Health(nil)[:1]) {
				t.Errorf("%+v", w)
			}
		}
		for _, host := range members {
			v.Leave(host)
			v.Exit(host)
		}
		if alone := s.Read([]string{"n1"}, service.Answers{"n1": answer}); s.Spoke(answer) {
			for _, w := range alone.Health(nil) {
				if (w.Name == "queues" || w.Name == "replicas") && w.State == service.Unknown {
					t.Errorf("it told the queues, and %+v", w)
				}
			}
		}
	})
}

// Whatever is saved, no node is started while something cannot be read.
func FuzzColdStart(f *testing.F) {
	for _, m := range members {
		f.Add(captured(f, "ask-files-healthy-"+m), captured(f, "ask-both-app-stopped-n1"))
	}
	f.Add("hostname n1\nprocess no\nnode rabbit@n1\nshutdown []\nmembers []\n", "")
	f.Fuzz(func(t *testing.T, files, status string) {
		a := service.Answers{"n2": {"status": stopped, "files": servicetest.Printed(captured(t, "ask-files-healthy-n2"))},
			"n3": {"status": stopped, "files": servicetest.Printed(captured(t, "ask-files-healthy-n3"))},
			"n1": {"status": servicetest.Printed(status), "files": servicetest.Printed(files)}}
		start, vs := rabbitmq.ColdStart(members, a, nil)
		if len(start.Groups) == 0 {
			return
		}
		for _, v := range service.Bad(vs) {
			// One that others saw go before may be missing.
			if v.Name != "stopped" {
				t.Errorf("started in spite of %+v", v)
			}
		}
	})
}
