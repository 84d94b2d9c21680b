package transport_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
)

// keys are made once for all cases: n1 has host keys, ca and old are authorities.
type keys struct {
	ed, ec, rsa, short, other, ca, rsaCA ssh.Signer
}

func newKeys(t *testing.T) keys {
	t.Helper()
	signer := func(key any, err error) ssh.Signer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		s, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ed := func() ssh.Signer {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return signer(key, err)
	}
	long := func(bits int) ssh.Signer { return signer(rsa.GenerateKey(rand.Reader, bits)) }
	return keys{ed: ed(), ec: signer(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), rsa: long(2048), short: long(1024), other: ed(), ca: ed(), rsaCA: long(2048)}
}

// certified is a host key with a certificate.
func certified(t *testing.T, key, ca ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.HostCert, KeyId: "n1", Serial: 7, ValidPrincipals: []string{"127.0.0.1", "n1.example"},
		ValidAfter: 0, ValidBefore: ssh.CertTimeInfinity,
	}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sha1Signer is an authority that signs as they did before OpenSSH 8.2.
func sha1Signer(t *testing.T, ca ssh.Signer) ssh.Signer {
	t.Helper()
	old, err := ssh.NewSignerWithAlgorithms(ca.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA}) //nolint:forcetypeassert // It is an RSA key.
	if err != nil {
		t.Fatal(err)
	}
	return old
}

func public(s ssh.Signer) string { return string(ssh.MarshalAuthorizedKey(s.PublicKey())) }

// What ssh trusts is trusted, and nothing else: each case is put to OpenSSH's client and to
// this package, with the same files, in front of the same server.
func TestHostKeysAsOpenSSH(t *testing.T) {
	openSSH(t)
	s := newSite(t, sshtest.Config{})
	k := newKeys(t)
	full := fmt.Sprintf("[127.0.0.1]:%d", s.Port())
	const bare = "127.0.0.1"
	expired := func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) }
	early := func(c *ssh.Certificate) { c.ValidAfter = uint64(time.Now().Add(time.Hour).Unix()) }
	elsewhere := func(c *ssh.Certificate) { c.ValidPrincipals = []string{"n7"} }
	user := func(c *ssh.Certificate) { c.CertType = ssh.UserCert }
	critical := func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"x": "y"} }
	anybody := func(c *ssh.Certificate) { c.ValidPrincipals = nil }
	edLine, caLine := public(k.ed), public(k.ca)
	krl := func(keys ...ssh.Signer) string { return s.krl(t, keys...) }
	one := func(signers ...ssh.Signer) []ssh.Signer { return signers }
	for _, c := range []struct {
		name   string
		shows  []ssh.Signer
		known  string
		config string
		// want is what the error holds; "" is a host that is trusted.
		want string
	}{
		{"the key", one(k.ed), full + " " + edLine, "", ""},
		{"none", one(k.ed), "", "", "is not known"},
		{"another key", one(k.ed), full + " " + public(k.other), "", "is not the recorded one"},
		{"a key of another kind", one(k.ed), full + " " + public(k.rsa), "", "is not the recorded one"},
		{"one of many", one(k.ed, k.rsa), full + " " + public(k.rsa), "", ""},
		{"one of its kind", one(k.ed), full + " " + public(k.other) + full + " " + edLine, "", ""},
		{"without a port", one(k.ed), bare + " " + edLine, "", ""},
		{"without a port, another", one(k.ed), bare + " " + public(k.other), "", "is not known"},
		{"without a port, another beside", one(k.ed), bare + " " + edLine + full + " " + public(k.other), "", "is not the recorded one"},
		{"without a port, an alias", one(k.ed), "n1.example " + edLine, "HostKeyAlias n1.example", ""},
		{"an alias in upper case", one(k.ed), "n1.example " + edLine, "HostKeyAlias N1.Example", ""},
		{"an alias has no port", one(k.ed), full + " " + edLine, "HostKeyAlias n1.example", "is not known"},
		{"with another port", one(k.ed), "[127.0.0.1]:1 " + edLine, "", "is not known"},
		{"a wildcard", one(k.ed), "127.0.* " + edLine, "", ""},
		{"a wildcard with a port", one(k.ed), "[127.0.*]:* " + edLine, "", ""},
		{"excepted", one(k.ed), "*,!127.0.0.1,!" + full + " " + edLine, "", "is not known"},
		{"excepted with its port alone", one(k.ed), "*,!" + full + " " + edLine, "", ""},
		{"hashed", one(k.ed), hashed(full) + " " + edLine, "", ""},
		{"hashed, without a port", one(k.ed), hashed(bare) + " " + edLine, "", ""},
		{"hashed, another", one(k.ed), hashed("n7") + " " + edLine, "", "is not known"},
		{"a hash that is none", one(k.ed), "|1|AAAA|AAAA " + edLine, "", "is not known"},
		{"hashed with a short salt", one(k.ed), hashedWith("0123456789", full) + " " + edLine, "", "is not known"},
		{"a line of rubbish", one(k.ed), "rubbish\n" + full + " ssh-ed25519 AAAA\n" + full + " " + edLine, "", ""},
		{"another kind's name", one(k.ed), full + " ssh-rsa " + strings.Fields(edLine)[1] + "\n", "", "is not known"},
		{"two blanks, tabs, CR LF", one(k.ed), "\t " + full + " \t" + strings.TrimSpace(edLine) + "\r\n", "", ""},
		{"revoked", one(k.ed), full + " " + edLine + "@revoked * " + edLine, "", "is revoked"},
		{"revoked, by name", one(k.ed), full + " " + edLine + "@revoked " + full + " " + edLine, "", "is revoked"},
		{"revoked alone", one(k.ed), "@revoked " + full + " " + edLine, "", "is revoked"},
		{"revoked for another host", one(k.ed), full + " " + edLine + "@revoked n7 " + edLine, "", ""},
		{"revoked without a port", one(k.ed), full + " " + edLine + "@revoked " + bare + " " + edLine, "", ""},
		{"known and revoked without a port", one(k.ed), bare + " " + edLine + "@revoked " + bare + " " + edLine, "", "is revoked"},
		{"revoked behind a tab", one(k.ed), full + " " + edLine + "@revoked\t* " + edLine, "", ""},
		{"two marks", one(k.ed), full + " " + edLine + "@revoked @revoked * " + edLine, "", ""},
		{"an unknown mark", one(k.ed), full + " " + edLine + "@what * " + edLine, "", ""},
		{"another key is revoked", one(k.ed), full + " " + edLine + "@revoked * " + public(k.other), "", ""},

		{"a certificate", one(certified(t, k.ed, k.ca, nil)), "@cert-authority " + full + " " + caLine, "", ""},
		{"a certificate, without a port", one(certified(t, k.ed, k.ca, nil)), "@cert-authority " + bare + " " + caLine, "", ""},
		{"a certificate, any host", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "", ""},
		{"a certificate, an alias", one(certified(t, k.ed, k.ca, nil)), "@cert-authority *.example " + caLine, "HostKeyAlias n1.example", ""},
		{"a certificate, beside the key", one(k.ed, certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "", ""},
		{"a certificate of RSA", one(certified(t, k.rsa, k.rsaCA, nil)), "@cert-authority * " + public(k.rsaCA), "", ""},
		{"an authority of others", one(certified(t, k.ed, k.ca, nil)), "@cert-authority n7 " + caLine, "", "is not known"},
		{"another authority", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + public(k.other), "", "is not known"},
		{"an authority is no host", one(certified(t, k.ed, k.ca, nil)), full + " " + caLine, "", "is not the recorded one"},
		{"a host is no authority", one(k.ca), "@cert-authority * " + caLine, "", "is not known"},
		{"expired", one(certified(t, k.ed, k.ca, expired)), "@cert-authority * " + caLine, "", "cert has expired; and its key itself is not recorded"},
		{"expired, without a port", one(certified(t, k.ed, k.ca, expired)), "@cert-authority " + bare + " " + caLine, "", "cert has expired"},
		{"not yet", one(certified(t, k.ed, k.ca, early)), "@cert-authority * " + caLine, "", "not yet valid"},
		{"for another host", one(certified(t, k.ed, k.ca, elsewhere)), "@cert-authority * " + caLine, "", "it is for n7"},
		{"for any host", one(certified(t, k.ed, k.ca, anybody)), "@cert-authority * " + caLine, "", "it names no host"},
		{"for any host, the key is recorded", one(certified(t, k.ed, k.ca, anybody)), "@cert-authority * " + caLine + full + " " + edLine, "", ""},
		{"for a user", one(certified(t, k.ed, k.ca, user)), "@cert-authority * " + caLine, "", "it is not for hosts"},
		{"a critical option", one(certified(t, k.ed, k.ca, critical)), "@cert-authority * " + caLine, "", "critical option"},
		{"expired, the key is recorded", one(certified(t, k.ed, k.ca, expired)), "@cert-authority * " + caLine + full + " " + edLine, "", ""},
		{"for another host, the key is recorded", one(certified(t, k.ed, k.ca, elsewhere)), "@cert-authority * " + caLine + full + " " + edLine, "", ""},
		{"another authority, the key is recorded", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + public(k.other) + full + " " + edLine, "", ""},
		{"no authority, the key is recorded", one(certified(t, k.ed, k.ca, nil)), full + " " + edLine, "", ""},
		{"no authority, the key is recorded without a port", one(certified(t, k.ed, k.ca, nil)), bare + " " + edLine, "", ""},
		{"expired, another key is recorded", one(certified(t, k.ed, k.ca, expired)), "@cert-authority * " + caLine + full + " " + public(k.other), "", "is not the recorded one"},
		{"the authority is revoked", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine + "@revoked * " + caLine, "", "is revoked"},
		{"the authority is revoked, the key is recorded", one(certified(t, k.ed, k.ca, nil)), "@revoked * " + caLine + full + " " + edLine, "", "is revoked"},
		{"the key of a certificate is revoked", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine + "@revoked * " + edLine, "", "is revoked"},
		{"signed with SHA-1", one(certified(t, k.ed, sha1Signer(t, k.rsaCA), nil)), "@cert-authority * " + public(k.rsaCA), "", "signed with ssh-rsa, which CASignatureAlgorithms leaves out"},
		{"signed with SHA-1, as wanted", one(certified(t, k.ed, sha1Signer(t, k.rsaCA), nil)), "@cert-authority * " + public(k.rsaCA), "CASignatureAlgorithms +ssh-rsa", ""},
		{"signed with what is left out", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "CASignatureAlgorithms rsa-sha2-512", "CASignatureAlgorithms"},

		{"1024 bits", one(k.short), full + " " + public(k.short), "", ""},
		{"1024 bits where 2048 are required", one(k.short), full + " " + public(k.short), "RequiredRSASize 2048", "is too short"},
		{"a certificate of 1024 bits where 2048 are required", one(certified(t, k.short, k.ca, nil)), "@cert-authority * " + caLine, "RequiredRSASize 2048", "is too short"},
		{"2048 bits where 2048 are required", one(k.rsa), full + " " + public(k.rsa), "RequiredRSASize 2048", ""},
		{"algorithms that it has not", one(k.ed), full + " " + edLine, "HostKeyAlgorithms rsa-sha2-512", "no common algorithm"},
		{"algorithms that it has", one(k.ed, k.rsa), full + " " + public(k.rsa), "HostKeyAlgorithms rsa-sha2-512", ""},
		{"without ecdsa", one(k.ec, k.ed), full + " " + edLine, "HostKeyAlgorithms -ecdsa*", ""},

		{"a list of revoked keys", one(k.ed), full + " " + edLine, "RevokedHostKeys " + s.list(t, "# c\n\n"+public(k.other)+edLine), "is revoked"},
		{"a list of other revoked keys", one(k.ed), full + " " + edLine, "RevokedHostKeys " + s.list(t, "# c\n\n"+public(k.other)), ""},
		{"an empty list of revoked keys", one(k.ed), full + " " + edLine, "RevokedHostKeys " + s.list(t, ""), ""},
		{"a list with rubbish", one(k.ed), full + " " + edLine, "RevokedHostKeys " + s.list(t, "rubbish\n"), "line 1 is no public key"},
		{"a list that is not there", one(k.ed), full + " " + edLine, "RevokedHostKeys /none/there", "cannot be read"},
		{"a list names the authority", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "RevokedHostKeys " + s.list(t, caLine), "is revoked"},
		{"a list names the key of a certificate", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "RevokedHostKeys " + s.list(t, edLine), "is revoked"},
		{"a KRL", one(k.ed), full + " " + edLine, "RevokedHostKeys " + krl(k.other, k.ed), "is revoked"},
		{"a KRL of others", one(k.ed), full + " " + edLine, "RevokedHostKeys " + krl(k.other), ""},
		{"a KRL names the key of a certificate", one(certified(t, k.ed, k.ca, nil)), "@cert-authority * " + caLine, "RevokedHostKeys " + krl(k.ed), "is revoked"},
		{"a KRL that is cut off", one(k.ed), full + " " + edLine, "RevokedHostKeys " + s.list(t, "SSHKRL\n\x00\x00\x00"), "cannot be told"},

		{"localhost", one(k.ed), "", "NoHostAuthenticationForLocalhost yes", ""},
		{"localhost, another key", one(k.ed), full + " " + public(k.other), "NoHostAuthenticationForLocalhost yes", ""},
		{"localhost with an alias", one(k.ed), "", "NoHostAuthenticationForLocalhost yes\nHostKeyAlias n1", "is not known"},
		{"localhost, revoked", one(k.ed), "", "NoHostAuthenticationForLocalhost yes\nRevokedHostKeys " + s.list(t, edLine), "is revoked"},
		{"a command", one(k.ed), "", "KnownHostsCommand " + s.script(t, `echo "$1 `+strings.TrimSpace(edLine)+`"`) + " %H", ""},
		{"a command names others", one(k.ed), "", "KnownHostsCommand " + s.script(t, `echo "n7 `+strings.TrimSpace(edLine)+`"`), "is not known"},
		{"a command has the name without a port", one(k.ed), "", "KnownHostsCommand " + s.script(t, `echo "127.0.0.1 `+strings.TrimSpace(edLine)+`"`), "is not known"},
		{"a command knows the key that is shown", one(k.ed), "", "KnownHostsCommand " + s.script(t, `echo "$2 $3 $4"`) + " %I %H %t %K", ""},
		{"a command for an authority", one(certified(t, k.ed, k.ca, nil)), "", "KnownHostsCommand " + s.script(t, `echo "@cert-authority * `+strings.TrimSpace(caLine)+`"`), ""},
		{"a command that fails", one(k.ed), full + " " + edLine, "KnownHostsCommand " + s.script(t, "exit 3"), "failed with exit status 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.SetHostKeys(c.shows...)
			s.write(t, "known_hosts", c.known)
			s.write(t, "config", fmt.Sprintf("Host n1\nHostName 127.0.0.1\nPort %d\nUser joe\nIdentityFile %s\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n%s\n",
				s.Port(), s.path("id_ed25519"), s.path("known_hosts"), c.config))
			out, failed := exec.Command("ssh", "-F", s.path("config"), "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "UpdateHostKeys=no",
				"-o", "CheckHostIP=no", "n1", "true").CombinedOutput()
			opts := s.opts
			opts.ConfigFile, opts.KnownHosts = s.path("config"), nil
			p, err := transport.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			h, err := p.Host("n1", transport.Target{})
			if err != nil {
				t.Fatal(err)
			}
			err = run(t, h)
			// The one thing in which versions differ: OpenSSH before 10.3 took these.
			newer := c.want == "it names no host"
			if (failed == nil) != (err == nil) && !newer {
				t.Errorf("this says %v; ssh %v: %s", err, failed, out)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// list is a file of that text.
func (s *site) list(t *testing.T, text string) string {
	t.Helper()
	f, err := os.CreateTemp(s.home, "revoked")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// script is a program of that text.
func (s *site) script(t *testing.T, text string) string {
	t.Helper()
	path := s.list(t, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// krl is a list of revoked keys that ssh-keygen makes.
func (s *site) krl(t *testing.T, revoked ...ssh.Signer) string {
	t.Helper()
	args := []string{"-q", "-k", "-f", s.list(t, "")}
	for _, k := range revoked {
		args = append(args, s.list(t, public(k)))
	}
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return args[3]
}
