package site

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"umm/internal/cluster/config"
	"umm/internal/cluster/rollout"
)

// What a key sets has its default in the configuration, and in no second place.
func TestLimitsHaveOneDefault(t *testing.T) {
	if got, want := limitsOf(config.Config{}), rollout.DefaultLimits(); got != want {
		t.Errorf("the engine has defaults of its own:\n%+v\nwithout them\n%+v", want, got)
	}
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, err := config.Source{Path: path, Getenv: func(string) string { return "" }}.Load()
	if err != nil {
		t.Fatal(err)
	}
	limits := reflect.ValueOf(limitsOf(conf))
	for i := range limits.NumField() {
		// 0 is no limit for a command alone.
		if name := limits.Type().Field(i).Name; limits.Field(i).IsZero() != (name == "Command") {
			t.Errorf("%s is %v by default", name, limits.Field(i))
		}
	}
}
