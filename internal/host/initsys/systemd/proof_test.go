package systemd

import (
	"slices"
	"strings"
	"testing"
)

// inTree is a host whose default target wants u.x, as systemd tells it, and others; each is
// "name key=value key=value".
func inTree(units ...string) tree {
	t := tree{units: map[string]properties{}, seen: map[string]bool{}}
	for _, line := range units {
		f := strings.Fields(line)
		p := properties{"Id": f[0], "LoadState": "loaded", "ActiveState": "inactive", "ConditionTimestampMonotonic": "0", "ConditionResult": "no"}
		for _, word := range f[1:] {
			key, value, _ := strings.Cut(word, "=")
			p[key] = strings.ReplaceAll(value, ",", " ")
		}
		t.units[f[0]] = p
	}
	return t
}

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		why, unit string
		others    []string
		missing   bool
	}{
		{"never tried", "u.service", nil, true},
		{"a socket that was up before and is not now", "u.socket ConditionTimestampMonotonic=7 ConditionResult=yes", nil, true},
		{"a mount that was taken away", "u.mount ConditionTimestampMonotonic=7 ConditionResult=yes", nil, true},
		{"up", "u.service ActiveState=active", nil, false},
		{"on its way", "u.service ActiveState=activating", nil, false},
		{"failed", "u.service ActiveState=failed", nil, false},
		{"waits for its turn", "u.service Job=7", nil, false},
		{"has no job", "u.service Job=0", nil, true},
		{"masked", "u.service LoadState=masked", nil, false},
		{"has no file", "u.service LoadState=not-found", nil, false},
		{"a condition that does not hold", "u.path ConditionTimestampMonotonic=7", nil, false},
		{"has done its work", "u.service ConditionTimestampMonotonic=7 ConditionResult=yes", nil, false},
		{"a timer that elapsed for the last time", "u.timer ConditionTimestampMonotonic=7 ConditionResult=yes", nil, false},
		{"hardware", "u.device", nil, false},
		{"another has its place", "u.service Conflicts=v.service", []string{"v.service ActiveState=active"}, false},
		{"by the other's word", "u.service ConflictedBy=v.service", []string{"v.service ActiveState=active"}, false},
		{"nobody has its place", "u.service Conflicts=v.service", []string{"v.service"}, true},
		{"its device is not there", "u.service BindsTo=v.device", []string{"v.device"}, false},
		{"what it requires failed", "u.service Requires=v.service", []string{"v.service ActiveState=failed"}, false},
		{"what it must find is not up, for a reason", "u.service Requisite=v.service", []string{"v.service LoadState=masked"}, false},
		{"what it requires is missing too", "u.service Requires=v.socket", []string{"v.socket"}, true},
		{"what it requires is up", "u.service Requires=v.socket", []string{"v.socket ActiveState=active"}, true},
		{"two that require each other", "u.service Requires=v.socket", []string{"v.socket Requires=u.service"}, true},
	} {
		tree := inTree(append(c.others, c.unit)...)
		if name := strings.Fields(c.unit)[0]; tree.missing(name) != c.missing || len(tree.seen) > 0 {
			t.Errorf("%s: missing is %v, want %v", c.why, !c.missing, c.missing)
		}
	}
}

// What is missing is looked for through all that is up, and each unit once.
func TestLacking(t *testing.T) {
	tree := inTree(
		"graphical.target ActiveState=active Requires=multi-user.target Wants=gdm.service",
		"multi-user.target ActiveState=active Requires=basic.target Wants=app.service,gdm.service",
		"basic.target ActiveState=active Wants=sockets.target,timers.target,multi-user.target",
		"sockets.target Wants=below.socket", "timers.target", "below.socket", "stranger.service",
		"gdm.service", "app.service ActiveState=active BindsTo=part.service", "part.service",
	)
	missing, holders := tree.lacking("graphical.target")
	if want := []string{"gdm.service", "part.service", "sockets.target", "timers.target"}; !slices.Equal(missing, want) {
		t.Errorf("missing are %q, want %q", missing, want)
	}
	if want := []string{"app.service", "basic.target", "graphical.target", "multi-user.target"}; !slices.Equal(holders, want) {
		t.Errorf("wanted by %q, want %q", holders, want)
	}
}
