package site

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"umm/internal/lab"
)

// clientsProgram is the program of test/clients, which has the drivers of MariaDB and
// RabbitMQ: UMM_CLIENTS names it, or it is built.
var clientsProgram = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("UMM_CLIENTS"); path != "" {
		return path, nil
	}
	_, here, _, _ := runtime.Caller(0)
	dir, err := os.MkdirTemp("", "umm-clients-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "clients")
	build := exec.Command("go", "build", "-C", filepath.Join(filepath.Dir(here), "../../clients"), "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build test/clients: %w\n%s", err, out)
	}
	return path, nil
})

// driver is a process of that program with one connection. It ends with the connection.
type driver struct {
	process *exec.Cmd
	input   io.WriteCloser
	// lines are what it prints; the channel is closed when it ends.
	lines chan string
}

// startDriver connects to an address of the site and lets the program speak to it.
func startDriver(ctx context.Context, l *lab.Lab, addr string, port uint16, args ...string) (*driver, error) {
	program, err := clientsProgram()
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, l, addr, port)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d := &driver{process: exec.Command(program, args...), lines: make(chan string, 1)}
	d.process.ExtraFiles = []*os.File{file} // its descriptor 3
	if d.input, err = d.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := d.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.process.Start(); err != nil {
		return nil, err
	}
	go func() {
		for lines := bufio.NewScanner(output); lines.Scan(); {
			d.lines <- lines.Text()
		}
		close(d.lines)
	}()
	return d, nil
}

// openDriver is startDriver for what answers once it has logged in.
func openDriver(ctx context.Context, l *lab.Lab, addr string, port uint16, args ...string) (*driver, error) {
	d, err := startDriver(ctx, l, addr, port, args...)
	if err != nil {
		return nil, err
	}
	// It bounds its steps itself.
	ctx, cancel := context.WithTimeout(ctx, 3*writeLimit)
	defer cancel()
	if err := d.answer(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// ask sends a line and waits for its answer.
func (d *driver) ask(ctx context.Context, line string) error {
	if _, err := io.WriteString(d.input, line+"\n"); err != nil {
		return fmt.Errorf("the client has ended: %w", err)
	}
	return d.answer(ctx)
}

func (d *driver) answer(ctx context.Context) error {
	select {
	case line, open := <-d.lines:
		switch {
		case !open:
			return errors.New("the client has ended")
		case line != "ok":
			return errors.New(strings.TrimPrefix(line, "error "))
		}
		return nil
	case <-ctx.Done():
		return errors.New("no answer in time")
	}
}

// close does not say goodbye: the server may be gone.
func (d *driver) close() {
	_ = d.process.Process.Kill()
	for range d.lines {
	}
	_ = d.process.Wait()
}

// sqlSession is one connection to MariaDB.
type sqlSession struct {
	*driver
	table string
}

// openSQL logs in at an address as clients do.
func openSQL(ctx context.Context, l *lab.Lab, addr, table string) (*sqlSession, error) {
	d, err := openDriver(ctx, l, addr, SQLPort, "sql")
	return &sqlSession{d, table}, err
}

func (s *sqlSession) write(ctx context.Context, number int) error {
	return s.exec(ctx, fmt.Sprintf("INSERT INTO %s (n) VALUES (%d)", s.table, number))
}

func (s *sqlSession) exec(ctx context.Context, statement string) error {
	return s.ask(ctx, "exec "+statement)
}

// ready asks whether this member of Galera serves.
func (s *sqlSession) ready(ctx context.Context) bool { return s.ask(ctx, "ready") == nil }

// amqpSession is one connection to RabbitMQ, through the virtual IP.
type amqpSession struct{ *driver }

func openAMQP(ctx context.Context, l *lab.Lab, queue string) (*amqpSession, error) {
	d, err := openDriver(ctx, l, VIP, AMQPPort, "amqp", queue)
	return &amqpSession{d}, err
}

func (s *amqpSession) write(ctx context.Context, number int) error {
	return s.ask(ctx, "publish "+strconv.Itoa(number))
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
	d, err := startDriver(ctx, c.lab, VIP, AMQPPort, "consume", c.queue, strconv.Itoa(keep), idle.String())
	if err != nil {
		return err
	}
	defer d.close()
	// Told to end, it ends by itself: what it has acknowledged it has printed then.
	over, stop := ctx.Done(), (<-chan time.Time)(nil)
	for {
		select {
		case line, open := <-d.lines:
			if !open {
				if ctx.Err() == nil && idle == 0 {
					return errors.New("the client has ended")
				}
				return ctx.Err()
			}
			if text, failed := strings.CutPrefix(line, "error "); failed {
				return errors.New(text)
			}
			number, err := strconv.Atoi(strings.TrimPrefix(line, "acked "))
			if err != nil {
				return fmt.Errorf("a message that nobody sent: %q", line)
			}
			c.seen[number] = true
		case <-over:
			_ = d.input.Close()
			over, stop = nil, time.After(2*writeLimit)
		case <-stop:
			return ctx.Err()
		}
	}
}
