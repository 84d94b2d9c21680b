// Package site makes a whole practice site: three practice hosts that carry what
// a controller of a high-availability cluster carries, each service real and
// configured as operators configure it. The demo, the end-to-end tests and the
// benchmarks of umm-cluster stand on it. It knows of umm only how to install it,
// and it judges health by itself: it must not believe the program under test.
//
//	s, err := site.Up(ctx, site.Spec{Name: "mine", Deb: "build/deb/umm_amd64.deb", Log: os.Stderr})
//	if err != nil { t.Fatal(err) }
//	t.Cleanup(func() { s.Down(context.Background()) })
//	err = s.WaitWhole(ctx)        // all three hosts, every service in sync
//
// What runs, on n1 (192.0.2.11), n2 and n3:
//
//   - Corosync (knet, no encryption) and Pacemaker: one resource, vip, the address
//     192.0.2.100 by ocf:heartbeat:IPaddr2; stickiness 100, no stonith.
//   - MariaDB with Galera on each host's own address, port 3306; state transfers by
//     rsync. root through the unix socket; app, password app, from everywhere, for
//     the database app. mariadb.socket is disabled, as Galera needs it to be.
//   - RabbitMQ, clustered, on each host's own address, port 5672; pause_minority.
//     User app, password app, for the vhost /. A durable classic queue "mirrored"
//     on all three (ha-mode all, ha-sync-mode automatic), except on 4.0 and later,
//     which have no mirroring, and a queue "quorum" of type quorum.
//   - HAProxy, active on all three, on the virtual IP's ports 3306 (mysql) and 5672
//     (rabbitmq); n1 is the server of each, n2 and n3 are backups. The mysql servers
//     are checked on port 49000, where a socket unit answers 200 if Galera is Synced
//     and ready; the rabbitmq servers by a connection. Its admin socket is
//     /run/haproxy/admin.sock.
//   - umm, if a package is given.
package site
