package systemd

import (
	"slices"
	"testing"
)

const fileStates = "systemctl show --property=Id,UnitFileState -- "

// What can be enabled is stopped; sessions, what a call on the bus has started and what
// somebody runs by systemd-run go on, as does what is kept and what ran before.
func TestStopStrays(t *testing.T) {
	const running = `cron.timer loaded active waiting a
nginx.service loaded activating start a
ssh.service loaded active running a
hostnamed.service loaded active running a
user@0.service loaded active running a
run-r1.service loaded active running a
sysv.service loaded active exited a
byhand.service loaded active running a
gone.service loaded inactive dead a
multi-user.target loaded active active a
`
	const states = `Id=cron.timer
UnitFileState=enabled

Id=hostnamed.service
UnitFileState=static

Id=nginx.service
UnitFileState=disabled

Id=run-r1.service
UnitFileState=transient

Id=sysv.service
UnitFileState=generated

Id=user@0.service
UnitFileState=static
`
	keeps := func(unit string) bool { return unit == "ssh.service" }
	m := manager(t, call{argv: listActive, out: running},
		call{argv: fileStates + "cron.timer hostnamed.service nginx.service run-r1.service sysv.service user@0.service", out: states},
		call{argv: "systemctl stop -- cron.timer nginx.service sysv.service"})
	got, err := m.StopStrays(ctx, []string{"byhand.service"}, keeps)
	if err != nil || !slices.Equal(got, []string{"cron.timer", "nginx.service", "sysv.service"}) {
		t.Errorf("stopped is %v (%v)", got, err)
	}

	m = manager(t, call{argv: listActive, out: "ssh.service loaded active running a\n"})
	if got, err := m.StopStrays(ctx, nil, keeps); err != nil || got != nil {
		t.Errorf("stopped is %v (%v)", got, err)
	}
	m = manager(t, call{argv: listActive, out: "a.service loaded active running a\n"}, call{argv: fileStates + "a.service", out: "Id=a.service\nUnitFileState=enabled\n"},
		call{argv: "systemctl stop -- a.service", code: 1})
	_, err = m.StopStrays(ctx, nil, keeps)
	wantError(t, err, "cannot stop a.service")
	m = manager(t, call{argv: listActive, err: errGone})
	_, err = m.StopStrays(ctx, nil, keeps)
	wantError(t, err, "no bus")
}
