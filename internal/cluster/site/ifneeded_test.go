package site

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"umm/internal/api"
	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
)

func TestOnlyNeeded(t *testing.T) {
	const yes, no = `{"needed":"yes","reasons":["/run/reboot-required"]}`, `{"needed":"no"}`
	for name, c := range map[string]struct {
		hosts []string
		taken string
		fail  string
	}{
		"some":               {[]string{yes, no, yes}, "n1 n3", ""},
		"none":               {[]string{no, no, no}, "", ErrNoneNeeded.Error()},
		"unknown":            {[]string{yes, no, `{"needed":"unknown","unknown":["no GRUB","needrestart: only root can ask it"]}`}, "", "n3: no GRUB, needrestart: only root"},
		"another":            {[]string{yes, `{"needed":"perhaps"}`, no}, "", "n2: no reason given"},
		"an earlier version": {[]string{yes, "null", no}, "", "n2: umm 0.1 there cannot tell"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := reachableAs(t, 3, func(i int, _ string) string {
				return fmt.Sprintf(`{"version":1,"mode":"operational","boot_id":"%d","umm_version":"0.1","reboot":%s}`, i, c.hosts[i])
			})
			s.Taken, s.IfNeeded = []string{"n1", "n2", "n3"}, true
			err := s.onlyNeeded(t.Context())
			if c.fail == "" && (err != nil || strings.Join(s.Taken, " ") != c.taken) {
				t.Errorf("taken are %v (%v), want %s", s.Taken, err, c.taken)
			}
			if c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)) {
				t.Errorf("the error is %v, want it to say %s", err, c.fail)
			}
		})
	}
	s, servers := reachableAs(t, 2, func(int, string) string { return `{"version":1,"mode":"operational","reboot":` + yes + `}` })
	s.Taken, s.IfNeeded = []string{"n1", "n2"}, true
	servers[1].Down()
	var coded *exit.Error
	if err := s.onlyNeeded(t.Context()); !errors.As(err, &coded) || coded.Code != exit.Gated || !strings.Contains(err.Error(), "n2: ") || coded.Hint == "" {
		t.Errorf("with a host that cannot be reached the error is %v", err)
	}
}

// What a host says of it is bounded, however much that is.
func TestNeededIsBounded(t *testing.T) {
	st := api.Status{Reboot: &api.Reboot{Needed: api.RebootUnknown, Unknown: slices.Repeat([]string{strings.Repeat("x", 4000)}, 100)}}
	if got := needed(st, nil); len(got) > neededWords || !strings.HasPrefix(got, "xxx") {
		t.Errorf("%d bytes: %.20q", len(got), got)
	}
}

// Where a run stands still with a host out nothing is said to be done, whether hosts have to be
// rebooted or not.
func TestIfNeededBesideARun(t *testing.T) {
	dir := t.TempDir()
	roll := func(beforehand func(*Site)) error {
		s, _ := reachableAs(t, 2, func(i int, _ string) string {
			return fmt.Sprintf(`{"version":1,"mode":"operational","boot_id":"%d","reboot":{"needed":"no"}}`, i)
		})
		s.Conf, s.Runs = config.Config{StateDir: dir, Lock: config.Lock{Engine: "none"}}, journal.Dir{Path: filepath.Join(dir, "runs")}
		s.Taken, s.IfNeeded = []string{"n1", "n2"}, true
		beforehand(s)
		return s.Begin(t.Context(), run.Request{Verb: run.Roll}, nil, "")
	}
	if err := roll(func(*Site) {}); !errors.Is(err, ErrNoneNeeded) {
		t.Fatalf("without a run: %v", err)
	}
	var coded *exit.Error
	if err := roll(func(s *Site) { stopped(t, s, lastRun) }); !errors.As(err, &coded) || coded.Code != exit.Refused || !strings.Contains(err.Error(), lastRun) {
		t.Errorf("beside a run that has stopped: %v", err)
	}
}
