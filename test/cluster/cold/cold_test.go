//go:build e2e

// Package cold_test stops and cuts all hosts of a practice site at once and brings
// their Galera and RabbitMQ back by the decisions of internal/cluster/service.
package cold_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
	"umm/test/cluster/site"
)

// name is the lab's. UMM_COLD_KEEP leaves it up for another look, UMM_COLD_SUITE names
// a Debian release other than bookworm.
const name = "cold"

const createTable = `mysql -e "CREATE TABLE IF NOT EXISTS app.cold (id BIGINT AUTO_INCREMENT PRIMARY KEY, who CHAR(2), n BIGINT, t TEXT)"`

func TestColdStart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	s, err := site.Up(ctx, site.Spec{Name: name, Suite: os.Getenv("UMM_COLD_SUITE"), Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UMM_COLD_KEEP") == "" {
		t.Cleanup(func() { _ = s.Down(context.Background()) })
	}
	l := s.Lab
	members := []string{"n1", "n2", "n3"}
	must(ctx, t, l.Host("n1"), createTable)

	for _, order := range [][]string{{"n1", "n2", "n3"}, {"n3", "n1", "n2"}, {"n2", "n3", "n1"}} {
		t.Run("stopped in order "+strings.Join(order, " "), func(t *testing.T) {
			w := startWriting(ctx, t, l, members)
			stopInOrder(ctx, t, l, order, w)
			for _, st := range both() {
				first := coldStart(ctx, t, l, st, members)
				if first[0] != order[2] {
					t.Errorf("%s started first on %v; %s stopped last", st.Name(), first, order[2])
				}
			}
			w.check(ctx, t, l, members)
		})
	}
	t.Run("power lost on all at once, under writes", func(t *testing.T) {
		w := startWriting(ctx, t, l, members)
		<-time.After(5 * time.Second)
		for _, h := range l.Hosts() {
			mask(ctx, t, h)
		}
		w.gather(ctx, t, l)
		cut(ctx, t, l, members...)
		w.gather(ctx, t, l)
		for _, st := range both() {
			coldStart(ctx, t, l, st, members)
		}
		w.check(ctx, t, l, members)
	})
	t.Run("power lost on one after another", func(t *testing.T) {
		for _, h := range l.Hosts() {
			mask(ctx, t, h)
		}
		w := startWriting(ctx, t, l, members)
		for _, host := range []string{"n2", "n3", "n1"} {
			// The others go on writing only once they have noticed the last loss.
			<-time.After(12 * time.Second)
			w.gather(ctx, t, l)
			if err := l.Host(host).Cut(ctx); err != nil {
				t.Fatal(err)
			}
		}
		powerAll(ctx, t, l)
		w.gather(ctx, t, l)
		for _, st := range both() {
			if first := coldStart(ctx, t, l, st, members); first[0] != "n1" {
				t.Errorf("%s started first on %v; n1 was the last to lose power", st.Name(), first)
			}
		}
		w.check(ctx, t, l, members)
	})
	t.Run("power lost on two at once", func(t *testing.T) {
		for _, h := range l.Hosts() {
			mask(ctx, t, h)
		}
		w := startWriting(ctx, t, l, members)
		<-time.After(5 * time.Second)
		w.gather(ctx, t, l)
		cut(ctx, t, l, "n2", "n3")
		w.gather(ctx, t, l)
		for _, st := range both() {
			coldStart(ctx, t, l, st, members)
		}
		w.check(ctx, t, l, members)
	})
	t.Run("power lost, and the services start by themselves", func(t *testing.T) {
		for _, h := range l.Hosts() {
			must(ctx, t, h, "systemctl -q enable mariadb rabbitmq-server")
		}
		w := startWriting(ctx, t, l, members)
		<-time.After(5 * time.Second)
		w.gather(ctx, t, l)
		cut(ctx, t, l, members...)
		w.gather(ctx, t, l)
		for _, st := range both() {
			coldStart(ctx, t, l, st, members)
		}
		w.check(ctx, t, l, members)
	})
}

// mask keeps the services from starting at boot, as in maintenance mode.
func mask(ctx context.Context, t *testing.T, h *lab.Host) {
	must(ctx, t, h, "systemctl -q disable mariadb rabbitmq-server")
}

// cut takes the power of hosts at once, and gives it back.
func cut(ctx context.Context, t *testing.T, l *lab.Lab, hosts ...string) {
	t.Helper()
	done := make(chan error)
	for _, host := range hosts {
		go func() { done <- l.Host(host).Cut(ctx) }()
	}
	for range hosts {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	powerAll(ctx, t, l)
}

func powerAll(ctx context.Context, t *testing.T, l *lab.Lab) {
	t.Helper()
	for _, h := range l.Hosts() {
		if h.On() {
			continue
		}
		if err := h.Power(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range l.Hosts() {
		if err := h.WaitSSH(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func stopInOrder(ctx context.Context, t *testing.T, l *lab.Lab, order []string, w *writing) {
	t.Helper()
	for _, host := range order {
		<-time.After(2 * time.Second)
		w.gather(ctx, t, l)
		must(ctx, t, l.Host(host), "systemctl stop mariadb rabbitmq-server")
	}
	w.gather(ctx, t, l)
}

// writing is a writer on each host that notes what was acknowledged, on its disk.
type writing struct {
	round string
	acked map[string]int
}

// writer commits rows on its own host and prints a line for each that was
// acknowledged.
const writer = `n=0
while :; do
	n=$((n+1))
	mysql -e "INSERT INTO app.cold (who, n, t) VALUES ('%[1]s', $n, '%[2]s')" 2>/dev/null || { n=$((n-1)); sleep 0.1; continue; }
	echo $n >/root/acked.%[2]s
done`

func startWriting(ctx context.Context, t *testing.T, l *lab.Lab, members []string) *writing {
	t.Helper()
	w := &writing{round: strconv.FormatInt(time.Now().UnixNano(), 36), acked: map[string]int{}}
	for _, host := range members {
		must(ctx, t, l.Host(host), fmt.Sprintf("echo 0 >/root/acked.%s; systemd-run -q --unit=writer-%s sh -c %s",
			w.round, w.round, quote(fmt.Sprintf(writer, host, w.round))))
	}
	return w
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// gather takes over what was acknowledged so far.
func (w *writing) gather(ctx context.Context, t *testing.T, l *lab.Lab) {
	for _, h := range l.Hosts() {
		if !h.On() {
			continue
		}
		n, _ := strconv.Atoi(must(ctx, t, h, "cat /root/acked."+w.round))
		w.acked[h.Name()] = max(w.acked[h.Name()], n)
	}
}

// check wants every acknowledged row on every member.
func (w *writing) check(ctx context.Context, t *testing.T, l *lab.Lab, members []string) {
	t.Helper()
	for _, h := range l.Hosts() {
		must(ctx, t, h, "systemctl stop 'writer-*'")
	}
	for _, host := range members {
		for _, who := range slices.Clone(members) {
			got, _ := strconv.Atoi(must(ctx, t, l.Host(host), fmt.Sprintf(`mysql -NBe "SELECT COUNT(DISTINCT n) FROM app.cold WHERE who='%s' AND t='%s' AND n<=%d"`, who, w.round, w.acked[who])))
			if got != w.acked[who] {
				t.Errorf("%s has %d of %d acknowledged rows of %s", host, got, w.acked[who], who)
			}
		}
	}
	t.Logf("acknowledged and there: %v", w.acked)
}
