package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// amqpSession is one connection to RabbitMQ with one channel.
type amqpSession struct {
	channel  *amqp.Channel
	queue    string
	returned chan amqp.Return
	closed   chan *amqp.Error
}

func openAMQP(raw net.Conn, queue string) (*amqpSession, error) {
	s := &amqpSession{queue: queue, returned: make(chan amqp.Return, 1), closed: make(chan *amqp.Error, 1)}
	dial := once(raw)
	conn, err := amqp.DialConfig("amqp://"+user+":"+password+"@"+raw.RemoteAddr().String()+"/", amqp.Config{
		Heartbeat: 2 * time.Second,
		Dial: func(_, _ string) (net.Conn, error) {
			c, err := dial()
			if err != nil {
				return nil, err
			}
			return c, c.SetDeadline(time.Now().Add(limit)) // for the handshake
		},
	})
	if err != nil {
		return nil, err
	}
	conn.NotifyClose(s.closed)
	if s.channel, err = openChannel(conn); err != nil {
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
	select {
	case r := <-done:
		return r.channel, r.err
	case <-time.After(limit):
		return nil, errors.New("no channel in time")
	}
}

func (s *amqpSession) do(ctx context.Context, word, rest string) error {
	if word != "publish" {
		return errors.New("no such line: " + word)
	}
	confirm, err := s.channel.PublishWithDeferredConfirmWithContext(ctx, "", s.queue, true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(rest)})
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

// unacked is how many messages a broker gives before their receipt is acknowledged.
const unacked = 400

// consume acknowledges messages once keep newer ones are there. With idle it ends
// when nothing comes for so long.
func consume(ctx context.Context, raw net.Conn, queue string, keep int, idle time.Duration) error {
	s, err := openAMQP(raw, queue)
	if err != nil {
		return err
	}
	if err := s.channel.Qos(unacked, 0, false); err != nil {
		return err
	}
	messages, err := s.channel.ConsumeWithContext(ctx, queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	var waiting []amqp.Delivery
	for {
		var quiet <-chan time.Time
		if idle > 0 {
			quiet = time.After(idle)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-quiet:
			return nil
		case m, ok := <-messages:
			if !ok {
				return errors.New("the consumer's connection is lost")
			}
			waiting = append(waiting, m)
		}
		for len(waiting) > keep {
			if err := waiting[0].Ack(false); err != nil {
				return err
			}
			fmt.Println("acked", string(waiting[0].Body))
			waiting = waiting[1:]
		}
	}
}
