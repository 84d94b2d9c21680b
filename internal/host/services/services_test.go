package services_test

import (
	"testing"

	"umm/internal/host/hostfs/hosttree"
	"umm/internal/host/initsys"
	"umm/internal/host/services"
)

func TestServicesOnUpstart(t *testing.T) {
	s := services.Of(initsys.Upstart, hosttree.Make(t, hosttree.Trusty), []string{"nova-api"})
	for unit, runs := range map[string]bool{
		"ssh.service": true, "networking.service": true, "nova-api.service": true, "getty.target": true, "home.mount": true,
		"cron.service": false, "rabbitmq-server.service": false, "dropbear.service": false, "NetworkManager.service": false,
	} {
		if s.Runs(unit) != runs {
			t.Errorf("%s runs in maintenance mode: %v", unit, !runs)
		}
	}
	for name, want := range map[string]bool{"ssh": true, "rabbitmq-server": true, "sshd": false, "tty1": true} {
		if exists, enabled := s.Job(name); exists != want || enabled != want {
			t.Errorf("%s: exists %v, enabled %v", name, exists, enabled)
		}
	}
}
