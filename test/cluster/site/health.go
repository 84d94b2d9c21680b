package site

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"umm/internal/lab"
)

// wholeLimit bounds the wait for a site to be whole; a full resync included.
const wholeLimit = 4 * time.Minute

// WaitWhole waits until every service of every host is as it should be.
func (s *Site) WaitWhole(ctx context.Context) error {
	if err := until(ctx, wholeLimit, s.Health); err != nil {
		return fmt.Errorf("the site %s is not whole: %w", s.Lab.Name(), err)
	}
	return nil
}

// Health says what is not as it should be on a site with nobody out.
func (s *Site) Health(ctx context.Context) error {
	if err := s.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
		return errors.Join(s.galeraWhole(ctx, h), s.pacemakerWhole(ctx, h), s.haproxyWhole(ctx, h))
	}); err != nil {
		return err
	}
	// One asks for all: each call of RabbitMQ's tools is seconds of work.
	first := s.Lab.Hosts()[0]
	return errors.Join(s.rabbitWhole(ctx, first), s.queuesWhole(ctx, first))
}

// galeraWhole asks a member whether it is in sync with all others.
func (s *Site) galeraWhole(ctx context.Context, h *lab.Host) error {
	out, err := output(ctx, h, "mariadb -N -B -e \"SHOW GLOBAL STATUS LIKE 'wsrep_%'\" 2>&1")
	if err != nil {
		return err
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		got[key] = value
	}
	for key, want := range map[string]string{"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state": "4",
		"wsrep_cluster_size": fmt.Sprint(len(s.Lab.Hosts()))} {
		if got[key] != want {
			return fmt.Errorf("%s is %q, not %s", key, got[key], want)
		}
	}
	return nil
}

type crmStatus struct {
	DC struct {
		Quorum string `xml:"with_quorum,attr"`
	} `xml:"summary>current_dc"`
	Nodes []struct {
		Name    string `xml:"name,attr"`
		Online  bool   `xml:"online,attr"`
		Standby bool   `xml:"standby,attr"`
		Pending bool   `xml:"pending,attr"`
	} `xml:"nodes>node"`
	Resources []struct {
		ID   string `xml:"id,attr"`
		Role string `xml:"role,attr"`
		On   []struct {
			Name string `xml:"name,attr"`
		} `xml:"node"`
	} `xml:"resources>resource"`
}

func askPacemaker(ctx context.Context, h *lab.Host) (crmStatus, error) {
	var got crmStatus
	out, err := output(ctx, h, "crm_mon -1 --output-as=xml")
	if err != nil {
		return got, err
	}
	return got, xml.Unmarshal([]byte(out), &got)
}

// pacemakerHosts asks a member whether all hosts are there and may carry resources.
func (s *Site) pacemakerHosts(ctx context.Context, h *lab.Host) error {
	got, err := askPacemaker(ctx, h)
	if err != nil {
		return err
	}
	if got.DC.Quorum != "true" || len(got.Nodes) != len(s.Lab.Hosts()) {
		return fmt.Errorf("there are %d Pacemaker nodes, quorum %s", len(got.Nodes), got.DC.Quorum)
	}
	for _, n := range got.Nodes {
		if !n.Online || n.Standby || n.Pending {
			return fmt.Errorf("the Pacemaker node %s is not in service", n.Name)
		}
	}
	return nil
}

// pacemakerWhole is pacemakerHosts and a virtual IP that runs.
func (s *Site) pacemakerWhole(ctx context.Context, h *lab.Host) error {
	if err := s.pacemakerHosts(ctx, h); err != nil {
		return err
	}
	if _, err := s.Holder(ctx, h); err != nil {
		return err
	}
	return nil
}

// Holder is the host that carries the virtual IP, as host sees it.
func (s *Site) Holder(ctx context.Context, host *lab.Host) (string, error) {
	got, err := askPacemaker(ctx, host)
	if err != nil {
		return "", err
	}
	for _, r := range got.Resources {
		if r.ID == "vip" && r.Role == "Started" && len(r.On) == 1 {
			return r.On[0].Name, nil
		}
	}
	return "", errors.New("no host holds the virtual IP")
}

// haproxyWhole asks a host's HAProxy whether every server is up.
func (s *Site) haproxyWhole(ctx context.Context, h *lab.Host) error {
	out, err := output(ctx, h, "echo 'show stat' | socat - UNIX-CONNECT:/run/haproxy/admin.sock")
	if err != nil {
		return err
	}
	up := 0
	for line := range strings.Lines(out) {
		f := strings.Split(line, ",")
		if len(f) < 18 || !slices.Contains([]string{"n1", "n2", "n3"}, f[1]) {
			continue
		}
		if f[17] != "UP" {
			return fmt.Errorf("the server %s/%s as %s", f[0], f[1], f[17])
		}
		up++
	}
	if want := 2 * len(s.Lab.Hosts()); up != want {
		return fmt.Errorf("HAProxy knows %d servers, not %d", up, want)
	}
	return nil
}

// rabbitWhole asks a member whether all are running.
func (s *Site) rabbitWhole(ctx context.Context, h *lab.Host) error {
	out, err := output(ctx, h, "rabbitmqctl -q cluster_status --formatter json")
	if err != nil {
		return err
	}
	var got struct {
		Running    []string       `json:"running_nodes"`
		Partitions map[string]any `json:"partitions"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		return fmt.Errorf("cannot read cluster_status: %w", err)
	}
	if len(got.Running) != len(s.Lab.Hosts()) || len(got.Partitions) > 0 {
		return fmt.Errorf("RabbitMQ runs on %v, partitions %v", got.Running, got.Partitions)
	}
	return nil
}

// queuesWhole asks a member whether the queue that clients use has a copy in sync on
// every host.
func (s *Site) queuesWhole(ctx context.Context, h *lab.Host) error {
	columns := "online"
	if s.Queue() == "mirrored" {
		columns = "pid synchronised_slave_pids"
	}
	out, err := output(ctx, h, "rabbitmqctl -q list_queues name "+columns)
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		name, copies, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != s.Queue() {
			continue
		}
		for _, other := range s.Lab.Hosts() {
			if !strings.Contains(copies, "rabbit@"+other.Name()) {
				return fmt.Errorf("the queue %s has no copy in sync on %s", name, other.Name())
			}
		}
		return nil
	}
	return fmt.Errorf("there is no queue %s", s.Queue())
}
