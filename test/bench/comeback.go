package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
	"umm/internal/execx"
)

// noticeBudget is how long after its sshd answers a host may be waited for, in seconds.
const noticeBudget = 0.2

const comebackNotes = `Return: half of the times connections were refused meanwhile, half of the times nothing answered.
`

// The host that goes and comes back, and where it is while it is away: behind a
// cable at whose other end nobody has its address.
const (
	comebackHost = "203.0.113.2"
	comebackNet  = "203.0.113.1/24"
	shortestAway = 1300 * time.Millisecond
)

// comeback is "inside comeback N": how long it takes to notice that a host is back, in
// seconds, N times where its address refuses connections meanwhile and N times where
// nothing answers.
func comeback(ctx context.Context, args []string, out io.Writer) (err error) {
	n, err := strconv.Atoi(strings.Join(args, " "))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-comeback")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	key, err := sshtest.WriteKey(keyFile(dir), "ed25519", "")
	if err != nil {
		return err
	}
	var boot atomic.Int32
	s, err := sshtest.Start(sshtest.Config{Addr: "0.0.0.0:22", Authorized: []string{key},
		Handler: sshtest.Answer(func(string, string, []byte) (string, string, int) { return strconv.Itoa(int(boot.Load())), "", 0 })})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := os.WriteFile(knownFile(dir), []byte(s.KnownHosts(comebackHost)), 0o600); err != nil {
		return err
	}
	p, err := transport.New(transport.Options{ConfigFile: transport.None, AgentSocket: transport.None, User: "root",
		KnownHosts: []string{knownFile(dir)}, IdentityFiles: []string{keyFile(dir)}})
	if err != nil {
		return err
	}
	defer p.Close()
	h, err := p.Host("host", transport.Target{Address: comebackHost})
	if err != nil {
		return err
	}
	for _, argv := range [][]string{
		{"link", "add", "away", "type", "veth", "peer", "name", "nowhere"}, {"addr", "add", comebackNet, "dev", "away"},
		{"link", "set", "away", "up"}, {"link", "set", "nowhere", "up"},
		{"neighbor", "add", comebackHost, "lladdr", "02:00:00:00:00:02", "dev", "away", "nud", "permanent"},
	} {
		if err := ip(ctx, argv...); err != nil {
			return err
		}
	}
	for i := range 2 * n {
		took, err := oneComeback(ctx, h, s, &boot, i%2 == 1)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, took.Seconds())
	}
	return nil
}

func ip(ctx context.Context, argv ...string) error {
	return quietly(exec.CommandContext(ctx, "ip", argv...))
}

func oneComeback(ctx context.Context, h *transport.Host, s *sshtest.Server, boot *atomic.Int32, silent bool) (time.Duration, error) {
	route := []string{"local", comebackHost, "dev", "lo"}
	if err := ip(ctx, append([]string{"route", "replace"}, route...)...); err != nil {
		return 0, err
	}
	ask := func(ctx context.Context) (string, error) {
		res, err := h.Run(ctx, execx.Cmd{Argv: []string{"boot-id"}, Limit: 5 * time.Second})
		return string(res.Stdout), err
	}
	if _, err := ask(ctx); err != nil {
		return 0, err
	}
	back := make(chan time.Time, 1)
	failed := make(chan error, 1)
	go func() {
		var err error
		if silent {
			err = ip(ctx, append([]string{"route", "delete"}, route...)...)
			s.Cut()
		} else {
			s.Down()
		}
		<-time.After(shortestAway + rand.N(time.Second))
		boot.Add(1)
		if silent {
			err = errors.Join(err, ip(ctx, append([]string{"route", "add"}, route...)...))
		} else {
			err = errors.Join(err, s.Up())
		}
		back <- time.Now()
		failed <- err
	}()
	before := strconv.Itoa(int(boot.Load()))
	err := h.WaitReady(ctx, func(ctx context.Context) (bool, error) {
		now, err := ask(ctx)
		return now != before, err
	})
	noticed := time.Now()
	return noticed.Sub(<-back), errors.Join(err, <-failed)
}

// comebacks measures it in a network namespace of its own.
func (b *bench) comebacks(ctx context.Context) error {
	b.tell("a host goes and comes back, %d times", 2*b.rounds)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var text []byte
	err = apart(ctx, func() (err error) {
		cmd := exec.CommandContext(ctx, self, "inside", "comeback", strconv.Itoa(b.rounds))
		cmd.Stderr = os.Stderr
		text, err = cmd.Output()
		return err
	})
	if err != nil {
		return err
	}
	var took []float64
	for word := range strings.FieldsSeq(string(text)) {
		seconds, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return err
		}
		took = append(took, seconds)
	}
	b.add(row{what: "a host's return until it is noticed", against: "its budget", ratio: slices.Max(took) / noticeBudget, goal: 1,
		note: fmt.Sprintf("%s ms, at most %s ms of %d", millis(median(took)), millis(slices.Max(took)), len(took))})
	return nil
}
