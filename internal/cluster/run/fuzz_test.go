package run_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"umm/internal/cluster/run"
)

// What stands in a journal never brings the program down, and whatever is
// accepted holds together, also after a way through JSON.
func FuzzFold(f *testing.F) {
	seeds := []*tape{
		begin(run.Roll, "n1", "n2").choose("n1", everyKind...).do("n1", 0, 8).finish("n1").choose("n2", everyKind...).do("n2", 0, 3),
		begin(run.Roll, "n1").choose("n1", everyKind...).do("n1", 0, 4).add(run.Entry{Kind: run.Stopped}, run.Entry{Kind: run.Aborting}).
			choose("n1", run.Leave, run.Restore).do("n1", 0, 2).finish("n1").add(run.Entry{Kind: run.Ended}),
		goOn(begin(run.Roll, "n1").choose("n1", everyKind...).do("n1", 0, 4)),
		begin(run.Up, "n1").choose("n1", run.Start, run.Leave).do("n1", 0, 1),
	}
	for _, x := range seeds {
		data, err := json.Marshal(x.entries)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`[{"kind":"requested","request":{"hosts":["a"]}},{"kind":"chosen","host":"a","steps":[{"host":"a","kind":"drain"}]},{"kind":"begun","host":"a","step":{}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var entries []run.Entry
		if json.Unmarshal(data, &entries) != nil {
			return
		}
		s, err := run.Fold(entries)
		if err != nil || len(entries) == 0 {
			return
		}
		if s.Phase == "" {
			t.Error("it has no phase")
		}
		in := map[string]int{}
		for i, stay := range s.Hosts {
			if stay.Next < 0 || stay.Next > len(stay.Steps) || stay.Begun && stay.Next == len(stay.Steps) {
				t.Errorf("%s is at step %d of %d", stay.Host, stay.Next, len(stay.Steps))
			}
			if !stay.Finished && i != len(s.Hosts)-1 {
				t.Errorf("%s is under way, and not the last", stay.Host)
			}
			for _, took := range stay.Took {
				if took < 0 {
					t.Errorf("a step of %s took %v", stay.Host, took)
				}
			}
		}
		for _, stay := range s.Out() {
			if in[stay.Host]++; in[stay.Host] > 1 {
				t.Errorf("%s is out twice", stay.Host)
			}
		}
		again, err := json.Marshal(entries)
		if err != nil {
			// A time of a year that JSON cannot hold.
			return
		}
		var read []run.Entry
		if err := json.Unmarshal(again, &read); err != nil {
			t.Fatal(err)
		}
		if s2, err := run.Fold(read); err != nil || !reflect.DeepEqual(s2.Phase, s.Phase) || len(s2.Hosts) != len(s.Hosts) {
			t.Errorf("written and read again it is %+v, and was %+v (%v)", s2, s, err)
		}
	})
}
