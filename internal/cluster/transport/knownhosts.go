package transport

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport/sshconfig"
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
func parseKnown(text string) (k knownLine, ok bool) {
	text, _, _ = strings.Cut(strings.TrimRight(text, "\n"), "\x00")
	text = strings.TrimLeft(text, " \t")
	if strings.HasPrefix(text, "@") {
		// To ssh a marker ends at the first blank of the line, at a tab only where there is none.
		end := strings.IndexByte(text, ' ')
		if end < 0 {
			end = strings.IndexByte(text, '\t')
		}
		if end < 0 {
			return k, false
		}
		k.marker, text = text[:end], text[end:]
		if k.marker != "@revoked" && k.marker != "@cert-authority" {
			return k, false
		}
	}
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' })
	if len(fields) < 3 || strings.HasPrefix(fields[0], "#") || strings.HasPrefix(fields[0], "@") {
		return k, false
	}
	if rest, hashed := strings.CutPrefix(fields[0], "|1|"); hashed {
		salt, hash, _ := strings.Cut(rest, "|")
		var err1, err2 error
		k.salt, err1 = base64.StdEncoding.DecodeString(salt)
		k.hash, err2 = base64.StdEncoding.DecodeString(hash)
		if err1 != nil || err2 != nil || len(k.salt) != sha1.Size || len(k.hash) != sha1.Size {
			return k, false
		}
	} else {
		k.names = strings.Split(fields[0], ",")
	}
	key, ok := parseKey(fields[1], fields[2])
	if ok {
		k.key = hostKey(key)
	}
	return k, ok
}

// parseKey reads a key's kind and its bytes in base64. RSA keys below what any ssh takes are
// none.
func parseKey(kind, text string) (ssh.PublicKey, bool) {
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil || key.Type() != kind {
		return nil, false
	}
	bits, isRSA := rsaBits(key)
	return key, !isRSA || bits >= leastRSA
}

// of says whether the line is about a name.
func (k knownLine) of(name string) bool {
	if k.hash != nil {
		return hmac.Equal(hashName(k.salt, name), k.hash)
	}
	found := false
	for _, p := range k.names {
		p, negated := strings.CutPrefix(p, "!")
		if !sshconfig.Match(strings.ToLower(p), name) {
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
	info   os.FileInfo
	plain  map[string][]HostKey
	others []knownLine // Hashed ones, wildcards, authorities, revoked keys.
}

// maxKnown bounds a file of host keys, in bytes.
const maxKnown = 64 << 20

// readBounded reads a file that is not longer than that.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return data, err
}

// unchanged tells whether a file is as it was, by what the system says of it.
func unchanged(before, now os.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
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

// known is what is recorded for one name.
type known struct {
	keys, authorities, revoked []HostKey
	// bare is what is recorded for the name without a port, where ssh looks too.
	bare *known
}

// add takes in a line that is about the name.
func (k *known) add(line knownLine) {
	switch line.marker {
	case "":
		k.keys = append(k.keys, line.key)
	case "@revoked":
		k.revoked = append(k.revoked, line.key)
	default:
		k.authorities = append(k.authorities, line.key)
	}
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
		for _, line := range f.others {
			if line.of(name) {
				k.add(line)
			}
		}
	}
	return k, nil
}

func (s *knownStore) file(path string) (*knownFile, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &knownFile{}, nil
	case err != nil:
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.files[path]; f != nil && unchanged(f.info, info) {
		return f, nil
	}
	data, err := readBounded(path, maxKnown)
	if err != nil {
		return nil, err
	}
	f := parseKnownFile(path, data)
	f.info = info
	if s.files == nil {
		s.files = map[string]*knownFile{}
	}
	s.files[path] = f
	return f, nil
}
