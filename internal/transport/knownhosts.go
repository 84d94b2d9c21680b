package transport

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/transport/sshconfig"
)

// HostKey is a host's public key, as operators compare it.
type HostKey struct {
	// Type is the kind of the key: "ssh-ed25519".
	Type string
	// Fingerprint is as ssh-keygen -l shows it: "SHA256:...".
	Fingerprint string
	// File and Line are where it is recorded; empty for a key that a host shows.
	File string
	Line int

	key ssh.PublicKey
}

func (k HostKey) String() string {
	s := strings.TrimPrefix(strings.TrimPrefix(k.Type, "ssh-"), "ecdsa-sha2-") + " " + k.Fingerprint
	if k.File != "" {
		s += fmt.Sprintf(" (%s:%d)", k.File, k.Line)
	}
	return s
}

func hostKey(key ssh.PublicKey) HostKey {
	return HostKey{Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key), key: key}
}

func (k HostKey) same(other ssh.PublicKey) bool { return bytes.Equal(k.key.Marshal(), other.Marshal()) }

// knownLine is one line of a known_hosts file that holds a key.
type knownLine struct {
	marker string // "", "@revoked", "@cert-authority".
	names  []string
	// salt and hash stand for the name of a hashed line.
	salt, hash []byte
	key        HostKey
}

// parseKnown reads a line; ok is false for what holds no key that can be used, which
// ssh skips too.
func parseKnown(line string) (k knownLine, ok bool) {
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasPrefix(fields[0], "@") {
		k.marker, fields = fields[0], fields[1:]
		if k.marker != "@revoked" && k.marker != "@cert-authority" {
			return k, false
		}
	}
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") {
		return k, false
	}
	if rest, hashed := strings.CutPrefix(fields[0], "|1|"); hashed {
		salt, hash, _ := strings.Cut(rest, "|")
		var err1, err2 error
		k.salt, err1 = base64.StdEncoding.DecodeString(salt)
		k.hash, err2 = base64.StdEncoding.DecodeString(hash)
		if err1 != nil || err2 != nil {
			return k, false
		}
	} else {
		k.names = strings.Split(fields[0], ",")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil {
		return k, false
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil || key.Type() != fields[1] {
		return k, false
	}
	k.key = hostKey(key)
	return k, true
}

// of says whether the line is about a name.
func (k knownLine) of(name string) bool {
	if k.hash != nil {
		return hmac.Equal(hashName(k.salt, name), k.hash)
	}
	found := false
	for _, p := range k.names {
		p, negated := strings.CutPrefix(p, "!")
		if !sshconfig.Match(p, name) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

func hashName(salt []byte, name string) []byte {
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return mac.Sum(nil)
}

// knownName is a host's name in a known_hosts file.
func knownName(host string, port int) string {
	host = strings.ToLower(host)
	if port == 22 {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(port)
}

// knownFile is a parsed file. Plain names are found by a map, since the files of
// large sites are long.
type knownFile struct {
	stamp   fileStamp
	plain   map[string][]HostKey
	others  []knownLine // Hashed ones, wildcards, authorities.
	revoked []HostKey
}

type fileStamp struct {
	size int64
	mod  time.Time
	ino  os.FileInfo
}

func (s fileStamp) same(o fileStamp) bool {
	return s.size == o.size && s.mod.Equal(o.mod) && s.ino != nil && os.SameFile(s.ino, o.ino)
}

func parseKnownFile(path string, data []byte) *knownFile {
	f := &knownFile{plain: map[string][]HostKey{}}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		k, ok := parseKnown(line)
		if !ok {
			continue
		}
		k.key.File, k.key.Line = path, n
		switch {
		case k.marker == "@revoked":
			// Whoever may have stolen it, it is no proof for any host.
			f.revoked = append(f.revoked, k.key)
		case k.marker == "" && k.names != nil && !slices.ContainsFunc(k.names, func(s string) bool { return strings.ContainsAny(s, "*?!") }):
			for _, name := range k.names {
				name = strings.ToLower(name)
				f.plain[name] = append(f.plain[name], k.key)
			}
		default:
			f.others = append(f.others, k)
		}
	}
	return f
}

// known is what is recorded for one host.
type known struct {
	keys, authorities, revoked []HostKey
}

// knownStore keeps parsed files for as long as they do not change.
type knownStore struct {
	mu    sync.Mutex
	files map[string]*knownFile
}

func (s *knownStore) lookup(name string, paths []string) (known, error) {
	var k known
	for _, path := range paths {
		f, err := s.file(path)
		if err != nil {
			return known{}, fmt.Errorf("cannot read the recorded host keys: %w", err)
		}
		k.keys = append(k.keys, f.plain[name]...)
		k.revoked = append(k.revoked, f.revoked...)
		for _, line := range f.others {
			switch {
			case !line.of(name):
			case line.marker == "":
				k.keys = append(k.keys, line.key)
			default:
				k.authorities = append(k.authorities, line.key)
			}
		}
	}
	return k, nil
}

func (s *knownStore) file(path string) (*knownFile, error) {
	var stamp fileStamp
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &knownFile{}, nil
	case err != nil:
		return nil, err
	}
	stamp = fileStamp{info.Size(), info.ModTime(), info}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[path]; f != nil && f.stamp.same(stamp) {
		return f, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := parseKnownFile(path, data)
	f.stamp = stamp
	if s.files == nil {
		s.files = map[string]*knownFile{}
	}
	s.files[path] = f
	return f, nil
}

// The algorithms by which hosts prove themselves: cheap ones first; ssh-rsa is
// there for OpenSSH before 7.2, which has no other for its RSA keys.
var (
	keyAlgorithms = []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA,
	}
	certAlgorithms = []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
)

// keyType is the kind of key that an algorithm wants.
func keyType(algorithm string) string {
	if algorithm == ssh.KeyAlgoRSASHA256 || algorithm == ssh.KeyAlgoRSASHA512 {
		return ssh.KeyAlgoRSA
	}
	return algorithm
}

// algorithms are those to offer: what is recorded first, so that a host with several
// keys shows one that can be compared.
func (k known) algorithms() []string {
	var first, rest []string
	if len(k.authorities) > 0 {
		first = slices.Clone(certAlgorithms)
	}
	for _, a := range keyAlgorithms {
		if slices.ContainsFunc(k.keys, func(h HostKey) bool { return h.Type == keyType(a) }) {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

// check judges the key that a host shows.
func (k known) check(h *Host, addr string, remote net.Addr, key ssh.PublicKey) error {
	plain := key
	cert, certified := key.(*ssh.Certificate)
	if certified {
		plain = cert.Key
		for _, r := range k.revoked {
			if r.same(cert.SignatureKey) {
				return &HostKeyRevoked{Host: h.name, Addr: h.addr, Key: r}
			}
		}
	}
	for _, r := range k.revoked {
		if r.same(plain) {
			return &HostKeyRevoked{Host: h.name, Addr: h.addr, Key: r}
		}
	}
	if certified {
		if !slices.ContainsFunc(k.authorities, func(a HostKey) bool { return a.same(cert.SignatureKey) }) {
			return &HostKeyUnknown{Host: h.name, Addr: h.addr, Key: hostKey(plain)}
		}
		checker := ssh.CertChecker{IsHostAuthority: func(ssh.PublicKey, string) bool { return true }}
		if err := checker.CheckHostKey(addr, remote, key); err != nil {
			return &Unreachable{Host: h.name, Addr: h.addr, Err: fmt.Errorf("its host certificate does not hold: %s", strings.TrimPrefix(err.Error(), "ssh: "))}
		}
		return nil
	}
	switch {
	case slices.ContainsFunc(k.keys, func(h HostKey) bool { return h.same(key) }):
		return nil
	case len(k.keys) == 0:
		return &HostKeyUnknown{Host: h.name, Addr: h.addr, Key: hostKey(key)}
	default:
		return &HostKeyChanged{Host: h.name, Addr: h.addr, Key: hostKey(key), Recorded: k.keys}
	}
}
