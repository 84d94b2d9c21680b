package clustercli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/cluster/journal"
	"umm/internal/cluster/run"
	"umm/internal/cluster/transport/sshtest"
	"umm/test/terminal"
)

// fakeHost is a host with umm and no service of a cluster, as ssh shows it. It knows what
// umm-cluster says to such a host, and nothing else.
type fakeHost struct {
	t     *testing.T
	n     int
	mutex sync.Mutex
	boots int
	// status is what umm says, command what its command does next.
	status api.Status
	// offs counts how often it was asked to leave maintenance mode.
	offs int
}

var ummOn = regexp.MustCompile(`umm on --run (\S+)(?: --reason \S+)?( -- .*)?$`)

func (h *fakeHost) answer(_, line string, _ []byte) (stdout, stderr string, code int) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	switch on := ummOn.FindStringSubmatch(line); {
	case strings.HasSuffix(line, "umm status -o json"):
		h.status.Version, h.status.Enabled, h.status.BootID, h.status.Umm = 1, true, fmt.Sprintf("boot-%d-%d", h.n, h.boots), "1.0"
		doc, err := json.Marshal(h.status)
		if err != nil {
			h.t.Error(err)
		}
		return string(doc), "", 0
	case strings.Contains(line, "/etc/machine-id"):
		return fmt.Sprintf("%032d\n00000000-0000-0000-0000-%012d\n", h.n, h.n), "", 0
	case strings.Contains(line, "/etc/corosync/corosync.conf"):
		return "id ceph 8f0c1f6e-1d55-4c3a-9c43-2f1b7a6e0d11\nend\n", "", 0
	case on != nil:
		h.boots++
		h.status.Mode, h.status.Trigger = api.ModeMaintenance, &api.Trigger{Kind: "operator", Run: on[1]}
		h.status.Command, h.status.Guard = nil, nil
		if on[2] != "" {
			h.status.Command = &api.Command{State: "running"}
		}
	case strings.HasSuffix(line, "umm off"):
		h.offs++
		h.status.Mode, h.status.Trigger = api.ModeOperational, nil
	case strings.Contains(line, "umm guard set "):
		h.status.Guard = &api.Guard{Run: line[strings.LastIndex(line, " ")+1:], By: "alice", Master: "fuel"}
	case strings.Contains(line, "umm guard clear "):
		h.status.Guard = nil
	default:
		h.t.Errorf("n%d does not know %q", h.n, line)
		return "", "no such command", 127
	}
	return "", "", 0
}

func (h *fakeHost) set(change func(*api.Status)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	change(&h.status)
}

// fakeCluster are n such hosts, and a configuration that leads to them.
func fakeCluster(t *testing.T, n int) (conf, stateDir string, hosts []*fakeHost) {
	t.Helper()
	dir := t.TempDir()
	key, err := sshtest.WriteKey(filepath.Join(dir, "key"), "ed25519", "")
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("state_dir: %[1]s/state\nssh:\n  user: root\n  known_hosts: %[1]s/known_hosts\n  identity_file: %[1]s/key\nlock:\n  engine: none\ngate:\n  samples: 1\n  interval: 100ms\nhosts:\n", dir)
	known := ""
	for i := range n {
		h := &fakeHost{t: t, n: i + 1, status: api.Status{Mode: api.ModeOperational}}
		server, err := sshtest.Start(sshtest.Config{Authorized: []string{key}, Handler: sshtest.Answer(h.answer)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		known += server.KnownHosts()
		text += fmt.Sprintf("- {name: n%d, address: %s, port: %d}\n", i+1, server.Host(), server.Port())
		hosts = append(hosts, h)
	}
	conf = filepath.Join(dir, "umm-cluster.yaml")
	for name, data := range map[string]string{conf: text, filepath.Join(dir, "known_hosts"): known} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return conf, filepath.Join(dir, "state"), hosts
}

// A run and what is said to it from other terminals, by the commands as they are typed.
func TestARunByItsCommands(t *testing.T) {
	conf, state, hosts := fakeCluster(t, 2)
	type typed struct {
		terminal.Screen
		ended chan int
	}
	begin := func(ctx context.Context, args ...string) *typed {
		s := &typed{ended: make(chan int, 1)}
		a := newApp(s, s)
		go func() { s.ended <- a.run(ctx, append([]string{"--config", conf}, args...)) }()
		return s
	}
	// says runs a command to its end and wants words of it.
	says := func(code Code, args []string, words ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		s := begin(ctx, args...)
		got := <-s.ended
		for _, w := range words {
			if !strings.Contains(s.String(), w) {
				t.Errorf("%q does not say %q:\n%s", args, w, s)
			}
		}
		if got != int(code) {
			t.Errorf("%q ended with %d, want %d:\n%s", args, got, code, s)
		}
	}
	line := func(text string) []string { return strings.Fields(text) }
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	roll := begin(ctx, line("roll --hosts n1 -- upgrade --all")...)
	roll.Shows(t, "run upgrade --all", "the command is running")
	runs := journal.Dir{Path: filepath.Join(state, "runs")}
	ids, err := runs.Runs()
	if err != nil || len(ids) != 1 {
		t.Fatalf("%q, %v", ids, err)
	}
	id := ids[0]
	entries, err := runs.Read(id)
	if err != nil {
		t.Fatal(err)
	}
	// It knows its cluster.
	if r := entries[0].Request; len(r.Machines) != 2 || len(r.Machines["n2"].Keys) != 1 || fmt.Sprint(r.IDs) != "map[ceph:[8f0c1f6e-1d55-4c3a-9c43-2f1b7a6e0d11]]" {
		t.Errorf("it was asked for %+v", r)
	}
	followed := begin(t.Context(), "follow")
	followed.Shows(t, "run upgrade --all", "waiting: the command is running")
	says(Gated, line("status"), "run "+id, "is running", "of n1: run upgrade --all", "n1 in maintenance mode")
	says(Gated, line("check"), "n1 is out of service by run "+id)
	says(Refused, line("roll --hosts n2"), "it is running", "umm-cluster follow "+id)
	for _, word := range []string{"continue", "abort", "off n1"} {
		says(Gated, line(word), "the command still runs on n1")
	}
	for _, word := range []string{"abort", "off n1"} {
		says(Refused, append(line(word), "--accept-risk=command-running", "--reason=x"), "it is running")
	}
	// The master's terminal ends it.
	interrupt()
	if code := <-roll.ended; code != int(CannotDo) || !strings.Contains(roll.String(), "umm-cluster resume "+id) {
		t.Errorf("it ended with %d:\n%s", code, roll)
	}
	if code := <-followed.ended; code != int(CannotDo) {
		t.Errorf("follow ended with %d:\n%s", code, followed)
	}
	for _, word := range []string{"continue", "abort", "off n1", "resume --retry"} {
		says(Gated, line(word), "the command still runs on n1")
	}
	// A second cluster is not told of it, and has no run, though its state is here, too.
	other, _, _ := fakeCluster(t, 2)
	text, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`state_dir: \S+`).ReplaceAll(text, []byte("state_dir: "+state))
	if err := os.WriteFile(other, text, 0o600); err != nil {
		t.Fatal(err)
	}
	says(Refused, append([]string{"--config", other}, line("abort")...), "there is no unfinished run")
	says(Refused, append([]string{"--config", other}, line("abort "+id)...), "is of another cluster")
	says(Refused, append([]string{"--config", other}, line("off n1")...), "n1 is not in maintenance mode")
	says(Done, append([]string{"--config", other}, line("status")...))
	says(Done, append([]string{"--config", other}, line("roll --hosts n1")...))
	if hosts[0].offs > 0 {
		t.Error("the host was asked to leave maintenance mode")
	}
	hosts[0].set(func(s *api.Status) { s.Command.State = "succeeded" })
	says(Done, line("abort"), "n1")
	if st, err := runs.Read(id); err != nil || st[len(st)-1].Kind != run.Ended || hosts[0].offs != 1 {
		t.Errorf("it ends with %+v, and the host was asked %d times (%v)", st[len(st)-1], hosts[0].offs, err)
	}
	says(Done, line("status"))
	// Nor is a host brought back under its command that no run has.
	hosts[1].set(func(s *api.Status) {
		s.Mode, s.Command = api.ModeMaintenance, &api.Command{State: "running"}
	})
	says(Gated, line("off n2"), "the command still runs on n2")
	says(Gated, line("up"), "the command still runs on n2")
	hosts[1].set(func(s *api.Status) { s.Command.State = "failed" })
	says(Done, line("off n2"))
}
