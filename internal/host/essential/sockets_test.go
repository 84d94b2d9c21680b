package essential_test

import (
	"slices"
	"testing"

	"umm/internal/host/hostfs/hosttree"
)

// systemd 257 and later give logind a socket: left out in maintenance mode, it
// failed when that was left, since logind ran already (seen on 262).
func TestSocketsOfKeptServicesAreKept(t *testing.T) {
	_, p := plan(t, hosttree.Units(
		"systemd-logind.service < multi-user.target", "dbus.service < multi-user.target", "mine.service",
		"docker.service < multi-user.target", "docker.socket < sockets.target",
	).With(hosttree.Tree{
		"usr/lib/systemd/system/systemd-logind-varlink.socket":                      "[Socket]\nService=systemd-logind.service\nListenStream=/run/logind\n",
		"usr/lib/systemd/system/sockets.target.wants/systemd-logind-varlink.socket": "-> ../systemd-logind-varlink.socket",
		"usr/lib/systemd/system/mine.socket":                                        "[Socket]\nListenStream=/run/mine\n",
		"etc/systemd/system/sockets.target.wants/mine.socket":                       "-> /usr/lib/systemd/system/mine.socket",
	}), "mine")
	for _, want := range []string{"systemd-logind-varlink.socket", "mine.socket"} {
		if !slices.Contains(names(p.Start), want) {
			t.Errorf("%s is not kept: %v", want, names(p.Start))
		}
	}
	if slices.Contains(names(p.Start), "docker.socket") {
		t.Error("docker.socket is kept, though its service is not")
	}
}
