package service_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"umm/internal/cluster/service"
)

// What the flags of changes of before meant is what Wait and Effect say of them.
func TestChangesOfBefore(t *testing.T) {
	got := map[string]service.Change{}
	files, err := filepath.Glob("testdata/changes-1/*.json")
	if err != nil || len(files) != 8 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all []service.Change
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if _, there := got[c.ID]; !there {
				got[c.ID] = c
			}
		}
	}
	const second = time.Second
	for id, want := range map[string]struct {
		wait   service.Waiting
		effect service.Effect
	}{
		"haproxy/n2/n1":          {service.Waiting{Limit: 30 * second, Until: service.UntilLimit}, service.Removes},
		"pacemaker/n2":           {service.Waiting{Limit: 300 * second}, service.Removes},
		"shop/n2":                {service.Waiting{Limit: got["shop/n2"].Do.Limit, Until: service.UntilDone}, service.Removes},
		"ceph/noout/n2":          {service.Waiting{Limit: 60 * second}, service.Keeps},
		"nova/n1":                {service.Waiting{Limit: 120 * second}, service.Keeps},
		"rabbitmq/start/n1":      {service.Waiting{Limit: 120 * second, Until: service.UntilLater}, service.Removes},
		"rabbitmq/start/n1/seen": {service.Waiting{Limit: 600 * second}, service.Removes},
		"galera/start/n1":        {service.Waiting{Limit: 3600 * second}, service.Removes},
	} {
		if c := got[id]; c.Wait != want.wait || c.Effect != want.effect {
			t.Errorf("%s: %+v, %q, want %+v", id, c.Wait, c.Effect, want)
		}
	}
	if c := got["pacemaker/n2"]; !slices.Equal(c.On, []string{"n1", "n3", "n2"}) || len(c.Stops)+len(c.Carries)+len(c.Shows) == 0 || c.Title != "set n2 to standby in Pacemaker" {
		t.Errorf("%+v", c)
	}
}

// A change comes out of the journal as it went in.
func TestChangeIsKept(t *testing.T) {
	in := service.Change{ID: "db/n1", Service: "db", Target: "n1", Title: "drain", About: service.About([]string{"a"}), On: []string{"n2"},
		Do: service.Command{Argv: []string{"do"}, Stdin: "x", Limit: time.Second}, Undo: service.Command{Argv: []string{"undo"}},
		Wait: service.Waiting{Limit: time.Minute, Until: service.UntilLimit}, Effect: service.Keeps,
		Carries: []string{"vip"}, Shows: []string{"flag"}, Stops: []string{"web"}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out service.Change
	if err := json.Unmarshal(text, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%+v, %v of %s", out, err, text)
	}
	var about []string
	if !out.Decode(&about) || !slices.Equal(about, []string{"a"}) || (service.Change{}).Decode(&about) {
		t.Errorf("it is about %q", about)
	}
}
