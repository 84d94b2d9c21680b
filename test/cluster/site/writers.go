package site

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"umm/internal/lab"
)

// Writers are two clients of the site, outside of its hosts, that write through the
// virtual IP and HAProxy all the time: one commits rows into Galera, one publishes
// persistent messages to RabbitMQ and waits for the confirms. Both reconnect at
// once. A third takes messages out of the queue, some always left behind.
type Writers struct {
	site     *Site
	sql      *client
	amqp     *client
	consumer *consumer
	table    string
	stop     context.CancelFunc
	done     sync.WaitGroup
}

// Records are what both writers saw.
type Records struct{ SQL, AMQP Record }

// String is a line for each, and one for each gap worth knowing.
func (r Records) String() string {
	var text strings.Builder
	for _, c := range []Record{r.SQL, r.AMQP} {
		fmt.Fprintln(&text, c)
		for _, g := range c.Gaps {
			fmt.Fprintln(&text, "  "+g.String())
		}
	}
	return text.String()
}

// Queue is the durable queue that has copies on all hosts: mirrored where RabbitMQ
// knows that, else of type quorum.
func (s *Site) Queue() string {
	if mirrors(s.Lab.Image().Suite) {
		return "mirrored"
	}
	return "quorum"
}

// StartWriters empties the queue, makes a new table and starts the clients. It
// returns when both have written.
func (s *Site) StartWriters(ctx context.Context) (*Writers, error) {
	w := &Writers{site: s, table: fmt.Sprintf("rows_%d", time.Now().UnixNano()),
		consumer: &consumer{lab: s.Lab, queue: s.Queue(), seen: map[int]bool{}}}
	w.sql = &client{record: Record{Client: "SQL"}, open: func(ctx context.Context) (session, error) {
		return nilIfFailed(openSQL(ctx, s.Lab, VIP, w.table))
	}}
	w.amqp = &client{record: Record{Client: "AMQP"}, open: func(ctx context.Context) (session, error) {
		return nilIfFailed(openAMQP(ctx, s.Lab, w.consumer.queue))
	}}
	if err := w.prepare(ctx); err != nil {
		return nil, fmt.Errorf("cannot start the clients: %w", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	for _, run := range []func(context.Context){w.sql.run, w.amqp.run, w.consumer.run} {
		w.done.Go(func() { run(running) })
	}
	err := until(ctx, 10*time.Second, func(context.Context) error {
		if w.sql.acked() == 0 || w.amqp.acked() == 0 {
			return errors.New("nothing is acknowledged")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot start the clients: %w\n%s", err, w.Stop())
	}
	return w, nil
}

// nilIfFailed keeps a nil pointer from becoming a session.
func nilIfFailed[S session](s S, err error) (session, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (w *Writers) prepare(ctx context.Context) error {
	first := w.site.Lab.Hosts()[0]
	if err := script(ctx, first, "rabbitmqctl -q purge_queue "+w.consumer.queue); err != nil {
		return err
	}
	s, err := openSQL(ctx, w.site.Lab, VIP, w.table)
	if err != nil {
		return err
	}
	defer s.close()
	return s.exec(ctx, "CREATE TABLE "+w.table+" (n INT PRIMARY KEY, at TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)) ENGINE=InnoDB")
}

// Stop ends the clients and tells what they saw. It is called once.
func (w *Writers) Stop() Records {
	end := time.Now()
	w.stop()
	w.done.Wait()
	return Records{SQL: w.sql.finish(end), AMQP: w.amqp.finish(end)}
}

// Verify says which acknowledged writes are not there: a row missing on any host, a
// message that was neither consumed nor is left in the queue. Call it after Stop, on
// a whole site; it empties the queue.
func (w *Writers) Verify(ctx context.Context, r Records) error {
	err := w.site.onAll(ctx, func(ctx context.Context, h *lab.Host) error {
		out, err := output(ctx, h, "mariadb -N -B -e 'SET SESSION wsrep_sync_wait = 1; SELECT n FROM "+Database+"."+w.table+"'")
		if err != nil {
			return err
		}
		there := map[int]bool{}
		for word := range strings.FieldsSeq(out) {
			n, err := strconv.Atoi(word)
			if err != nil {
				return err
			}
			there[n] = true
		}
		return missing("rows", r.SQL.Acked, there)
	})
	if drained := w.consumer.drain(ctx, 2*time.Second); drained != nil {
		return errors.Join(err, fmt.Errorf("cannot empty the queue: %w", drained))
	}
	return errors.Join(err, missing("messages", r.AMQP.Acked, w.consumer.seen))
}

func missing(what string, acked []int, there map[int]bool) error {
	var lost []int
	for _, n := range acked {
		if !there[n] {
			lost = append(lost, n)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d acknowledged %s are lost, the first: %v", len(lost), len(acked), what, lost[:min(10, len(lost))])
}
