package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"
)

// keyGroups are the kinds of keys that a host may have, asked for one at a time.
var keyGroups = [][]string{
	{ssh.KeyAlgoED25519},
	{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521},
	{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA},
}

var errSeen = errors.New("the key has been seen")

// Fetch asks the host for its keys, one of each kind, without logging in. It trusts
// none of them, and none of what it returns is proof of anything: an operator has
// to compare it with what the host itself says.
func (h *Host) Fetch(ctx context.Context) ([]HostKey, error) {
	found := make([]*HostKey, len(keyGroups))
	errs := make([]error, len(keyGroups))
	var wg sync.WaitGroup
	allowed := offered(h.conf.Crypto)
	for i, group := range keyGroups {
		group = slices.DeleteFunc(slices.Clone(group), func(a string) bool { return !slices.Contains(allowed, a) })
		if len(group) == 0 {
			continue
		}
		wg.Go(func() { found[i], errs[i] = h.fetch(ctx, group) })
	}
	wg.Wait()
	var keys []HostKey
	for _, k := range found {
		if k != nil {
			keys = append(keys, *k)
		}
	}
	if len(keys) > 0 {
		return keys, nil
	}
	if err := cmp.Or(errs...); err != nil {
		return nil, err
	}
	return nil, &Unreachable{Host: h.name, Addr: h.addr, Err: errors.New("it has no key of a kind that is known here and that HostKeyAlgorithms allows")}
}

// fetch returns nil for a host that has no key of these kinds.
func (h *Host) fetch(ctx context.Context, algorithms []string) (*HostKey, error) {
	conn, err := h.connect(ctx)
	if err != nil {
		return nil, h.unreachable(ctx, err)
	}
	limited, cancel := context.WithTimeout(ctx, h.pool.limits.Login)
	defer cancel()
	defer context.AfterFunc(limited, func() { conn.Close() })()
	var key *HostKey
	_, _, _, err = ssh.NewClientConn(conn, h.keyAddr(), &ssh.ClientConfig{
		User: h.conf.User, ClientVersion: clientVersion, HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			shown := hostKey(k)
			key = &shown
			return errSeen
		},
	})
	var none *ssh.AlgorithmNegotiationError
	switch {
	case key != nil:
		return key, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, &Unreachable{Host: h.name, Addr: h.addr, Err: noAnswer{"no host key", h.pool.limits.Login}}
	case errors.As(err, &none):
		return nil, nil
	default:
		return nil, h.loginError(err, nil)
	}
}

// Recorded are the keys that are recorded for the host, with their places.
func (h *Host) Recorded() ([]HostKey, error) {
	k, err := h.recorded()
	return k.keys, err
}

// Record records keys that Fetch has returned, durably, in the first of the user's
// files, and returns the file's name. Keys that are recorded already are left
// alone. A host whose recorded keys are others is HostKeyChanged, unless replace
// says that they are to go; a revoked key is refused in any case.
func (h *Host) Record(keys []HostKey, replace bool) (file string, err error) {
	if len(h.conf.KnownHosts) == 0 {
		return "", fmt.Errorf("cannot record the host key of %s: there is no file for it", h.name)
	}
	file = h.conf.KnownHosts[0]
	has, err := h.recorded()
	if err != nil {
		return "", err
	}
	var add []HostKey
	for _, k := range keys {
		if slices.ContainsFunc(has.revoked, func(r HostKey) bool { return r.same(k.key) }) {
			return "", &HostKeyRevoked{Host: h.name, Addr: h.addr, Key: k}
		}
		if err := h.revoked(context.Background(), k.key); err != nil {
			return "", err
		}
		if !slices.ContainsFunc(has.keys, func(r HostKey) bool { return r.same(k.key) }) {
			add = append(add, k)
		}
	}
	wrong := slices.DeleteFunc(slices.Clone(has.keys), func(r HostKey) bool {
		return slices.ContainsFunc(keys, func(k HostKey) bool { return r.same(k.key) })
	})
	for _, k := range add {
		clash := slices.ContainsFunc(wrong, func(r HostKey) bool { return r.Type == k.Type })
		if !replace && (clash || len(wrong) == len(has.keys) && len(wrong) > 0) {
			return "", &HostKeyChanged{Host: h.name, Addr: h.addr, Key: k, Recorded: wrong}
		}
	}
	if !replace {
		wrong = nil
	}
	if len(add) == 0 && len(wrong) == 0 {
		return file, nil
	}
	for _, r := range wrong {
		if r.File != file {
			return "", fmt.Errorf("cannot replace the host key of %s: the old one is recorded in %s:%d, and has to be removed there", h.name, r.File, r.Line)
		}
	}
	if err := writeKnown(file, h.keyName, add, wrong); err != nil {
		return "", fmt.Errorf("cannot record the host key of %s: %w", h.name, err)
	}
	return file, nil
}
