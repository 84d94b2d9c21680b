package lock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"umm/internal/cluster/lock"
	"umm/internal/execx"
)

// store is etcd behind etcdctl: it knows the one key, reading it and two
// transactions on it.
type store struct {
	t        *testing.T
	mutex    sync.Mutex
	value    string
	revision int
	down     bool
}

var (
	create = regexp.MustCompile(`^create\("umm/lock"\) = "0"\n\nput umm/lock (\S+)\n\n\n$`)
	remove = regexp.MustCompile(`^mod\("umm/lock"\) = "(\d+)"\n\ndel umm/lock\n\n\n$`)
)

func (s *store) Run(_ context.Context, cmd execx.Cmd) (execx.Result, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !slices.Equal(cmd.Env, []string{"ETCDCTL_API=3"}) || cmd.Limit <= 0 || len(cmd.Argv) < 3 || cmd.Argv[1] != "--cacert=/ca" {
		s.t.Errorf("it is called by %q, %q", cmd.Argv, cmd.Env)
	}
	if s.down {
		return execx.Result{Code: 1, Stderr: []byte("Error: context deadline exceeded\n")}, nil
	}
	words, stdin := strings.Join(cmd.Argv[2:], " "), string(cmd.Stdin)
	puts, deletes := create.FindStringSubmatch(stdin), remove.FindStringSubmatch(stdin)
	switch {
	case words == "get umm/lock -w json":
		answer := map[string]any{"header": map[string]int{"revision": s.revision}}
		if s.value != "" {
			answer["kvs"] = []any{map[string]any{"value": []byte(s.value), "mod_revision": s.revision}}
		}
		out, err := json.Marshal(answer)
		return execx.Result{Stdout: out}, err
	case words == "txn" && puts != nil:
		if s.value == "" {
			s.value, s.revision = puts[1], s.revision+1
		}
		return execx.Result{}, nil
	case words == "txn" && deletes != nil:
		if deletes[1] == fmt.Sprint(s.revision) {
			s.value, s.revision = "", s.revision+1
		}
		return execx.Result{}, nil
	}
	s.t.Errorf("a command that nobody knows: %q %q", cmd.Argv, stdin)
	return execx.Result{}, errors.New("unknown")
}

func TestEtcd(t *testing.T) { synctest.Test(t, etcd) }

func etcd(t *testing.T) {
	s := &store{t: t}
	engine := func() lock.Engine {
		return lock.NewEtcd([]lock.Host{{Name: "n1", Run: s}, {Name: "n2", Run: s}}, "etcdctl", "--cacert=/ca")
	}
	ctx, l := acquire(t, keeper(t, engine()), "r1")
	_, _, err := keeper(t, engine()).Acquire(t.Context(), claim("r2"))
	if held := wantHeld(t, err, "r1"); held.Claim != claim("r1") || held.Where != "etcd" {
		t.Errorf("it says %+v", held)
	}
	wantHeld(t, keeper(t, engine()).Break(t.Context(), claim("r2")), "r1")
	if ctx.Err() != nil {
		t.Fatal(context.Cause(ctx))
	}
	must(t, l.Release(t.Context()))
	ctx, _ = acquire(t, keeper(t, engine()), "r2")
	must(t, keeper(t, engine()).Break(t.Context(), claim("r2")))
	wantLost(ctx, t, "the claim was removed")

	ctx, _ = acquire(t, keeper(t, engine()), "r3")
	s.mutex.Lock()
	s.down = true
	s.mutex.Unlock()
	wantLost(ctx, t, "it could not be verified for")
	_, _, err = keeper(t, engine()).Acquire(t.Context(), claim("r4"))
	if err == nil || !strings.Contains(err.Error(), "cannot take the cluster lock in etcd: n1: etcdctl --cacert") && !strings.Contains(err.Error(), "context deadline exceeded") {
		t.Errorf("it says %v", err)
	}
}
