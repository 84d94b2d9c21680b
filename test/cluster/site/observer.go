package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"umm/internal/lab"
)

const (
	sampleEvery = 100 * time.Millisecond
	sampleLimit = 80 * time.Millisecond // to connect to a port that was not there
	holdPort    = time.Second
	sshPort     = 22
)

// Out is a time in which a host did not serve.
type Out struct {
	Host string
	From time.Time
	Took time.Duration
	// Why is everything that was seen missing, in the order in which it went.
	Why []string
}

// Seen is what an observer saw.
type Seen struct {
	Samples int
	// Most is the largest number of hosts that did not serve at once, MostAt when
	// that was first so, and MostWho says which and what was missing.
	Most    int
	MostAt  time.Time
	MostWho []string
	// Outs are in the order in which they began.
	Outs []Out
}

// String is a line for the whole and one for each host that was out.
func (s Seen) String() string {
	text := fmt.Sprintf("observer: %d samples, at most %d hosts out at once", s.Samples, s.Most)
	if s.Most > 1 {
		text += fmt.Sprintf(" (%s: %s)", s.MostAt.Format("15:04:05.0"), strings.Join(s.MostWho, "; "))
	}
	for _, o := range s.Outs {
		text += fmt.Sprintf("\n  %s out for %.1fs from %s: %s", o.Host, o.Took.Seconds(), o.From.Format("15:04:05.0"), strings.Join(o.Why, ", "))
	}
	return text
}

// Observer samples, every tenth of a second and without asking umm or ssh logins,
// which hosts serve: sshd is there, umm's note says operational (on hosts that have
// it), Galera is ready for queries, RabbitMQ and HAProxy's process are there.
type Observer struct {
	stop context.CancelFunc
	done chan Seen
}

// Observe starts an observer.
func (s *Site) Observe(ctx context.Context) *Observer {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	o := &Observer{stop: stop, done: make(chan Seen, 1)}
	go func() {
		watches := make([]*watch, 0, 3)
		for _, h := range s.Lab.Hosts() {
			watches = append(watches, newWatch(s.Lab, h))
		}
		o.done <- observe(ctx, watches)
	}()
	return o
}

// Stop ends the observer and tells what it saw. It is called once.
func (o *Observer) Stop() Seen {
	o.stop()
	return <-o.done
}

func observe(ctx context.Context, watches []*watch) Seen {
	var seen Seen
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		now := time.Now()
		var group sync.WaitGroup
		for _, w := range watches {
			group.Go(func() { w.sample(ctx) })
		}
		group.Wait()
		if ctx.Err() != nil {
			break
		}
		seen.Samples++
		var who []string
		for _, w := range watches {
			w.note(now)
			if w.out != nil {
				who = append(who, w.host.Name()+" "+strings.Join(w.missing, ", "))
			}
		}
		if len(who) > seen.Most {
			seen.Most, seen.MostAt, seen.MostWho = len(who), now, who
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	for _, w := range watches {
		w.end(time.Now())
		seen.Outs = append(seen.Outs, w.outs...)
		w.close()
	}
	slices.SortFunc(seen.Outs, func(a, b Out) int { return a.From.Compare(b.From) })
	return seen
}

// watch follows one host.
type watch struct {
	host    *lab.Host
	lab     *lab.Lab
	ports   []*port
	sql     *sqlSession
	boot    string
	missing []string
	out     *Out
	outs    []Out
}

func newWatch(l *lab.Lab, h *lab.Host) *watch {
	return &watch{host: h, lab: l, ports: []*port{{what: "ssh", number: sshPort}, {what: "RabbitMQ", number: AMQPPort}}}
}

// sample finds out what is missing. Of a host that sshd is not on, no more is asked:
// every try would have to time out.
func (w *watch) sample(ctx context.Context) {
	w.missing = nil
	boot, err := w.host.BootID()
	if boot != w.boot {
		w.close() // a host that goes down may leave connections open for ever
		w.boot = boot
	}
	if err != nil {
		w.missing = []string{"power"}
		return
	}
	for _, p := range w.ports {
		if p.there(ctx, w.lab, w.host.Name()) {
			continue
		}
		w.missing = append(w.missing, p.what)
		if p.number == sshPort {
			return
		}
	}
	if mode, err := mode(w.host); err != nil || mode != "operational" {
		w.missing = append(w.missing, "operational mode")
	}
	if !w.galera(ctx) {
		w.missing = append(w.missing, "Galera")
	}
	if !haproxy(w.host) {
		w.missing = append(w.missing, "HAProxy")
	}
}

// haproxy tells whether the process that HAProxy's pid file names is there.
func haproxy(h *lab.Host) bool {
	pid, err := h.ReadFile("/run/haproxy.pid")
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	comm, err := h.ReadFile("/proc/" + first + "/comm")
	return err == nil && string(comm) == "haproxy\n"
}

// mode reads umm's note of this boot; a host without umm is operational.
func mode(h *lab.Host) (string, error) {
	text, err := h.ReadFile("/run/umm/boot")
	if errors.Is(err, os.ErrNotExist) {
		return "operational", nil
	}
	if err != nil {
		return "", err
	}
	var note struct {
		Boot struct {
			Mode string `json:"mode"`
		} `json:"boot"`
	}
	err = json.Unmarshal(text, &note)
	return note.Boot.Mode, err
}

// galera asks over a connection that is kept. A busy machine may answer late: that
// is not out.
func (w *watch) galera(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	if w.sql == nil {
		s, err := openSQL(ctx, w.lab, w.host.Addr().String(), "")
		if err != nil {
			return false
		}
		w.sql = s
	}
	if w.sql.ready(ctx) {
		return true
	}
	w.sql.close()
	w.sql = nil
	return false
}

// note begins, goes on with or ends a time of being out.
func (w *watch) note(now time.Time) {
	switch {
	case len(w.missing) == 0:
		w.end(now)
	case w.out == nil:
		w.out = &Out{Host: w.host.Name(), From: now}
		fallthrough
	default:
		for _, m := range w.missing {
			if !slices.Contains(w.out.Why, m) {
				w.out.Why = append(w.out.Why, m)
			}
		}
	}
}

func (w *watch) end(now time.Time) {
	if w.out != nil {
		w.out.Took = now.Sub(w.out.From)
		w.outs = append(w.outs, *w.out)
		w.out = nil
	}
}

func (w *watch) close() {
	for _, p := range w.ports {
		p.close()
	}
	if w.sql != nil {
		w.sql.close()
		w.sql = nil
	}
}

// port is a server that is there as long as a connection to it is not refused. Each
// connection is held for a while: ten new ones a second would weigh on the host.
type port struct {
	what   string
	number int
	conn   net.Conn
	since  time.Time
	gone   bool
}

func (p *port) there(ctx context.Context, l *lab.Lab, host string) bool {
	if p.conn != nil {
		_ = p.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := p.conn.Read(make([]byte, 512)) // a greeting, nothing, or the end
		var late net.Error
		open := err == nil || errors.As(err, &late) && late.Timeout()
		if open && time.Since(p.since) < holdPort {
			return true
		}
		p.close()
	}
	// A busy machine may be slow to connect; a host that is down must not hold up
	// the samples of the others.
	limit := dialLimit
	if p.gone {
		limit = sampleLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := l.Dial(ctx, host, p.number)
	p.gone = err != nil
	if err != nil {
		return false
	}
	p.conn, p.since = conn, time.Now()
	return true
}

func (p *port) close() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}
