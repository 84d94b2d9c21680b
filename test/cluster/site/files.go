package site

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"text/template"

	"umm/internal/lab"
)

//go:embed files
var files embed.FS

var templates = template.Must(template.ParseFS(files, "files/*"))

// member is one host as the configuration files name it.
type member struct {
	Name, Addr string
	ID         int
}

// facts are what a configuration file may speak of.
type facts struct {
	member
	Hosts []member
	VIP   string
	// Mirrors: RabbitMQ knows mirrored queues.
	Mirrors bool
	// Delay keeps RabbitMQ 3.8, which takes no lock, from founding a cluster on each
	// host; seconds, 0 where it is not needed.
	Delay int
}

func (s *Site) facts(h *lab.Host) facts {
	f := facts{VIP: VIP, Mirrors: mirrors(s.Lab.Image().Suite)}
	for i, other := range s.Lab.Hosts() {
		m := member{Name: other.Name(), Addr: other.Addr().String(), ID: i + 1}
		f.Hosts = append(f.Hosts, m)
		if other.Name() == h.Name() {
			f.member = m
			if s.Lab.Image().Suite == "bullseye" {
				f.Delay = []int{1, 16, 22}[i]
			}
		}
	}
	return f
}

// mirrors tells whether a release's RabbitMQ is older than 4.0.
func mirrors(suite string) bool { return suite == "bullseye" || suite == "bookworm" }

// render gives the text of a file for a host.
func (s *Site) render(name string, h *lab.Host) (string, error) {
	var text bytes.Buffer
	err := templates.ExecuteTemplate(&text, name, s.facts(h))
	return text.String(), err
}

// layOut writes the configuration of hosts that are off. Galera is left disabled:
// its first member starts in a way of its own.
func (s *Site) layOut(ctx context.Context) error {
	return s.onAll(ctx, func(_ context.Context, h *lab.Host) error {
		for _, f := range []struct {
			name, path string
			mode       fs.FileMode
		}{
			{"corosync.conf", "etc/corosync/corosync.conf", 0o644},
			{"galera.cnf", "etc/mysql/mariadb.conf.d/99-site.cnf", 0o644},
			{"haproxy.cfg", "etc/haproxy/haproxy.cfg", 0o644},
			{"rabbitmq.conf", "etc/rabbitmq/rabbitmq.conf", 0o644},
			{"definitions.json", "etc/rabbitmq/definitions.json", 0o644},
			{"clustercheck", "usr/local/bin/clustercheck", 0o755},
			{"clustercheck.socket", "etc/systemd/system/clustercheck.socket", 0o644},
			{"clustercheck@.service", "etc/systemd/system/clustercheck@.service", 0o644},
			{"site.conf", "etc/sysctl.d/site.conf", 0o644},
		} {
			text, err := s.render(f.name, h)
			if err != nil {
				return err
			}
			path := filepath.Join(h.Root(), f.path)
			if err := os.WriteFile(path, []byte(text), f.mode); err != nil {
				return fmt.Errorf("cannot write %s: %w", f.path, err)
			}
		}
		if err := writeCookie(filepath.Join(h.Root(), "var/lib/rabbitmq")); err != nil {
			return err
		}
		units := filepath.Join(h.Root(), "etc/systemd/system")
		for _, link := range []string{"multi-user.target.wants/mariadb.service", "multi-user.target.wants/nginx.service",
			"sockets.target.wants/mariadb.socket"} {
			if err := os.Remove(filepath.Join(units, link)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return os.Symlink("/etc/systemd/system/clustercheck.socket", filepath.Join(units, "sockets.target.wants/clustercheck.socket"))
	})
}

// writeCookie lets the members of RabbitMQ trust one another, under the owner of the
// folder.
func writeCookie(folder string) error {
	var owner syscall.Stat_t
	if err := syscall.Stat(folder, &owner); err != nil {
		return err
	}
	path := filepath.Join(folder, ".erlang.cookie")
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte("PRACTICESITE"), 0o400), os.Chown(path, int(owner.Uid), int(owner.Gid)))
}
