package unwatched

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"umm/internal/service"
	"umm/internal/service/servicetest"
)

func TestWhole(t *testing.T) {
	for name, c := range map[string]struct {
		printed service.Answer
		out     []string
		state   service.State
		risk    string
	}{
		"nothing":             {servicetest.Printed("end\n"), nil, service.OK, ""},
		"covered":             {servicetest.Printed("process mysql\nend\n"), nil, service.OK, ""},
		"nobody looks":        {servicetest.Printed("process mysql\nprocess postgres\nend\n"), nil, service.Unknown, "unwatched-postgres"},
		"broken off":          {servicetest.Printed("process mysql\n"), nil, service.Unknown, ""},
		"it does not answer":  {servicetest.Unreachable, nil, service.Unknown, ""},
		"away, and not asked": {servicetest.Unreachable, []string{"n1"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Service{Covered: map[string][]string{"n1": {"mysql"}}}
			vs := s.Read([]string{"n1"}, service.Answers{"n1": {askProcesses: c.printed}}).Whole(c.out)
			switch {
			case c.state == "" && len(vs) > 0:
				t.Errorf("%+v", vs)
			case c.state != "" && (len(vs) != 1 || vs[0].State != c.state || vs[0].Risk != c.risk || vs[0].Host != "n1"):
				t.Errorf("%+v", vs)
			}
		})
	}
}

// Kinds are told by what runs, wherever its files are.
func TestScript(t *testing.T) {
	const processes = `systemd /sbin/init
mariadbd /opt/bin/mariadbd
redis-server /usr/bin/redis-server 127.0.0.1:6379
pacemaker-remot /usr/sbin/pacemaker-remoted
garbd /usr/bin/garbd -g x
java /usr/bin/java -cp x org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg
java java -jar shop.jar
ovsdb-server ovsdb-server --remote=punix:/run/ovn/ovnnb_db.sock /var/lib/ovn/ovnnb_db.db
ovsdb-server ovsdb-server /etc/openvswitch/conf.db
less less postgres
`
	dir := t.TempDir()
	ps := "#!/bin/sh\ncase $* in *comm=*) cut -d' ' -f1 ;; *) cut -d' ' -f2- ;; esac <<'END'\n" + processes + "END\n"
	if err := os.WriteFile(filepath.Join(dir, "ps"), []byte(ps), 0o755); err != nil {
		t.Fatal(err)
	}
	ask := Service{}.Asks("n1", nil)[0]
	cmd := exec.CommandContext(t.Context(), ask.Argv[0], ask.Argv[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := service.Processes(string(out)), []string{"garbd", "mysql", "pacemaker-remote", "redis", "ovn", "zookeeper"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
