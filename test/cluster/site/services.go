package site

import (
	"context"
	"time"

	"umm/internal/lab"
)

// startLimit bounds the first start of each service; it is far more than they need
// on a machine that has nothing else to do.
const startLimit = 3 * time.Minute

// startGalera founds the cluster on the first host; the others take its data over.
func (s *Site) startGalera(ctx context.Context) error {
	hosts := s.Lab.Hosts()
	if err := script(ctx, hosts[0], "galera_new_cluster; systemctl -q enable mariadb.service"); err != nil {
		return err
	}
	users, err := s.render("users.sql", hosts[0])
	if err != nil {
		return err
	}
	if err := script(ctx, hosts[0], "mariadb <<'EOF'\n"+users+"EOF"); err != nil {
		return err
	}
	join := func(h *lab.Host) func(context.Context) error {
		return func(ctx context.Context) error {
			return script(ctx, h, "systemctl start mariadb.service; systemctl -q enable mariadb.service")
		}
	}
	return inParallel(ctx, join(hosts[1]), join(hosts[2]))
}

// startRabbit waits until the members, which boot by themselves, found one
// another, and declares what clients need.
func (s *Site) startRabbit(ctx context.Context) error {
	first := s.Lab.Hosts()[0]
	if err := until(ctx, startLimit, func(ctx context.Context) error {
		return s.rabbitWhole(ctx, first)
	}); err != nil {
		return err
	}
	return script(ctx, first, "rabbitmqctl -q import_definitions /etc/rabbitmq/definitions.json")
}

// startPacemaker declares the virtual IP once there is a quorum.
func (s *Site) startPacemaker(ctx context.Context) error {
	first := s.Lab.Hosts()[0]
	cib, err := s.render("cib.xml", first)
	if err != nil {
		return err
	}
	return until(ctx, startLimit, func(ctx context.Context) error {
		if err := s.pacemakerHosts(ctx, first); err != nil {
			return err
		}
		return script(ctx, first, "cibadmin --modify --allow-create --xml-pipe <<'EOF'\n"+cib+"EOF")
	})
}
