//go:build e2e

package failures_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
)

// host gives one by its name.
func host(name string) *lab.Host { return shared.Lab.Host(name) }

// do runs lines of shell on a host, without ssh, and gives what they print.
func do(ctx context.Context, t *testing.T, name, lines string) string {
	t.Helper()
	out, err := sh(ctx, name, lines)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sh(ctx context.Context, name, lines string) (string, error) {
	res, err := host(name).Enter(ctx, "/bin/sh", "-ec", lines)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s: %q ended with %d: %s%s", name, lines, res.Code, res.Stderr, res.Stdout)
	}
	return strings.TrimSpace(string(res.Stdout)), err
}

// eventually asks until there is no error.
func eventually(ctx context.Context, t *testing.T, what string, limit time.Duration, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

// boots are the boots that hosts are in.
type boots map[string]string

func bootsOf(t *testing.T) boots {
	t.Helper()
	b := boots{}
	for _, h := range shared.Lab.Hosts() {
		if id, err := h.BootID(); err == nil {
			b[h.Name()] = id
		}
	}
	return b
}

// same wants hosts not to have rebooted since, nor to be in maintenance mode.
func (b boots) same(ctx context.Context, t *testing.T, names ...string) {
	t.Helper()
	now := bootsOf(t)
	for _, name := range names {
		if now[name] != b[name] {
			t.Errorf("%s has rebooted", name)
		}
		if mode := do(ctx, t, name, "umm status -o json | sed -n 's/.*\"mode\": *\"\\([a-z]*\\)\".*/\\1/p' | head -n 1"); mode != "operational" {
			t.Errorf("%s is in mode %s", name, mode)
		}
	}
}

// clean wants nothing of a run to be left: on the hosts, in the services, on the
// master.
func (m *master) clean(ctx context.Context) {
	m.t.Helper()
	if err := shared.WaitWhole(ctx); err != nil {
		m.t.Error(err)
	}
	m.nothingLeft(ctx)
}

// nothingLeft is clean for a site that is not whole for other reasons.
func (m *master) nothingLeft(ctx context.Context) {
	m.t.Helper()
	for _, h := range shared.Lab.Hosts() {
		if !h.On() {
			continue
		}
		if left, err := leftOn(ctx, h.Name()); err != nil || left != "" {
			m.t.Errorf("%s has left: %s %v", h.Name(), left, err)
		}
	}
	if left, err := drained(ctx); err != nil || left != "" {
		m.t.Errorf("RabbitMQ: %s %v", left, err)
	}
	claims, err := filepath.Glob(m.state("lease", "*", "claim"))
	if err != nil || len(claims) > 0 {
		m.t.Errorf("claims on the master are left: %q %v", claims, err)
	}
}

// leftOn says what a run left on a host.
func leftOn(ctx context.Context, name string) (string, error) {
	return sh(ctx, name, `
test ! -e /run/umm/guard || { echo "the guard:"; cat /run/umm/guard; }
umm status -o json | grep -q '"mode": *"operational"' || { echo "the mode:"; umm status; } || :
cibadmin -Q -o crm_config 2>/dev/null | grep umm-run || :
cibadmin -Q -o nodes 2>/dev/null | grep standby || :
echo 'show servers state' | socat - UNIX-CONNECT:/run/haproxy/admin.sock | awk 'NF > 6 && $1 != "#" && $7 != 0 { print "HAProxy:", $2 "/" $4, "has admin state", $7 }' || :
`)
}

// drained says which brokers are drained.
func drained(ctx context.Context) (string, error) {
	out, err := sh(ctx, "n1", "rabbitmqctl -q cluster_status --formatter json")
	if err != nil {
		return "", err
	}
	var got struct {
		Maintenance map[string]string `json:"maintenance_status"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		return "", err
	}
	var left []string
	for node, status := range got.Maintenance {
		if status != "not under maintenance" {
			left = append(left, node+" is "+status)
		}
	}
	return strings.Join(left, ", "), nil
}
