//go:build e2e

package transport_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"umm/internal/cluster/transport"
	"umm/internal/execx"
)

// realHostKeys puts cases to OpenSSH's client and to this package in front of OpenSSH's
// sshd, which answers at another port, too, and has a certificate.
func realHostKeys(t *testing.T, h *transport.Host) {
	openSSH(t)
	addr, _, err := net.SplitHostPort(h.Addr())
	if err != nil {
		t.Fatal(err)
	}
	k := newKeys(t)
	res, err := h.Run(t.Context(), sh("cat /etc/ssh/ssh_host_ed25519_key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	line := string(res.Stdout)
	certify := func(change func(*ssh.Certificate)) {
		t.Helper()
		key, _, _, _, err := ssh.ParseAuthorizedKey(res.Stdout)
		if err != nil {
			t.Fatal(err)
		}
		cert := &ssh.Certificate{Key: key, CertType: ssh.HostCert, ValidPrincipals: []string{addr}, ValidBefore: ssh.CertTimeInfinity}
		change(cert)
		if err := cert.SignCert(rand.Reader, k.ca); err != nil {
			t.Fatal(err)
		}
		install := `cat >/etc/ssh/ssh_host_ed25519_key-cert.pub
			printf '%s\n' 'Port 22' 'Port 2222' 'HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub' >/etc/ssh/sshd_config.d/keys.conf
			systemctl restart ssh`
		if got, err := h.Run(t.Context(), execx.Cmd{Argv: []string{"sh", "-c", install}, Stdin: ssh.MarshalAuthorizedKey(cert)}); err != nil || got.Code != 0 {
			t.Fatalf("it came to %d: %s (%v)", got.Code, got.Stderr, err)
		}
		h.Drop()
	}
	t.Cleanup(func() {
		mend := "rm /etc/ssh/sshd_config.d/keys.conf /etc/ssh/ssh_host_ed25519_key-cert.pub; systemctl restart ssh"
		if res, err := h.Run(context.WithoutCancel(t.Context()), execx.Cmd{Argv: []string{"sh", "-c", mend}, Limit: time.Minute}); err != nil || res.Code != 0 {
			t.Errorf("it came to %d: %s (%v)", res.Code, res.Stderr, err)
		}
		h.Drop()
	})
	full, ca := "["+addr+"]:2222", public(k.ca)
	type realCase struct {
		name, known, config string
		port                int
		trusted             bool
	}
	put := func(cases ...realCase) {
		t.Helper()
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { realCaseAsSSH(t, addr, c.port, c.known, c.config, c.trusted) })
		}
	}
	certify(func(*ssh.Certificate) {})
	put(
		realCase{"the key", addr + " " + line, "", 22, true},
		realCase{"nothing", "", "", 22, false},
		realCase{"with the port", full + " " + line, "", 2222, true},
		realCase{"without the port", addr + " " + line, "", 2222, true},
		realCase{"with another port", "[" + addr + "]:2223 " + line, "", 2222, false},
		// For its certificate nothing is recorded with the port; without, its key is.
		realCase{"another with the port", full + " " + public(k.other) + addr + " " + line, "", 2222, true},
		realCase{"a certificate", "@cert-authority * " + ca, "", 2222, true},
		realCase{"a certificate, without the port", "@cert-authority " + addr + " " + ca, "", 2222, true},
		realCase{"a certificate, another authority", "@cert-authority * " + public(k.other), "", 22, false},
		realCase{"a revoked authority", "@cert-authority * " + ca + "@revoked * " + ca, "", 22, false},
		realCase{"another host's revoked key", addr + " " + line + "@revoked n7 " + line, "", 22, true},
		realCase{"a revoked key", addr + " " + line + "@revoked * " + line, "", 22, false},
		realCase{"algorithms", "@cert-authority * " + ca, "CASignatureAlgorithms rsa-sha2-512", 22, false},
	)
	certify(func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) })
	put(
		realCase{"an expired certificate", "@cert-authority * " + ca, "", 22, false},
		realCase{"an expired certificate, the key is recorded", "@cert-authority * " + ca + addr + " " + line, "", 22, true},
		realCase{"an expired certificate, the key is recorded without the port", "@cert-authority * " + ca + addr + " " + line, "", 2222, true},
	)
}

func realCaseAsSSH(t *testing.T, addr string, port int, known, config string, trusted bool) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("config", fmt.Sprintf("HostName %s\nPort %d\nUser root\nIdentityFile %s\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n%s\n",
		addr, port, os.Getenv(insideKey), write("known_hosts", known), config))
	out, failed := exec.Command("ssh", "-F", file, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "UpdateHostKeys=no",
		"-o", "IdentityAgent=none", "n1", "true").CombinedOutput()
	p, err := transport.New(transport.Options{ConfigFile: file, AgentSocket: transport.None})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = run(t, host(t, p, "n1", transport.Target{}))
	if (failed == nil) != trusted || (err == nil) != trusted {
		t.Errorf("this says %v; ssh %v: %s", err, failed, out)
	}
	if text := strings.TrimSpace(string(out)); err != nil {
		t.Logf("%v; ssh: %s", err, text)
	}
}
