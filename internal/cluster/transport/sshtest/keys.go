package sshtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// NewHostKeys gives the host new keys, for the connections to come.
func (s *Server) NewHostKeys(kinds ...string) error {
	var signers []ssh.Signer
	for _, kind := range kinds {
		signer, err := newSigner(kind)
		if err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signers = signers
	return nil
}

// SetHostKeys gives the host these keys, or certificates, for the connections to come.
func (s *Server) SetHostKeys(signers ...ssh.Signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signers = signers
}

// KnownHosts is the host's keys as lines of a known_hosts file; with no name, by
// its address.
func (s *Server) KnownHosts(names ...string) string {
	if len(names) == 0 {
		names = []string{fmt.Sprintf("[%s]:%d", s.Host(), s.Port())}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, k := range s.signers {
		fmt.Fprintf(&b, "%s %s", strings.Join(names, ","), ssh.MarshalAuthorizedKey(k.PublicKey()))
	}
	return b.String()
}

func newKey(kind string) (any, error) {
	switch kind {
	case "ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case "ecdsa":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return nil, fmt.Errorf("cannot make a key of the kind %q", kind)
}

func newSigner(kind string) (ssh.Signer, error) {
	key, err := newKey(kind)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(key)
}

// WriteKey makes a key for a user, writes it to a file (encrypted, unless the
// passphrase is empty) with its .pub beside, and returns its line for
// authorized_keys.
func WriteKey(path, kind, passphrase string) (authorized string, err error) {
	key, err := newKey(kind)
	if err != nil {
		return "", err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return "", err
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		return "", err
	}
	line := ssh.MarshalAuthorizedKey(signer.PublicKey())
	return string(bytes.TrimSpace(line)), os.WriteFile(path+".pub", line, 0o644)
}
