package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"umm/internal/cluster/transport/sshconfig"
)

// encryptedNote is what is said of a key that wants a passphrase.
const encryptedNote = "is encrypted and not in the agent"

// keyring holds the operator's keys: files and agents are read once.
type keyring struct {
	limit time.Duration // For each answer of an agent.

	mu     sync.Mutex
	files  map[string]keyFile
	agents map[string]*agentKeys
}

// keyFile is what a private key's file holds.
type keyFile struct {
	signer ssh.Signer       // nil for a key that cannot be used by itself.
	public ssh.PublicKey    // Known for encrypted keys too, as a rule.
	cert   *ssh.Certificate // That of the file beside it.
	note   string           // Why it cannot be used by itself.
}

// agentKeys is an agent's keys, through one connection.
type agentKeys struct {
	conn    *agentConn
	signers []ssh.Signer
}

// agentConn gives every request to the agent a deadline.
type agentConn struct {
	net.Conn
	limit  time.Duration
	broken atomic.Bool
}

func (c *agentConn) Write(p []byte) (int, error) {
	c.SetDeadline(time.Now().Add(c.limit)) //nolint:errcheck // The write fails then.
	n, err := c.Conn.Write(p)
	if err != nil {
		c.broken.Store(true)
	}
	return n, err
}

func (c *agentConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.broken.Store(true)
	}
	return n, err
}

// offer is what a host is offered: keys, their names for messages, and why others
// are missing.
type offer struct {
	signers []ssh.Signer
	names   []string
	notes   []string
}

func (o *offer) add(name string, signers ...ssh.Signer) {
	o.signers = append(o.signers, signers...)
	o.names = append(o.names, name)
}

// defaultKeys are the files that ssh looks for by itself.
var defaultKeys = []string{"id_ed25519", "id_ecdsa", "id_rsa"}

// offer collects the keys for a host: the named ones first, whether they are in the
// agent or in files, so that sshd's limit on attempts is not used up by others.
func (k *keyring) offer(conf sshconfig.Host, home string) offer {
	k.mu.Lock()
	defer k.mu.Unlock()
	var o offer
	held, err := k.agent(conf.IdentityAgent)
	if err != nil {
		o.notes = append(o.notes, fmt.Sprintf("the agent cannot be asked: %v", reason(err)))
	}
	paths := conf.IdentityFiles
	if paths == nil {
		for _, name := range defaultKeys {
			paths = append(paths, filepath.Join(home, ".ssh", name))
		}
	}
	certs, notes := certificates(conf.CertificateFiles)
	o.notes = append(o.notes, notes...)
	signers := func(f keyFile, key ssh.Signer) []ssh.Signer {
		own := certs
		if len(conf.CertificateFiles) == 0 && f.cert != nil {
			own = []*ssh.Certificate{f.cert}
		}
		return withCerts(key, own)
	}
	var later []string
	used := map[int]bool{}
	for _, path := range paths {
		f := k.file(path)
		at := -1
		if f.public != nil {
			at = slices.IndexFunc(held, func(s ssh.Signer) bool { return bytes.Equal(s.PublicKey().Marshal(), f.public.Marshal()) })
		}
		switch {
		case at >= 0:
			used[at] = true
			o.add(path+" (agent)", signers(f, held[at])...)
		case f.signer == nil:
			if f.note != "" && (conf.IdentityFiles != nil || f.public != nil) {
				o.notes = append(o.notes, f.note)
			}
		case conf.IdentityFiles != nil:
			o.add(path, signers(f, f.signer)...)
		default:
			later = append(later, path)
		}
	}
	for i, s := range held {
		if !used[i] && !conf.IdentitiesOnly {
			o.add("the agent's "+ssh.FingerprintSHA256(s.PublicKey()), signers(keyFile{}, s)...)
		}
	}
	for _, path := range later {
		f := k.file(path)
		o.add(path, signers(f, f.signer)...)
	}
	return o
}

// certificates are those of CertificateFile.
func certificates(paths []string) (certs []*ssh.Certificate, notes []string) {
	for _, path := range paths {
		if cert, is := publicKey(path).(*ssh.Certificate); is {
			certs = append(certs, cert)
		} else {
			notes = append(notes, fmt.Sprintf("CertificateFile %s holds no certificate that can be read", path))
		}
	}
	return certs, notes
}

// withCerts is a key, with those of the certificates before it that are for it.
func withCerts(key ssh.Signer, certs []*ssh.Certificate) []ssh.Signer {
	var out []ssh.Signer
	for _, cert := range certs {
		if s, err := ssh.NewCertSigner(cert, key); err == nil {
			out = append(out, s)
		}
	}
	return append(out, key)
}

// agent returns the keys that an agent holds. k.mu is held.
func (k *keyring) agent(socket string) ([]ssh.Signer, error) {
	if socket == "" || socket == None {
		return nil, nil
	}
	if a := k.agents[socket]; a != nil {
		if !a.conn.broken.Load() {
			return a.signers, nil
		}
		a.conn.Close()
		delete(k.agents, socket)
	}
	raw, err := net.DialTimeout("unix", socket, k.limit)
	if err != nil {
		return nil, err
	}
	conn := &agentConn{Conn: raw, limit: k.limit}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		conn.Close()
		return nil, err
	}
	if k.agents == nil {
		k.agents = map[string]*agentKeys{}
	}
	k.agents[socket] = &agentKeys{conn, signers}
	return signers, nil
}

// file returns what a key's file holds. k.mu is held.
func (k *keyring) file(path string) keyFile {
	f, known := k.files[path]
	if !known {
		f = readKey(path)
		if k.files == nil {
			k.files = map[string]keyFile{}
		}
		k.files[path] = f
	}
	return f
}

func (k *keyring) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.agents {
		a.conn.Close()
	}
	k.agents = nil
}

func readKey(path string) keyFile {
	info, err := os.Stat(path)
	if err != nil {
		f := keyFile{cert: certBeside(path), note: fmt.Sprintf("the key %s cannot be read: %v", path, reason(err))}
		// The agent may hold the private half.
		f.public = publicKey(path + ".pub")
		return f
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return keyFile{note: fmt.Sprintf("the key %s cannot be read: %v", path, reason(err))}
	}
	if key := parsePublic(data); key != nil {
		return keyFile{public: key, cert: certBeside(strings.TrimSuffix(path, ".pub")), note: fmt.Sprintf("the key %s is public and not in the agent", path)}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return keyFile{public: publicKey(path + ".pub"), note: fmt.Sprintf("the key %s is not used, since others may read it (mode %04o)", path, info.Mode().Perm())}
	}
	signer, err := ssh.ParsePrivateKey(data)
	var encrypted *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &encrypted):
		f := keyFile{public: encrypted.PublicKey, cert: certBeside(path), note: fmt.Sprintf("the key %s %s", path, encryptedNote)}
		if f.public == nil {
			f.public = publicKey(path + ".pub")
		}
		return f
	case err != nil:
		// What the parser says could quote the file.
		return keyFile{note: fmt.Sprintf("the key %s cannot be used: it is no private key that is known here", path)}
	}
	return keyFile{public: signer.PublicKey(), signer: signer, cert: certBeside(path)}
}

// certBeside is the certificate of a key's file that ssh looks for by itself.
func certBeside(path string) *ssh.Certificate {
	cert, _ := publicKey(path + "-cert.pub").(*ssh.Certificate)
	return cert
}

// publicKey is the key in a file; nil if there is none.
func publicKey(path string) ssh.PublicKey {
	data, _ := os.ReadFile(path)
	return parsePublic(data)
}

func parsePublic(data []byte) ssh.PublicKey {
	key, _, _, _, _ := ssh.ParseAuthorizedKey(data)
	return key
}

// reason is an error of the system without the names around it.
func reason(err error) error {
	var path *fs.PathError
	var op *net.OpError
	var sys *os.SyscallError
	switch {
	case errors.As(err, &sys):
		return sys.Err
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &op):
		return op.Err
	}
	return err
}
