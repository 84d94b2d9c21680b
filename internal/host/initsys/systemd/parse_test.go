package systemd

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var versions = []string{"247", "252", "257"}

// captured is what a real systemd of that version printed.
func captured(t testing.TB, version, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "systemd-"+version, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParseActiveOfRealHosts(t *testing.T) {
	for _, v := range versions {
		active := ParseActive(captured(t, v, "list-units"))
		for _, want := range []string{"ssh.service", "multi-user.target", "slow.service", "starting.service", `with\x20blank@a\x20b.service`, "user@0.service", "timers.target"} {
			if !slices.Contains(active, want) {
				t.Errorf("systemd %s: %s is not active in %q", v, want, active)
			}
		}
		for _, not := range []string{"bad.service", "syslog.service", "plymouth-start.service", "emergency.target", "rescue.service"} {
			if slices.Contains(active, not) {
				t.Errorf("systemd %s: %s is active", v, not)
			}
		}
		if !slices.IsSorted(active) || len(active) < 40 {
			t.Errorf("systemd %s: %d units are active: %q", v, len(active), active)
		}
	}
}

func TestParseActive(t *testing.T) {
	out := strings.Join([]string{
		"  a.service  loaded active     running A service",
		"● b.service  loaded failed     failed  B",
		"* c.service  loaded reloading  reload  C",
		"d.service    loaded deactivating stop-sigterm D",
		"e.timer      loaded active     elapsed",
		"f.socket     not-found inactive dead f.socket",
		"g.path       masked active     waiting",
		"● h.service  loaded activating auto-restart H",
		"", "too few words",
	}, "\n")
	if got, want := ParseActive(out), []string{"a.service", "c.service", "e.timer", "g.path", "h.service"}; !slices.Equal(got, want) {
		t.Errorf("active are %q, want %q", got, want)
	}
}

func TestStopJobsOfRealHosts(t *testing.T) {
	for _, v := range versions {
		if got := stopJobs(captured(t, v, "jobs")); !slices.Equal(got, []string{"slow.service"}) {
			t.Errorf("systemd %s: stopping are %q", v, got)
		}
		if got := stopJobs(captured(t, v, "jobs-none")); len(got) > 0 {
			t.Errorf("systemd %s: with no jobs stopping are %q", v, got)
		}
	}
	if got := stopJobs("No jobs running.\n"); len(got) > 0 {
		t.Errorf("stopping are %q", got)
	}
}

func TestParseMountsOfRealHosts(t *testing.T) {
	for _, v := range versions {
		mounts := parseShow(captured(t, v, "mounts"))
		if len(mounts) != 6 {
			t.Fatalf("systemd %s: %d mounts", v, len(mounts))
		}
		bad := properties{"Id": "mnt-bad.mount", "ActiveState": "failed", "Result": "exit-code", "Where": "/mnt/bad", "What": "none", "LoadState": "loaded"}
		if !maps.Equal(mounts[2], bad) {
			t.Errorf("systemd %s: %+v, want %+v", v, mounts[2], bad)
		}
		want := []string{
			"/mnt/bad cannot be mounted from none (exit-code)",
			"/mnt/lost cannot be mounted: no /dev/umm-absent",
			"/mnt/slow cannot be mounted from /dev/disk/by-uuid/00000000-absent (exit-code)",
			"absent.mount cannot be mounted: its unit is not-found",
		}
		exists := func(path string) bool { return strings.HasPrefix(path, "/dev/disk/") }
		if got := brokenMounts(mounts, exists); !slices.Equal(got, want) {
			t.Errorf("systemd %s: broken are %q, want %q", v, got, want)
		}
		masked := parseShow(captured(t, v, "mounts-masked"))
		if got := brokenMounts(masked, exists); !slices.Equal(got, []string{"mnt-good.mount cannot be mounted: its unit is masked"}) {
			t.Errorf("systemd %s: masked, broken are %q", v, got)
		}
	}
}

func TestBrokenMounts(t *testing.T) {
	for _, c := range []struct {
		m    properties
		want string
	}{
		{properties{"Id": "a.mount", "ActiveState": "active"}, ""},
		{properties{"Id": "a.mount", "ActiveState": "activating"}, ""},
		{properties{"Id": "a.mount", "ActiveState": "reloading"}, ""},
		{properties{"Id": "a.mount", "ActiveState": "inactive", "Where": "/a", "What": "/dev/there"}, "/a is not mounted from /dev/there"},
		{properties{"Id": "a.mount", "ActiveState": "inactive", "Where": "/a", "What": "server:/a"}, "/a is not mounted from server:/a"},
		{properties{"Id": "a.mount", "ActiveState": "failed", "Where": "/a", "What": "/dev/gone", "Result": "timeout"}, "/a cannot be mounted: no /dev/gone"},
	} {
		got := strings.Join(brokenMounts([]properties{c.m}, func(path string) bool { return path == "/dev/there" }), "; ")
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.m, got, c.want)
		}
	}
}

func FuzzParseActive(f *testing.F) {
	f.Add(captured(f, "252", "list-units"))
	f.Add("● a.service loaded active running\n* b\n\xff\xfe c d active")
	f.Fuzz(func(t *testing.T, out string) {
		for _, unit := range append(ParseActive(out), stopJobs(out)...) {
			if unit == "" || strings.ContainsAny(unit, " \t\n") || len(unit) > len(out) {
				t.Fatalf("%q is no unit of it", unit)
			}
		}
	})
}

func FuzzParseMounts(f *testing.F) {
	f.Add(captured(f, "252", "mounts"))
	f.Add("Id=a.mount\n\n\n\nId=\nWhere\n=x")
	f.Fuzz(func(t *testing.T, out string) {
		mounts := parseShow(out)
		for _, m := range mounts {
			if m["Id"] == "" || strings.Contains(m["Id"]+m["Where"]+m["What"], "\n") {
				t.Fatalf("%+v is no mount", m)
			}
		}
		if broken := brokenMounts(mounts, func(string) bool { return false }); len(broken) > len(mounts) {
			t.Fatalf("%d of %d mounts are broken", len(broken), len(mounts))
		}
		leftovers(byName(parseShow(out)))
	})
}
