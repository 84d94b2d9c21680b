package transport_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
)

// userCert certifies a key of the site for its user, and returns the line that lets it in.
func (s *site) userCert(t *testing.T, name string) (authorized string) {
	t.Helper()
	line := s.key(t, name, "ed25519", "")
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: key, CertType: ssh.UserCert, ValidPrincipals: []string{"joe"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, newKeys(t).ca); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(cert)))
}

// What ssh reaches is reached, and what it does not is not: each configuration is put to
// OpenSSH's client and to this package.
func TestReachedAsOpenSSH(t *testing.T) {
	openSSH(t)
	s := newSite(t, sshtest.Config{})
	certLine := s.userCert(t, "certified")
	s.write(t, "elsewhere-cert.pub", certLine+"\n")
	second, err := sshtest.WriteKey(s.path("with blank"), "ed25519", "")
	if err != nil {
		t.Fatal(err)
	}
	byCert, srv := s.authorize(t, certLine)
	bySecond, srv2 := s.authorize(t, second)
	gate := serve(t, sshtest.Config{})
	s.write(t, "known_hosts", s.KnownHosts()+srv.KnownHosts()+srv2.KnownHosts()+gate.KnownHosts())
	s.write(t, "part", "Port "+fmt.Sprint(s.Port())+"\n")
	if err := os.Symlink("nowhere", s.path("dangling.conf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.path("part"), 0o600); err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(s.Port())
	key := "IdentityFile " + s.path("id_ed25519") + "\n"
	for _, c := range []struct{ name, config, want string }{
		{"plain", "Host n1\nPort " + port + "\n" + key, ""},
		{"the wrong port", "Host n1\nPort 1\n" + key, "cannot reach n1"},
		{"Match final", "Host n1\nHostName 127.0.0.1\nMatch final host 127.0.0.1\nPort " + port + "\n" + key, ""},
		{"Match exec", key + "Match originalhost n1 exec \"true\"\nPort " + port + "\nMatch exec \"false\"\nUser nobody\n", ""},
		{"an Include with a link that leads nowhere", key + "Include " + s.path("dangl*") + " " + s.path("par*") + "\n", ""},
		{"a key with a blank", fmt.Sprintf("Port %d\nIdentityFile \"%s\"\nIdentitiesOnly yes\n", bySecond.Port, s.path("with blank")), ""},
		{"the wrong key", fmt.Sprintf("Port %d\n", bySecond.Port) + key + "IdentitiesOnly yes\n", "does not let joe in"},
		{"CertificateFile", fmt.Sprintf("Port %d\nIdentityFile %s\nCertificateFile %s\n", byCert.Port, s.path("certified"), s.path("elsewhere-cert.pub")), ""},
		{"no CertificateFile", fmt.Sprintf("Port %d\nIdentityFile %s\n", byCert.Port, s.path("certified")), "does not let joe in"},
		{"another's CertificateFile", fmt.Sprintf("Port %d\n%sCertificateFile %s\n", byCert.Port, key, s.path("elsewhere-cert.pub")), "does not let joe in"},
		{"IPv4 alone", "AddressFamily inet\nPort " + port + "\n" + key, ""},
		{"IPv6 alone", "AddressFamily inet6\nPort " + port + "\n" + key, "cannot reach n1"},
		{"from an address", "BindAddress 127.0.0.1\nPort " + port + "\n" + key, ""},
		{"from an address of nobody", "BindAddress 192.0.2.1\nPort " + port + "\n" + key, "cannot reach n1"},
		{"a token in ProxyJump", fmt.Sprintf("Host gate-joe\nPort %d\nHost n1\nPort %s\nProxyJump gate-%%r\nHost *\n%s", gate.Port(), port, key), ""},
		{"a jump by an address", fmt.Sprintf("Host n1\nPort %s\nProxyJump ssh://joe@127.0.0.1:%d\nHost *\n%s", port, gate.Port(), key), ""},
		{"a jump that is not there", "Host n1\nPort " + port + "\nProxyJump 127.0.0.1:1\nHost *\n" + key, "cannot reach n1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.write(t, "config", c.config+fmt.Sprintf("Host *\nHostName 127.0.0.1\nUser joe\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n", s.path("known_hosts")))
			out, failed := exec.Command("ssh", "-F", s.path("config"), "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "UpdateHostKeys=no",
				"-o", "IdentityAgent=none", "n1", "true").CombinedOutput()
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
			if (failed == nil) != (err == nil) {
				t.Errorf("this says %v; ssh %v: %s", err, failed, out)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// What cannot be done is refused by name before anybody connects, or is said where no key
// gets in.
func TestWhatSSHCouldDo(t *testing.T) {
	openSSH(t)
	s := newSite(t, sshtest.Config{})
	for config, want := range map[string]string{
		"ProxyCommand nc %h %p":   "its ssh configuration wants a ProxyCommand",
		"PubkeyAuthentication no": "PubkeyAuthentication no, and umm-cluster logs in with keys alone",
		"BindInterface lo":        "BindInterface lo, from which umm-cluster cannot go out: use BindAddress",
		"HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com\nHostKeyAlgorithms x": "Bad key types",
		"PKCS11Provider /usr/lib/none.so":                                         "the keys of PKCS11Provider are not used",
	} {
		s.write(t, "config", fmt.Sprintf("HostName 127.0.0.1\nPort %d\nUser joe\nIdentityFile %s\n%s\n", s.Port(), s.path("none"), config))
		opts := s.opts
		opts.ConfigFile = s.path("config")
		p, err := transport.New(opts)
		if err != nil {
			t.Fatal(err)
		}
		h, err := p.Host("n1", transport.Target{})
		if err == nil {
			err = run(t, h)
		}
		p.Close()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: it says %v", config, err)
		}
	}
}

// A revoked key is not recorded either.
func TestTrustOfARevokedKey(t *testing.T) {
	openSSH(t)
	s := newSite(t, sshtest.Config{})
	s.write(t, "known_hosts", "")
	list := s.list(t, strings.SplitN(s.KnownHosts("x"), " ", 2)[1])
	s.write(t, "config", fmt.Sprintf("HostName 127.0.0.1\nPort %d\nUser joe\nUserKnownHostsFile %s\nRevokedHostKeys %s\n", s.Port(), s.path("known_hosts"), list))
	opts := s.opts
	opts.ConfigFile, opts.KnownHosts = s.path("config"), nil
	p, err := transport.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	h := host(t, p, "n1", transport.Target{})
	keys, err := h.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Record(keys, true); err == nil || !strings.Contains(err.Error(), "is revoked: it shows") || !strings.Contains(err.Error(), filepath.Base(list)+":1") {
		t.Errorf("it says %v", err)
	}
	if got := s.read(t); got != "" {
		t.Errorf("the file holds %s", got)
	}
}
