package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Etcd keeps the claim under a key of etcd, version 3. Every answer of etcd stands on
// a majority of its members. The key has no lease of etcd's own, which would hand the
// cluster on when the master is away: see the package.
type Etcd struct {
	hosts hosts
	argv  []string
}

// NewEtcd asks the hosts in this order. argv is etcdctl with what it needs to reach
// etcd there, as --endpoints and --cacert; empty for etcdctl alone.
func NewEtcd(all []Host, argv ...string) *Etcd {
	if len(argv) == 0 {
		argv = []string{"etcdctl"}
	}
	return &Etcd{hosts: hosts{all: all}, argv: argv}
}

// Name implements Engine.
func (*Etcd) Name() string { return "etcd" }

const etcdKey = "umm/lock"

var etcdEnv = []string{"ETCDCTL_API=3"}

// Take implements Engine.
func (e *Etcd) Take(ctx context.Context, c Claim) error {
	transaction := fmt.Sprintf("create(%q) = \"0\"\n\nput %s %s\n\n\n", etcdKey, etcdKey, etcdValue(c))
	return e.hosts.each(func(h Host) (bool, error) {
		if _, err := e.etcdctl(ctx, h, transaction, "txn"); err != nil {
			return false, err
		}
		has, _, err := e.get(ctx, h)
		switch {
		case err != nil:
			return false, err
		case has == nil:
			return true, errors.New("the claim was removed at once")
		case has.Run != c.Run:
			return true, &HeldError{Claim: *has, Where: e.Name()}
		}
		return true, nil
	})
}

// Read implements Engine.
func (e *Etcd) Read(ctx context.Context, _ string) (answer Answer, err error) {
	err = e.hosts.each(func(h Host) (bool, error) {
		has, _, err := e.get(ctx, h)
		if err != nil {
			return false, err
		}
		answer = Answer{Claim: has, Quorate: true}
		return true, nil
	})
	return answer, err
}

// Drop implements Engine. What is compared is the revision that was read.
func (e *Etcd) Drop(ctx context.Context, run string) error {
	return e.hosts.each(func(h Host) (bool, error) {
		has, revision, err := e.get(ctx, h)
		switch {
		case err != nil:
			return false, err
		case has == nil:
			return true, nil
		case has.Run != run:
			return true, &HeldError{Claim: *has, Where: e.Name()}
		}
		if _, err := e.etcdctl(ctx, h, fmt.Sprintf("mod(%q) = \"%d\"\n\ndel %s\n\n\n", etcdKey, revision, etcdKey), "txn"); err != nil {
			return false, err
		}
		if has, _, err = e.get(ctx, h); err != nil {
			return false, err
		}
		if has != nil && has.Run == run {
			return true, errors.New("the claim changed in the meantime")
		}
		return true, nil
	})
}

func (e *Etcd) etcdctl(ctx context.Context, h Host, stdin string, words ...string) ([]byte, error) {
	return h.output(ctx, stdin, etcdEnv, append(append([]string(nil), e.argv...), words...)...)
}

func (e *Etcd) get(ctx context.Context, h Host) (*Claim, int64, error) {
	out, err := e.etcdctl(ctx, h, "", "get", etcdKey, "-w", "json")
	if err != nil {
		return nil, 0, err
	}
	return parseEtcd(out)
}

// parseEtcd reads etcdctl get -w json: the claim and its revision.
func parseEtcd(out []byte) (*Claim, int64, error) {
	var answer struct {
		Header *struct{} `json:"header"`
		Kvs    []struct {
			Value    []byte `json:"value"`
			Revision int64  `json:"mod_revision"`
		} `json:"kvs"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, 0, fmt.Errorf("cannot understand etcdctl: %w", err)
	}
	if answer.Header == nil {
		return nil, 0, errors.New("cannot understand etcdctl: it does not answer as etcd does")
	}
	if len(answer.Kvs) == 0 {
		return nil, 0, nil
	}
	words, err := url.ParseQuery(string(answer.Kvs[0].Value))
	if err != nil || words.Get("run") == "" {
		return nil, 0, errors.New("the key " + etcdKey + " names no run")
	}
	return claimOf(words.Get), answer.Kvs[0].Revision, nil
}

// etcdValue is one word, whatever is in it: etcdctl would take others apart.
func etcdValue(c Claim) string {
	words := url.Values{}
	for _, name := range claimWords {
		words.Set(name, c.word(name))
	}
	return strings.ReplaceAll(words.Encode(), "+", "%20")
}
