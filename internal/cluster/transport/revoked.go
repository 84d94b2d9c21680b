package transport

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"umm/internal/execx"
)

// krlMagic is how a list of revoked keys begins that only ssh-keygen reads.
var krlMagic = []byte("SSHKRL\n\x00")

// maxRevoked bounds a file of revoked keys, in bytes.
const maxRevoked = 64 << 20

// revoked says whether RevokedHostKeys names the key, or who has signed its certificate. A
// file that cannot be read revokes every key, as with ssh.
func (h *Host) revoked(ctx context.Context, key ssh.PublicKey) error {
	plain, _ := withoutCert(key)
	for _, path := range h.conf.RevokedHostKeys {
		data, err := readBounded(path, maxRevoked)
		if err != nil {
			return h.refuse(plain, fmt.Sprintf("its ssh configuration has RevokedHostKeys %s, which cannot be read: %v", path, reason(err)))
		}
		line, err := 0, error(nil)
		hit := false
		if bytes.HasPrefix(data, krlMagic) {
			hit, err = h.inKRL(ctx, path, key)
		} else {
			line, err = revokedLine(string(data), key)
			hit = line > 0
		}
		if err != nil {
			return h.refuse(plain, fmt.Sprintf("whether RevokedHostKeys %s names its key cannot be told: %v", path, err))
		}
		if hit {
			shown := hostKey(plain)
			shown.File, shown.Line = path, line
			return &HostKeyRevoked{Host: h.name, Addr: h.addr, Key: shown}
		}
	}
	return nil
}

// revokedLine is the line of a list that names the key or its authority, 0 for none.
func revokedLine(list string, key ssh.PublicKey) (int, error) {
	plain, authority := withoutCert(key)
	n := 0
	for text := range strings.Lines(list) {
		n++
		fields := strings.Fields(text)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 2 {
			return 0, fmt.Errorf("line %d is no public key", n)
		}
		listed, ok := parseKey(fields[0], fields[1])
		if bits, short := rsaBits(listed); !ok && short && bits < leastRSA {
			continue
		}
		if !ok {
			return 0, fmt.Errorf("line %d is no public key", n)
		}
		bare, _ := withoutCert(listed)
		if hostKey(bare).same(plain) || authority != nil && hostKey(bare).same(authority) {
			return n, nil
		}
	}
	return 0, nil
}

// inKRL asks ssh-keygen.
func (h *Host) inKRL(ctx context.Context, path string, key ssh.PublicKey) (bool, error) {
	res, err := h.pool.local.Run(ctx, execx.Cmd{
		Argv: []string{"ssh-keygen", "-Q", "-f", path, "/dev/stdin"}, Stdin: ssh.MarshalAuthorizedKey(key),
		Limit: h.pool.limits.Login, Keep: maxAnswer,
	})
	switch {
	case err != nil:
		return false, err
	case res.Code == 0:
		return false, nil
	case strings.Contains(string(res.Stdout), ": REVOKED"):
		return true, nil
	}
	return false, fmt.Errorf("ssh-keygen -Q failed with exit status %d: %s", res.Code, said(string(res.Stderr)))
}

// maxAnswer bounds what ssh-keygen may print, in bytes.
const maxAnswer = 64 << 10
