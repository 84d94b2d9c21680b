package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umm/internal/lab"
)

// healLimit bounds what is done on each host to heal it.
const healLimit = 2 * time.Minute

// repairEvery is how often what may have come up meanwhile is repaired.
const repairEvery = 15 * time.Second

// perHost takes back what a test left behind on a host. Each line may have nothing
// to do. The services' starts are only asked for: Galera's waits for others.
const perHost = `
rm -f /run/umm/guard
if command -v umm >/dev/null; then
	umm enable >/dev/null 2>&1 || :
	umm off >/dev/null 2>&1 || :
fi
systemctl unmask corosync pacemaker haproxy rabbitmq-server mariadb clustercheck.socket >/dev/null 2>&1
systemctl reset-failed
systemctl --no-block start clustercheck.socket corosync pacemaker haproxy rabbitmq-server mariadb
mariadb -e 'SET GLOBAL wsrep_desync = OFF' >/dev/null 2>&1 || :
`

// perSite takes back what was set in Pacemaker, on any host of it.
const perSite = `
for n in n1 n2 n3; do
	crm_attribute -t nodes -N $n -n standby -D
	crm_attribute -t nodes -N $n -n umm-standby -D
	crm_attribute -t nodes -N $n -n maintenance -D
done >/dev/null 2>&1
crm_attribute -n maintenance-mode -D >/dev/null 2>&1
crm_resource -r vip --clear >/dev/null 2>&1
cibadmin -D --xpath '//cluster_property_set[@id="umm-lock"]' >/dev/null 2>&1
crm_resource --cleanup >/dev/null 2>&1
:
`

// ready takes back what was set in a HAProxy.
const ready = `
for b in mysql rabbitmq; do
	for n in n1 n2 n3; do
		echo "set server $b/$n state ready"
	done
done | while read -r line; do echo "$line" | socat - UNIX-CONNECT:/run/haproxy/admin.sock >/dev/null; done
`

// Heal brings a site to health after a test: hosts on, in operational mode and out
// of standby, services running, servers ready, drained brokers revived. It cannot
// bring back a Galera that no member is left of: that is an error, and the site is
// best made anew.
func (s *Site) Heal(ctx context.Context) error {
	if s.clean(ctx) == nil {
		return nil
	}
	s.say("%s: not whole, healing", s.Lab.Name())
	if err := s.powerAll(ctx); err != nil {
		return err
	}
	if err := s.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
		ctx, cancel := context.WithTimeout(ctx, healLimit)
		defer cancel()
		return script(ctx, h, perHost)
	}); err != nil {
		return err
	}
	var last time.Time
	return until(ctx, wholeLimit, func(ctx context.Context) error {
		// What is asked of every host costs seconds of a processor, which its services need to
		// come up.
		if time.Since(last) < repairEvery {
			return s.clean(ctx)
		}
		last = time.Now()
		errs := []error{script(ctx, s.Lab.Hosts()[0], perSite)}
		errs = append(errs, s.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
			return script(ctx, h, ready+"rabbitmq-upgrade revive >/dev/null 2>&1 || :")
		}))
		return errors.Join(append(errs, s.clean(ctx))...)
	})
}

// clean is Health, and every host in operational mode with its Galera not desynced.
func (s *Site) clean(ctx context.Context) error {
	return errors.Join(s.onAll(ctx, func(_ context.Context, h *lab.Host) error {
		switch m, err := mode(h); {
		case err != nil:
			return err
		case m != "operational":
			return fmt.Errorf("its mode is %q", m)
		}
		return nil
	}), s.Health(ctx))
}
