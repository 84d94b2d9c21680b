package clustercli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOnlyNeeded(t *testing.T) {
	const yes, no = `{"needed":"yes","reasons":["/run/reboot-required"]}`, `{"needed":"no"}`
	for name, c := range map[string]struct {
		hosts []string
		taken string
		fail  string
	}{
		"some":               {[]string{yes, no, yes}, "n1 n3", ""},
		"none":               {[]string{no, no, no}, "", errNoneNeeded.Error()},
		"unknown":            {[]string{yes, no, `{"needed":"unknown","unknown":["no GRUB","needrestart: only root can ask it"]}`}, "", "n3: no GRUB, needrestart: only root"},
		"another":            {[]string{yes, `{"needed":"perhaps"}`, no}, "", "n2: "},
		"an earlier version": {[]string{yes, "null", no}, "", "n2: its version of umm, 0.1, does not look"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := reachableAs(t, 3, func(i int, _ string) string {
				return fmt.Sprintf(`{"version":1,"mode":"operational","boot_id":"%d","umm_version":"0.1","reboot":%s}`, i, c.hosts[i])
			})
			s.taken = []string{"n1", "n2", "n3"}
			err := s.onlyNeeded(t.Context())
			if c.fail == "" && (err != nil || strings.Join(s.taken, " ") != c.taken) {
				t.Errorf("taken are %v (%v), want %s", s.taken, err, c.taken)
			}
			if c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) {
				t.Errorf("the error is %v, want it to say %s", err, c.fail)
			}
		})
	}
	s, servers := reachableAs(t, 2, func(int, string) string { return `{"version":1,"mode":"operational","reboot":` + yes + `}` })
	s.taken = []string{"n1", "n2"}
	servers[1].Down()
	var coded *Error
	if err := s.onlyNeeded(t.Context()); !errors.As(err, &coded) || coded.Code != Gated || !strings.Contains(err.Error(), "n2: ") || coded.Hint == "" {
		t.Errorf("with a host that cannot be reached the error is %v", err)
	}
}
