package site

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/rollout"
	"umm/internal/cluster/throttle"
	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/cluster/ummclient"
	"umm/internal/execx"
)

// reachable are hosts by ssh: the first has haproxy, the others no service.
func reachable(t *testing.T, n int) (*Site, []*sshtest.Server) {
	t.Helper()
	return reachableAs(t, n, func(i int, line string) string {
		switch {
		case strings.HasSuffix(line, "umm status -o json"):
			return fmt.Sprintf(`{"version":1,"mode":"operational","boot_id":"%d"}`, i)
		case i == 0:
			return "haproxy runs\nend\n"
		}
		return "end\n"
	})
}

// reachableAs are hosts by ssh which answer so, counted from 0.
func reachableAs(t *testing.T, n int, answer func(i int, line string) string) (*Site, []*sshtest.Server) {
	t.Helper()
	dir := t.TempDir()
	key, err := sshtest.WriteKey(filepath.Join(dir, "key"), "ed25519", "")
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{hosts: map[string]*transport.Host{}, turns: throttle.New(2), Limits: rollout.Limits{Ask: 20 * time.Second}}
	var servers []*sshtest.Server
	var known strings.Builder
	for i := range n {
		server, err := sshtest.Start(sshtest.Config{Authorized: []string{key}, Handler: sshtest.Answer(func(_, line string, _ []byte) (string, string, int) {
			return answer(i, line), "", 0
		})})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		io.WriteString(&known, server.KnownHosts()) //nolint:errcheck // Into memory.
		servers = append(servers, server)
	}
	file := filepath.Join(dir, "known_hosts")
	if err := os.WriteFile(file, []byte(known.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.pool, err = transport.New(transport.Options{ConfigFile: transport.None, AgentSocket: transport.None, User: "root",
		KnownHosts: []string{file}, IdentityFiles: []string{filepath.Join(dir, "key")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.pool.Close)
	for i, server := range servers {
		name := fmt.Sprintf("n%d", i+1)
		if s.hosts[name], err = s.pool.Host(name, transport.Target{Address: server.Host(), Port: server.Port()}); err != nil {
			t.Fatal(err)
		}
		s.Cluster.Hosts = append(s.Cluster.Hosts, name)
	}
	s.Cluster.Runner, s.Cluster.Node = s.runner, ummclient.Client{Runner: s.runner, Limit: s.Limits.Ask}
	return s, servers
}

// Each host is asked once, through one connection. That is left where nothing more is
// wanted of the host, unless it will be asked again.
func TestGlance(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("again %v", again), func(t *testing.T) {
			s, servers := reachable(t, 5)
			hosts, err := s.detectWithStatus(t.Context(), again)
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range s.Cluster.Hosts {
				st, err := hosts.Status(t.Context(), name)
				if err != nil || st.Mode != api.ModeOperational || st.BootID != fmt.Sprint(i) {
					t.Errorf("%s tells %+v, %v", name, st, err)
				}
				if n := servers[i].Counts(); n.Connections != 1 || n.Commands != 2 {
					t.Errorf("%s has seen %+v", name, n)
				}
				if _, err := s.hosts[name].Run(t.Context(), execx.Cmd{Argv: []string{"true"}}); err != nil {
					t.Error(err)
				}
				want := 2
				if again || i == 0 {
					want = 1
				}
				if n := servers[i].Counts(); n.Connections != want {
					t.Errorf("%s was connected to %d times, want %d", name, n.Connections, want)
				}
			}
			if got := fmt.Sprint(s.Cluster.Members); got != "map[haproxy:[n1]]" {
				t.Errorf("the members are %s", got)
			}
		})
	}
}

func TestGlanceAtAHostThatIsDown(t *testing.T) {
	s, servers := reachable(t, 3)
	servers[1].Down()
	hosts, err := s.detectWithStatus(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "n2") {
		t.Errorf("it says %v", err)
	}
	for i, name := range s.Cluster.Hosts {
		if _, err := hosts.Status(t.Context(), name); (err != nil) != (i == 1) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
