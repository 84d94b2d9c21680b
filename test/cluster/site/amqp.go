package site

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"umm/internal/lab"
)

// amqpSession is one connection to RabbitMQ with one channel.
type amqpSession struct {
	raw      net.Conn
	channel  *amqp.Channel
	queue    string
	returned chan amqp.Return
	closed   chan *amqp.Error
}

// openAMQP logs in through the virtual IP.
func openAMQP(ctx context.Context, l *lab.Lab, queue string) (*amqpSession, error) {
	s := &amqpSession{queue: queue, returned: make(chan amqp.Return, 1), closed: make(chan *amqp.Error, 1)}
	conn, err := amqp.DialConfig(fmt.Sprintf("amqp://%s:%s@%s:%d/", User, Password, VIP, AMQPPort), amqp.Config{
		Heartbeat: 2 * time.Second,
		Dial: func(_, _ string) (net.Conn, error) {
			var err error
			if s.raw, err = dial(ctx, l, VIP, AMQPPort); err != nil {
				return nil, err
			}
			return s.raw, s.raw.SetDeadline(time.Now().Add(writeLimit)) // for the handshake
		},
	})
	if err == nil {
		conn.NotifyClose(s.closed)
		s.channel, err = openChannel(conn)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.channel.NotifyReturn(s.returned)
	return s, nil
}

// openChannel bounds what the library does not: a server that is being lost never
// answers.
func openChannel(conn *amqp.Connection) (*amqp.Channel, error) {
	type result struct {
		channel *amqp.Channel
		err     error
	}
	done := make(chan result, 1)
	go func() {
		channel, err := conn.Channel()
		if err == nil {
			err = channel.Confirm(false)
		}
		done <- result{channel, err}
	}()
	limit := time.NewTimer(writeLimit)
	defer limit.Stop()
	select {
	case r := <-done:
		return r.channel, r.err
	case <-limit.C:
		return nil, errors.New("no channel in time")
	}
}

func (s *amqpSession) write(ctx context.Context, number int) error {
	confirm, err := s.channel.PublishWithDeferredConfirmWithContext(ctx, "", s.queue, true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(strconv.Itoa(number))})
	if err != nil {
		return err
	}
	select {
	case <-confirm.Done():
	case err := <-s.closed:
		return fmt.Errorf("closed before the confirm: %w", err)
	case <-ctx.Done():
		return errors.New("no confirm in time")
	}
	if !confirm.Acked() {
		return errors.New("refused by the broker")
	}
	select {
	case r, open := <-s.returned: // comes before the confirm
		if open {
			return fmt.Errorf("returned: %s", r.ReplyText)
		}
	default:
	}
	return nil
}

// close does not say goodbye: the server may be gone.
func (s *amqpSession) close() {
	if s.raw != nil {
		_ = s.raw.Close()
	}
}

// backlog is how many messages stay in the queue, so that some always outlive what
// happens to their broker.
const backlog = 200

// consumer takes messages from the queue, the newest backlog apart, and tries again
// when it loses its connection.
type consumer struct {
	lab   *lab.Lab
	queue string
	// seen are the numbers of the messages whose receipt was acknowledged.
	seen map[int]bool
}

func (c *consumer) run(ctx context.Context) {
	for ctx.Err() == nil {
		// What it had not acknowledged goes back into the queue.
		if err := c.consume(ctx, backlog, 0); err != nil {
			wait(ctx, retryPause)
		}
	}
}

// drain takes all that is left, until nothing comes for idle.
func (c *consumer) drain(ctx context.Context, idle time.Duration) error {
	return c.consume(ctx, 0, idle)
}

// consume acknowledges messages once keep newer ones are there. With idle it ends
// when nothing comes for so long.
func (c *consumer) consume(ctx context.Context, keep int, idle time.Duration) error {
	s, err := openAMQP(ctx, c.lab, c.queue)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.channel.Qos(2*backlog, 0, false); err != nil {
		return err
	}
	messages, err := s.channel.ConsumeWithContext(ctx, c.queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	var held []amqp.Delivery
	for {
		var quiet <-chan time.Time
		if idle > 0 {
			quiet = time.After(idle)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-quiet:
			return nil
		case m, ok := <-messages:
			if !ok {
				return errors.New("the consumer's connection is lost")
			}
			held = append(held, m)
		}
		for len(held) > keep {
			number, err := strconv.Atoi(string(held[0].Body))
			if err != nil {
				return fmt.Errorf("a message that nobody sent: %q", held[0].Body)
			}
			if err := held[0].Ack(false); err != nil {
				return err
			}
			c.seen[number] = true
			held = held[1:]
		}
	}
}
