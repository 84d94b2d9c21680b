package upstart

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"umm/internal/host/initsys/upstart/upstarttest"
)

// sim is a boot without processes: those of tasks end at once, those of services
// stay, and a few do what theirs would.
type sim struct {
	e      *upstarttest.Engine
	next   int
	live   map[int]string
	ran    []string
	queue  []func()
	decide string
}

func (s *sim) Spawn(p upstarttest.Spawn) (int, error) {
	s.next++
	pid, name := s.next, p.Class.Name
	if p.Kind != upstarttest.Main {
		name += "/" + p.Kind.String()
	}
	s.live[pid] = name
	s.ran = append(s.ran, name)
	service := p.Kind == upstarttest.Main && !p.Class.Task
	s.queue = append(s.queue, func() { s.does(pid, name, service) })
	return pid, nil
}

// does plays a process that was started just now.
func (s *sim) does(pid int, name string, service bool) {
	emit := func(words ...string) { s.e.Emit(words[0], words[1:], false, func(error) {}) }
	status := 0
	switch name {
	case "mountall":
		for _, words := range []string{"mounted MOUNTPOINT=/run", "virtual-filesystems", "mounted MOUNTPOINT=/", "local-filesystems", "filesystem"} {
			emit(strings.Fields(words)...)
		}
	case "container-detect":
		emit("not-container")
	case "networking/pre-start":
		emit("net-device-up", "IFACE=lo")
		emit("static-network-up")
	case "rc-sysinit":
		emit("runlevel", "RUNLEVEL=2", "PREVLEVEL=N")
	case "umm/pre-start":
		switch s.decide {
		case "operational":
			s.e.Ask(upstarttest.Request{Command: "stop", Job: "umm", FromJob: true}, nil, func(upstarttest.Answer) {})
		case "fails":
			status = 127
		}
	case "umm":
		if s.decide == "crashes" {
			status = 139
			break
		}
		return
	default:
		if service {
			return
		}
	}
	s.ends(pid, status)
}

func (s *sim) ends(pid, status int) {
	if _, alive := s.live[pid]; !alive {
		return
	}
	delete(s.live, pid)
	s.e.Exited(pid, syscall.WaitStatus(status<<8))
}

func (s *sim) Kill(pid int, _ syscall.Signal) {
	s.queue = append(s.queue, func() { s.ends(pid, 143) })
}

func (s *sim) After(time.Duration, func()) func() { return func() {} }
func (s *sim) Now() time.Duration                 { return 0 }
func (s *sim) Log(string)                         {}

// settle lets everything happen that is due, in an order that is drawn.
func (s *sim) settle(draw *rand.Rand) {
	for len(s.queue) > 0 {
		i := draw.IntN(len(s.queue))
		do := s.queue[i]
		s.queue = slices.Delete(s.queue, i, i+1)
		do()
	}
}

// status is what initctl says of a job.
func (s *sim) status(job string) string {
	var a upstarttest.Answer
	s.e.Ask(upstarttest.Request{Command: "status", Args: []string{job}}, nil, func(answer upstarttest.Answer) { a = answer })
	text, _, _ := strings.Cut(a.Out+a.Err, ",")
	return text
}

// booted is a host with the stock jobs and umm's after a boot, in which jobs see
// events, and processes end, in an order of their own.
func booted(t *testing.T, decide string, draw *rand.Rand) *sim {
	t.Helper()
	s := &sim{live: map[int]string{}, decide: decide}
	s.e = upstarttest.New(s)
	s.e.Shuffle = func(names []string) {
		draw.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
	for _, dir := range []string{"machine/stock/init", "../../plugin/upstart"} {
		if err := new(upstarttest.Folder).Read(s.e, os.DirFS(dir), true); err != nil {
			t.Fatal(err)
		}
	}
	s.e.Emit("startup", nil, false, func(error) {})
	s.settle(draw)
	return s
}

// before tells whether one process was started before another.
func (s *sim) before(one, other string) bool {
	i, j := slices.Index(s.ran, one), slices.Index(s.ran, other)
	return i >= 0 && (j < 0 || i < j)
}

// Upstart promises no order in which jobs see an event. Whatever it is, umm's jobs do
// what they should among those of Ubuntu.
func TestWhateverTheOrder(t *testing.T) {
	operational := []string{"cron", "ssh", "tty1", "tty6", "nova-api", "early", "umm-healthy"}
	for seed := range uint64(24) {
		for _, decide := range []string{"operational", "maintenance", "fails", "crashes"} {
			t.Run(fmt.Sprint(decide, seed), func(t *testing.T) {
				draw := rand.New(rand.NewPCG(seed, 14))
				s := booted(t, decide, draw)
				want := func(job, status string) {
					t.Helper()
					if got := s.status(job); got != job+" "+status {
						t.Errorf("got %q, want %s", got, status)
					}
				}
				wantAll := func() {
					t.Helper()
					for _, job := range operational {
						want(job, "start/running")
					}
					want("rc-sysinit", "stop/waiting")
					want("umm", "stop/waiting")
				}
				if !s.before("umm-record", "rc-sysinit") || !s.before("umm-record", "umm/pre-start") {
					t.Errorf("the boot is not recorded first: %v", s.ran)
				}
				if decide != "maintenance" {
					wantAll()
					return
				}
				want("umm", "start/running")
				want("rc-sysinit", "start/starting")
				want("cron", "stop/waiting")
				want("umm-healthy", "stop/waiting")
				if seed%2 == 0 {
					s.e.Ask(upstarttest.Request{Command: "stop", Args: []string{"umm"}}, nil, func(upstarttest.Answer) {})
					s.settle(draw)
					wantAll()
					return
				}
				// A reboot that is asked for there is marked before it begins.
				s.e.Emit("runlevel", upstarttest.Env{"RUNLEVEL=6", "PREVLEVEL=N"}, false, func(error) {})
				s.settle(draw)
				want("umm", "stop/waiting")
				want("rc-sysinit", "stop/waiting")
				if !s.before("umm-end", "rc") || slices.Contains(s.ran, "rc-sysinit") {
					t.Errorf("the shutdown is not marked first: %v", s.ran)
				}
			})
		}
	}
}
