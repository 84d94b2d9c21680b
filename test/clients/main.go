// Command clients speaks to MariaDB and RabbitMQ for the tests of clusters, over a connection
// that is open already: descriptor 3. It is a module of its own, so that umm's has no
// driver of a database in it.
//
//	clients sql             then lines: exec STATEMENT, ready
//	clients amqp QUEUE      then lines: publish TEXT
//	clients consume QUEUE KEEP IDLE
//
// sql and amqp answer "ok" or "error TEXT" once they have logged in, and after each line;
// consume prints each message whose receipt it has acknowledged, in a line that begins with
// "acked ". All end with the input.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// How the clients log in.
const (
	user     = "app"
	password = "app"
	database = "app"
)

// limit is how long a server may take to answer.
const limit = time.Second

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", "; "))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	conn, err := inherited()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "sql":
		s, err := openSQL(ctx, conn)
		if err != nil {
			return err
		}
		return serve(ctx, s.do)
	case len(args) == 2 && args[0] == "amqp":
		s, err := openAMQP(conn, args[1])
		if err != nil {
			return err
		}
		return serve(ctx, s.do)
	case len(args) == 4 && args[0] == "consume":
		keep, err1 := strconv.Atoi(args[2])
		idle, err2 := time.ParseDuration(args[3])
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		return consume(untilInputEnds(ctx), conn, args[1], keep, idle)
	}
	return errors.New("usage: clients sql | amqp QUEUE | consume QUEUE KEEP IDLE")
}

// inherited is the connection that descriptor 3 is.
func inherited() (net.Conn, error) {
	file := os.NewFile(3, "connection")
	if file == nil {
		return nil, errors.New("there is no descriptor 3")
	}
	defer file.Close()
	return net.FileConn(file)
}

// once hands out a connection that cannot be opened again.
func once(conn net.Conn) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		c := conn
		conn = nil
		if c == nil {
			return nil, errors.New("the connection is lost")
		}
		return c, nil
	}
}

// serve answers the lines of the input.
func serve(ctx context.Context, do func(ctx context.Context, word, rest string) error) error {
	fmt.Println("ok")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		limited, cancel := context.WithTimeout(ctx, limit)
		err := do(limited, word, rest)
		cancel()
		if err != nil {
			return err
		}
		fmt.Println("ok")
	}
	return nil
}

// untilInputEnds is done when the input ends.
func untilInputEnds(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		}
	}()
	return ctx
}
