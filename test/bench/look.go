package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"umm/internal/cluster/service"
	"umm/internal/cluster/service/detect"
	"umm/internal/cluster/service/galera"
	"umm/internal/cluster/service/haproxy"
	"umm/internal/cluster/service/pacemaker"
	"umm/internal/cluster/service/rabbitmq"
	"umm/internal/execx"
	"umm/internal/lab"
	"umm/test/cluster/site"
)

// lookBudget is what a status of a cluster may take, as a multiple of the slowest command
// that it runs on a host.
const lookBudget = 2.0

const lookNotes = `Look: three practice hosts with Pacemaker, Galera, RabbitMQ and HAProxy. Each command that umm-cluster status runs on
a host is run there alone, over ssh, one after another; the slowest of a round stands beside the whole status.
`

// command is one that umm-cluster status runs on a host.
type command struct {
	what string
	cmd  execx.Cmd
}

// commands are all that it runs on the member that tells most.
func commands(host string, members []string) []command {
	all := []command{{"umm status", execx.Cmd{Argv: []string{"umm", "status", "-o", "json"}}}, {"detect", execx.Cmd{Argv: detect.Ask().Argv}}}
	for _, svc := range []service.Service{pacemaker.Service{}, galera.Service{}, rabbitmq.Service{}, haproxy.Service{}} {
		asks := svc.Asks(host, members)
		if s, ok := svc.(service.Spokesman); ok {
			asks = s.AsksMore(host, members)
		}
		for _, a := range asks {
			all = append(all, command{svc.Name() + " " + a.ID, execx.Cmd{Argv: a.Argv, Stdin: a.Stdin}})
		}
	}
	return all
}

// look measures a status of a practice site beside the slowest of its commands.
func (b *bench) look(ctx context.Context) (err error) {
	b.tell("a site of three hosts with the services of a controller")
	s, err := site.Up(ctx, site.Spec{Name: b.name, Deb: b.pkg, Log: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Down(context.WithoutCancel(ctx))) }()
	dir, err := os.MkdirTemp("", "bench-look")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // It is in /tmp.
	conf := filepath.Join(dir, "umm-cluster.yaml")
	text := fmt.Sprintf("hosts: [{name: n1}, {name: n2}, {name: n3}]\nssh: {config: %s}\nstate_dir: %s/state\n", s.Lab.SSHConfig(), dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return err
	}
	program, err := filepath.Abs(b.clusterProgram)
	if err != nil {
		return err
	}
	status := func(ctx context.Context) (float64, error) {
		argv := s.Lab.InNet(program, "--config", conf, "status")
		begin := time.Now()
		err := quietly(exec.CommandContext(ctx, argv[0], argv[1:]...))
		return time.Since(begin).Seconds(), err
	}
	var names []string
	for _, h := range s.Lab.Hosts() {
		names = append(names, h.Name())
	}
	all := commands(names[0], names)
	times := map[string][]float64{}
	slowestOf := func(ctx context.Context) (float64, error) {
		most := 0.0
		for _, c := range all {
			seconds, err := alone(ctx, s.Lab.Hosts()[0], c)
			if err != nil {
				return 0, err
			}
			times[c.what] = append(times[c.what], seconds)
			most = max(most, seconds)
		}
		return most, nil
	}
	if _, err := status(ctx); err != nil {
		return err
	}
	b.tell("%d rounds of a status and of its commands, one by one", b.rounds)
	pairs, err := interleave(ctx, b.rounds, status, slowestOf)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(x, y command) int {
		return int(1e6 * (median(times[y.what]) - median(times[x.what])))
	})
	slowest := all[0].what
	b.add(row{what: "umm-cluster status of 3 hosts with services", against: "the slowest command in it", pairs: pairs, goal: lookBudget,
		note: fmt.Sprintf("%s; the slowest: %s, then %s %s ms", inMillis(pairs), slowest, all[1].what, millis(median(times[all[1].what])))})
	return nil
}

// alone runs one command on a host.
func alone(ctx context.Context, h *lab.Host, c command) (float64, error) {
	begin := time.Now()
	res, err := h.Runner().Run(ctx, c.cmd)
	took := time.Since(begin).Seconds()
	if err == nil && res.Code != 0 && res.Stdout == nil {
		err = fmt.Errorf("it ended with status %d: %s", res.Code, res.Stderr)
	}
	if err != nil {
		return 0, fmt.Errorf("%s on %s: %w", c.what, h.Name(), err)
	}
	return took, nil
}
