package pacemaker

import (
	"os"
	"path/filepath"
	"testing"

	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// seeds are the captured answers to one ask, and what several real clusters said.
func seeds(f *testing.F, ask, more string) {
	f.Helper()
	for _, s := range []string{"pacemaker-2.1.5/healthy", "pacemaker-2.1.5/node-down", "pacemaker-2.1.5/banned", "pacemaker-1.1/healthy"} {
		for _, of := range answers(f, s) {
			f.Add(of[ask].Result.Stdout)
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "testdata", more))
	if err != nil || len(files) == 0 {
		f.Fatalf("there is nothing like %s: %v", more, err)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

// judgeAll has every judgement made of a cluster where n1 printed this.
func judgeAll(f *testing.F, ask string) {
	base := answers(f, "pacemaker-2.1.5/healthy")
	f.Fuzz(func(t *testing.T, text []byte) {
		a := service.Answers{"n1": {}, "n2": base["n2"], "n3": base["n3"]}
		for id, got := range base["n1"] {
			a["n1"][id] = got
		}
		a["n1"][ask] = service.Answer{Result: execx.Result{Stdout: text}}
		v := Service{}.Read(hosts, a)
		for _, host := range hosts {
			v.Leave(host)
			for _, c := range v.Exit(host).Changes {
				v.Settled(c, true)
				v.Settled(c, false)
			}
		}
		for _, one := range v.Health(nil) {
			if one.Name == "" || one.Reason == "" || one.State == "" {
				t.Errorf("not a whole verdict: %+v", one)
			}
		}
	})
}

func FuzzMon(f *testing.F) {
	seeds(f, askMon, "pacemaker-*/*.txt")
	judgeAll(f, askMon)
}

func FuzzQuorum(f *testing.F) {
	seeds(f, askQuorum, "corosync-*/quorumtool-*.txt")
	judgeAll(f, askQuorum)
}

func FuzzStandby(f *testing.F) {
	seeds(f, askNodes, "pacemaker-*/*.txt")
	judgeAll(f, askNodes)
}

// What crm_simulate says would be, which it prints as crm_mon does.
func FuzzWithout(f *testing.F) {
	seeds(f, askWithout, "pacemaker-2.1.5/standby-*.txt")
	for _, tt := range places {
		f.Add(answers(f, "pacemaker-2.1.5/without/"+tt.name)["n1"][askWithout].Result.Stdout)
	}
	judgeAll(f, askWithout)
}

// A cib.xml as it is on a disk: what runs is of the newest one that can be read, and none is
// taken for an empty one.
func FuzzConfig(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "pacemaker-2.1.5", "cib-*.xml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("there is no CIB: %v", err)
	}
	more, err := filepath.Glob(filepath.Join("testdata", "pacemaker-2.1.5", "without", "*.xml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(files, more...) {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		a := service.Answers{"n1": {askConfig: {Result: execx.Result{Stdout: text}}}}
		runs, err := Runs([]string{"n1"}, a)
		changes, err2 := Abandoned([]string{"n1"}, a)
		if (err == nil) != (err2 == nil) || err != nil && len(runs)+len(changes) > 0 {
			t.Errorf("%q, %v; %+v, %v", runs, err, changes, err2)
		}
		for _, c := range changes {
			if c.Target != "n1" || len(c.Undo.Argv) == 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
