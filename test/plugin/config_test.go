package plugin

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"umm/internal/host/config/policy"
)

// The file that packages install says what the defaults are, and enables umm.
func TestPackagedConfigurationIsTheDefault(t *testing.T) {
	data, err := os.ReadFile("../../plugin/etc/umm.conf")
	if err != nil {
		t.Fatal(err)
	}
	got, problems := policy.Parse("umm.conf", data)
	if len(problems) > 0 {
		t.Fatalf("umm has to say of its own file: %v", problems)
	}
	want := policy.Default()
	want.Enabled = true
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the file says %+v, the defaults are %+v", got, want)
	}

	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^([A-Z_]+)=`).FindAllStringSubmatch(string(data), -1) {
		keys = append(keys, m[1])
	}
	all := []string{policy.KeyEnabled, policy.KeyRebootCount, policy.KeyHealthyAfter, policy.KeyKeepUnits, policy.KeyCatchEmergency, policy.KeyCommandLimit, policy.KeyKernelTrial, policy.KeyRebootNeeded}
	if !slices.Equal(keys, all) {
		t.Errorf("the file has the keys %v, umm knows %v", keys, all)
	}
}
