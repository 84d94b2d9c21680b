package transport

import (
	"cmp"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport/sshconfig"
	"umm/internal/execx"
	"umm/internal/sanitize"
)

// leastRSA is the length below which no OpenSSH takes an RSA key, in bits.
const leastRSA = 1024

// knownAlgorithms are those by which hosts may prove themselves to this program. They are
// what it offers where no ssh could be asked: ssh-rsa is there for OpenSSH before 7.2, which
// has no other for its RSA keys.
var knownAlgorithms = []string{
	ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA,
}

// signatures are what authorities may sign with where no ssh could be asked: not SHA-1.
var signatures = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// plainKind is the kind of plain key behind an algorithm; cert says that it wants a
// certificate.
func plainKind(algorithm string) (kind string, cert bool) {
	kind, cert = strings.CutSuffix(algorithm, "-cert-v01@openssh.com")
	if kind == ssh.KeyAlgoRSASHA256 || kind == ssh.KeyAlgoRSASHA512 {
		kind = ssh.KeyAlgoRSA
	}
	return kind, cert
}

// offered are the algorithms that a host's configuration allows and this program knows.
func offered(c sshconfig.Crypto) []string {
	if len(c.HostKeyAlgorithms) == 0 {
		return slices.Clone(knownAlgorithms)
	}
	return slices.DeleteFunc(slices.Clone(c.HostKeyAlgorithms), func(a string) bool { return !slices.Contains(knownAlgorithms, a) })
}

// order puts those first that fit what is recorded, as ssh does: a host with several keys
// then shows one that can be compared.
func (k known) order(algorithms []string) []string {
	has := func(algorithm string) bool {
		kind, _ := plainKind(algorithm)
		return slices.ContainsFunc(k.keys, func(key HostKey) bool { return key.Type == kind })
	}
	if len(algorithms) == 0 || has(algorithms[0]) {
		return algorithms
	}
	var first, rest []string
	for _, a := range algorithms {
		if _, cert := plainKind(a); has(a) || cert && len(k.authorities) > 0 {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

// algorithms are those to offer to the host. What KnownHostsCommand says of it is added to
// what is recorded.
func (h *Host) algorithms(ctx context.Context, k *known) ([]string, error) {
	allowed := offered(h.conf.Crypto)
	if len(allowed) == 0 {
		return nil, &HostKeyRefused{Host: h.name, Addr: h.addr, Why: "umm-cluster knows none of the HostKeyAlgorithms of its ssh configuration: " + strings.Join(h.conf.HostKeyAlgorithms, ",")}
	}
	if len(h.conf.KnownHostsCommand) == 0 {
		return k.order(allowed), nil
	}
	said, err := h.commanded(ctx, "ORDER", *k, nil)
	return said.order(allowed), err
}

// judge decides on the key that a host shows, as ssh does; nil is a key that is trusted.
func (h *Host) judge(ctx context.Context, k known, remote net.Addr, key ssh.PublicKey) error {
	plain, _ := withoutCert(key)
	if bits, isRSA := rsaBits(plain); isRSA && bits < max(leastRSA, h.conf.RequiredRSASize) {
		return h.refuse(plain, fmt.Sprintf("an RSA key of %d bits is too short: RequiredRSASize is %d", bits, max(leastRSA, h.conf.RequiredRSASize)))
	}
	if err := h.revoked(ctx, key); err != nil {
		return err
	}
	if h.conf.TrustLocalhost && h.conf.HostKeyAlias == "" && h.jump == nil && loopback(remote) {
		return nil
	}
	if len(h.conf.KnownHostsCommand) > 0 {
		var err error
		if k, err = h.commanded(ctx, "HOSTNAME", k, key); err != nil {
			return err
		}
	}
	return h.verdict(k, key, time.Now())
}

// verdict is judge by what is recorded.
func (h *Host) verdict(k known, key ssh.PublicKey, now time.Time) error {
	cert, certified := key.(*ssh.Certificate)
	status := k.status(key)
	why := ""
	var misfit error
	if status == fits && certified {
		if why = h.misfit(cert, now); why == "" {
			return nil
		}
		status = stranger
	} else if status == stranger && k.bare != nil {
		err := h.verdict(*k.bare, key, now)
		var revoked *HostKeyRevoked
		if err == nil || errors.As(err, &revoked) {
			return err
		}
		misfit = err
	}
	if certified && status != revokedKey {
		// Its plain key may be recorded all the same.
		err := h.verdict(k, cert.Key, now)
		var unknown *HostKeyUnknown
		var refused *HostKeyRefused
		switch {
		case !errors.As(err, &unknown):
			return err
		case why != "":
			return h.refuse(cert.Key, "its host certificate does not hold: "+why+"; and its key itself is not recorded")
		case errors.As(misfit, &refused):
			return misfit
		}
		return err
	}
	plain, _ := withoutCert(key)
	switch status {
	case fits:
		return nil
	case revokedKey:
		return &HostKeyRevoked{Host: h.name, Addr: h.addr, Key: k.revocation(key)}
	case differs:
		return &HostKeyChanged{Host: h.name, Addr: h.addr, Key: hostKey(plain), Recorded: k.keys}
	default:
		return &HostKeyUnknown{Host: h.name, Addr: h.addr, Key: hostKey(plain)}
	}
}

// keyStatus is what is recorded of a key.
type keyStatus int

const (
	stranger keyStatus = iota
	fits
	differs
	revokedKey
)

func (k known) status(key ssh.PublicKey) keyStatus {
	cert, certified := key.(*ssh.Certificate)
	holds := func(keys []HostKey, wanted ssh.PublicKey) bool {
		return slices.ContainsFunc(keys, func(r HostKey) bool { return r.same(wanted) })
	}
	switch {
	case k.revocation(key).key != nil:
		return revokedKey
	case certified && holds(k.authorities, cert.SignatureKey), !certified && holds(k.keys, key):
		return fits
	case !certified && len(k.keys) > 0:
		return differs
	}
	return stranger
}

// revocation is the line that revokes a key, or the authority that has signed it.
func (k known) revocation(key ssh.PublicKey) HostKey {
	plain, authority := withoutCert(key)
	for _, r := range k.revoked {
		if r.same(plain) || authority != nil && r.same(authority) {
			return r
		}
	}
	return HostKey{}
}

// withoutCert is the key itself, and who has signed its certificate.
func withoutCert(key ssh.PublicKey) (plain, authority ssh.PublicKey) {
	if cert, certified := key.(*ssh.Certificate); certified {
		return cert.Key, cert.SignatureKey
	}
	return key, nil
}

// misfit says why a certificate of a known authority does not hold for the host.
func (h *Host) misfit(cert *ssh.Certificate, now time.Time) string {
	allowed := h.conf.CASignatureAlgorithms
	if len(allowed) == 0 {
		allowed = signatures
	}
	name := cmp.Or(h.conf.HostKeyAlias, h.conf.HostName)
	switch {
	case cert.CertType != ssh.HostCert:
		return "it is not for hosts"
	case len(cert.ValidPrincipals) == 0:
		return "it names no host, which OpenSSH 10.3 and later refuse"
	case !slices.Contains(cert.ValidPrincipals, name):
		return "it is for " + sanitize.Phrase(strings.Join(cert.ValidPrincipals, ", "), mostSaid)
	case !slices.Contains(allowed, cert.Signature.Format):
		return "it is signed with " + sanitize.Phrase(cert.Signature.Format, mostSaid) + ", which CASignatureAlgorithms leaves out"
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return now }}
	if err := checker.CheckCert(name, cert); err != nil {
		return strings.TrimPrefix(sanitize.Phrase(err.Error(), mostSaid), "ssh: ")
	}
	return ""
}

func (h *Host) refuse(key ssh.PublicKey, why string) error {
	return &HostKeyRefused{Host: h.name, Addr: h.addr, Key: hostKey(key), Why: why}
}

func loopback(a net.Addr) bool {
	tcp, is := a.(*net.TCPAddr)
	return is && tcp.IP.IsLoopback()
}

// rsaBits is the length of an RSA key.
func rsaBits(key ssh.PublicKey) (bits int, is bool) {
	plain, _ := withoutCert(key)
	c, is := plain.(ssh.CryptoPublicKey)
	if !is {
		return 0, false
	}
	k, is := c.CryptoPublicKey().(*rsa.PublicKey)
	if !is {
		return 0, false
	}
	return k.N.BitLen(), true
}

// commanded is k and what KnownHostsCommand prints; key is what the host shows, nil before
// it has.
func (h *Host) commanded(ctx context.Context, invocation string, k known, key ssh.PublicKey) (known, error) {
	more := sshconfig.Tokens{'H': h.keyName, 'I': invocation, 't': "NONE", 'f': "NONE", 'K': "NONE"}
	if key != nil {
		plain, _ := withoutCert(key)
		more['t'], more['f'], more['K'] = key.Type(), ssh.FingerprintSHA256(plain), base64.StdEncoding.EncodeToString(key.Marshal())
	}
	argv := slices.Clone(h.conf.KnownHostsCommand)
	fail := func(why string) (known, error) {
		return k, &HostKeyRefused{Host: h.name, Addr: h.addr, Why: "KnownHostsCommand " + argv[0] + " " + why}
	}
	for i := range argv[1:] {
		var err error
		if argv[i+1], err = h.conf.Tokens.Expand(argv[i+1], more); err != nil {
			return fail("has an argument that cannot be told: " + err.Error())
		}
	}
	if !strings.HasPrefix(argv[0], "/") {
		return fail("does not begin with /")
	}
	res, err := h.pool.local.Run(ctx, execx.Cmd{Argv: argv, Limit: h.pool.limits.Login, Keep: maxCommanded})
	switch {
	case err != nil:
		return fail("cannot be asked: " + err.Error())
	case res.Code != 0:
		return fail(fmt.Sprintf("failed with exit status %d: %s", res.Code, said(string(res.Stderr))))
	case len(res.Stdout) >= maxCommanded:
		return fail(fmt.Sprintf("prints more than %d bytes", maxCommanded))
	}
	n := 0
	for text := range strings.Lines(string(res.Stdout)) {
		n++
		if line, ok := parseKnown(text); ok && line.of(h.keyName) {
			line.key.File, line.key.Line = "KnownHostsCommand", n
			k.add(line)
		}
	}
	return k, nil
}

// maxCommanded bounds what KnownHostsCommand may print, in bytes.
const maxCommanded = 8 << 20
