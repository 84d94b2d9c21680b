package systemd

import (
	"slices"
	"testing"
)

func TestLeftovers(t *testing.T) {
	const out = `Id=mariadb.service
WantedBy=multi-user.target
TriggeredBy=mariadb.socket
ActiveState=active
IgnoreOnIsolate=no

Id=mariadb.socket
WantedBy=sockets.target
ActiveState=inactive
IgnoreOnIsolate=no

Id=multi-user.target
ActiveState=inactive

Id=apt-daily.service
TriggeredBy=apt-daily.timer
ActiveState=activating
IgnoreOnIsolate=no

Id=dbus.service
WantedBy=multi-user.target umm.target
TriggeredBy=dbus.socket
ActiveState=active
IgnoreOnIsolate=no

Id=umm.target
ActiveState=active

Id=systemd-journald.service
TriggeredBy=systemd-journald.socket
ActiveState=active
IgnoreOnIsolate=yes

Id=ssh.service
TriggeredBy=ssh.socket
ActiveState=active
IgnoreOnIsolate=no

Id=ssh.socket
ActiveState=active

Id=nginx.service
WantedBy=multi-user.target
TriggeredBy=
ActiveState=active
IgnoreOnIsolate=no

Id=cups.service
TriggeredBy=cups.path cups.socket
ActiveState=inactive
IgnoreOnIsolate=no
`
	want := []string{"apt-daily.service", "mariadb.service"}
	if got := leftovers(byName(parseShow(out))); !slices.Equal(got, want) {
		t.Errorf("leftovers = %v, want %v", got, want)
	}
	if got := leftovers(nil); len(got) != 0 {
		t.Errorf("leftovers of nothing = %v", got)
	}
}
