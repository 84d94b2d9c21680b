package transport_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"umm/internal/cluster/transport"
	"umm/internal/cluster/transport/sshtest"
)

func run(t *testing.T, h *transport.Host) error {
	t.Helper()
	_, err := h.Run(t.Context(), sh("true"))
	return err
}

func hashed(name string) string { return hashedWith("01234567890123456789", name) }

func hashedWith(secret, name string) string {
	salt := []byte(secret)
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return "|1|" + base64.StdEncoding.EncodeToString(salt) + "|" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestKnownHost(t *testing.T) {
	s := newSite(t, sshtest.Config{HostKeys: []string{"rsa", "ecdsa", "ed25519"}})
	name := fmt.Sprintf("[127.0.0.1]:%d", s.Port())
	lines := strings.SplitAfter(strings.TrimSpace(s.KnownHosts(name)), "\n")
	other := serve(t, sshtest.Config{HostKeys: []string{"ed25519", "ed25519", "rsa"}})
	for test, file := range map[string]string{
		"all keys":                     strings.Join(lines, ""),
		"rsa alone":                    lines[0],
		"ecdsa alone":                  lines[1],
		"ed25519 alone":                lines[2],
		"hashed":                       strings.Replace(lines[2], name, hashed(name), 1),
		"among other names":            strings.Replace(lines[2], name, "n7,"+name+",n8", 1),
		"a wildcard":                   strings.Replace(lines[2], name, "[127.0.0.*]:*,!n7", 1),
		"one of several of its kind":   other.KnownHosts(name) + strings.Join(lines, ""),
		"rubbish around it":            "# c\n\nrubbish\n" + name + " ssh-ed25519 AAAA\n" + name + " sk-new AAAA\n@what x\n" + lines[2],
		"by its name without a port":   strings.Replace(lines[2], name, "127.0.0.1", 1),
		"by any name but the full one": strings.Replace(lines[2], name, "*,!"+name, 1),
		"revoked for another host":     "@revoked n7 " + strings.SplitN(lines[2], " ", 2)[1] + "\n" + lines[2],
		"another's revoked":            "@revoked * " + strings.SplitN(other.KnownHosts("*"), " ", 2)[1] + lines[2],
		"an open last line, and CR LF": "n7 x\r\n" + strings.TrimSpace(lines[2]),
	} {
		t.Run(test, func(t *testing.T) {
			s.write(t, "known_hosts", file)
			if err := run(t, s.host(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownHost(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	line := s.KnownHosts("x")
	name := fmt.Sprintf("[127.0.0.1]:%d", s.Port())
	for test, file := range map[string]string{
		"empty":            "",
		"another port":     strings.Replace(line, "x ", "[127.0.0.1]:1 ", 1),
		"excepted":         strings.Replace(line, "x ", "*,!"+name+",!127.0.0.1 ", 1),
		"another's hash":   strings.Replace(line, "x ", hashed("n7")+" ", 1),
		"a CA's of others": "@cert-authority n7 " + strings.SplitN(line, " ", 2)[1],
	} {
		t.Run(test, func(t *testing.T) {
			s.write(t, "known_hosts", file)
			err := run(t, s.host(t))
			var unknown *transport.HostKeyUnknown
			if !errors.As(err, &unknown) {
				t.Fatalf("it says %v", err)
			}
			if unknown.Key.Type != "ssh-ed25519" || err.Error() != "the host key of n1 ("+s.Addr()+") is not known: it shows ed25519 "+unknown.Key.Fingerprint {
				t.Errorf("it says %v", err)
			}
			if !strings.Contains(unknown.Hint(), "umm-cluster trust n1") {
				t.Errorf("the hint is %s", unknown.Hint())
			}
		})
	}
	os.Remove(s.path("known_hosts")) //nolint:errcheck // It is there.
	var unknown *transport.HostKeyUnknown
	if err := run(t, s.host(t)); !errors.As(err, &unknown) {
		t.Errorf("no file: %v", err)
	}
}

func TestChangedHostKey(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	h := s.host(t)
	old := fingerprint(t, s.KnownHosts("x"))
	if err := s.NewHostKeys("ed25519"); err != nil {
		t.Fatal(err)
	}
	err := run(t, h)
	var changed *transport.HostKeyChanged
	if !errors.As(err, &changed) {
		t.Fatalf("it says %v", err)
	}
	want := fmt.Sprintf("the host key of n1 (%s) is not the recorded one: it shows ed25519 %s, recorded is ed25519 %s (%s:1)",
		s.Addr(), fingerprint(t, s.KnownHosts("x")), old, s.path("known_hosts"))
	if err.Error() != want {
		t.Errorf("it says %v\nwant %s", err, want)
	}
	if n := s.Counts(); n.Logins != 0 {
		t.Error("it has logged in")
	}

	// Another kind of key than the recorded one is no better.
	if err := s.NewHostKeys("rsa"); err != nil {
		t.Fatal(err)
	}
	if err := run(t, h); !errors.As(err, &changed) || changed.Key.Type != "ssh-rsa" {
		t.Errorf("it says %v", err)
	}

	// What is recorded by hand meanwhile counts at once.
	s.write(t, "known_hosts", s.KnownHosts())
	if err := run(t, h); err != nil {
		t.Error(err)
	}
}

func TestRevokedHostKey(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	s.write(t, "known_hosts", s.KnownHosts()+"@revoked * "+strings.SplitN(s.KnownHosts("x"), " ", 2)[1])
	err := run(t, s.host(t))
	var revoked *transport.HostKeyRevoked
	if !errors.As(err, &revoked) || !strings.HasSuffix(err.Error(), "known_hosts:2)") {
		t.Errorf("it says %v", err)
	}
}

// fingerprint is what OpenSSH makes of the first line of a known_hosts file.
func fingerprint(t *testing.T, lines string) string {
	t.Helper()
	openSSH(t)
	cmd := exec.Command("ssh-keygen", "-lf", "-")
	cmd.Stdin = strings.NewReader(lines)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ssh-keygen: %v", err)
	}
	return strings.Fields(string(out))[1]
}

func TestTrust(t *testing.T) {
	s := newSite(t, sshtest.Config{HostKeys: []string{"ed25519", "rsa"}})
	const mine = "# mine\nn7 ssh-ed25519 AAAA"
	s.write(t, "known_hosts", mine)
	if err := os.Chmod(s.path("known_hosts"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := s.host(t)
	keys, err := h.Fetch(t.Context())
	if err != nil || len(keys) != 2 || keys[0].Type != "ssh-ed25519" || keys[1].Type != "ssh-rsa" || keys[0].Fingerprint != fingerprint(t, s.KnownHosts("x")) {
		t.Fatalf("it shows %v (%v)", keys, err)
	}
	if has, err := h.Recorded(); err != nil || len(has) != 0 {
		t.Errorf("recorded are %v (%v)", has, err)
	}
	for range 2 {
		file, err := h.Record(keys, false)
		if err != nil || file != s.path("known_hosts") {
			t.Fatalf("%s, %v", file, err)
		}
	}
	if got, want := s.read(t), mine+"\n"+s.KnownHosts(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
	if err := run(t, h); err != nil {
		t.Error(err)
	}

	// A changed key is replaced on demand alone.
	if err := s.NewHostKeys("ed25519"); err != nil {
		t.Fatal(err)
	}
	if keys, err = h.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	var changed *transport.HostKeyChanged
	if _, err := h.Record(keys, false); !errors.As(err, &changed) || len(changed.Recorded) != 2 {
		t.Errorf("it says %v", err)
	}
	if _, err := h.Record(keys, true); err != nil {
		t.Error(err)
	}
	if got, want := s.read(t), mine+"\n"+s.KnownHosts(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
	if info, err := os.Stat(s.path("known_hosts")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the file is %v (%v)", info.Mode(), err)
	}
	h.Drop()
	if err := run(t, h); err != nil {
		t.Error(err)
	}
}

func (s *site) read(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(s.path("known_hosts"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTrustMakesTheFile(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	if err := os.RemoveAll(s.path("")); err != nil {
		t.Fatal(err)
	}
	h := s.host(t)
	keys, err := h.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Record(keys, false); err != nil || s.read(t) != s.KnownHosts() {
		t.Errorf("the file holds %s (%v)", s.read(t), err)
	}
	if info, err := os.Stat(s.path("known_hosts")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v)", info.Mode(), err)
	}
	if info, err := os.Stat(s.path("")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v (%v)", info.Mode(), err)
	}
}

func TestTrustThatCannotReplace(t *testing.T) {
	s := newSite(t, sshtest.Config{})
	h := s.host(t)
	keys, err := h.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := serve(t, sshtest.Config{})
	name := fmt.Sprintf("[127.0.0.1]:%d", s.Port())
	for test, c := range map[string]struct{ file, after, err string }{
		"a wildcard":    {other.KnownHosts("[127.0.0.1]:*"), "", "change that line by hand"},
		"hashed":        {other.KnownHosts(hashed(name)), s.KnownHosts(), ""},
		"in upper case": {other.KnownHosts("N7.Example", name, "N8"), other.KnownHosts("N7.Example", "N8") + s.KnownHosts(), ""},
		"other names":   {other.KnownHosts("n7", name), other.KnownHosts("n7") + s.KnownHosts(), ""},
		"it is revoked": {"@revoked * " + strings.SplitN(s.KnownHosts("x"), " ", 2)[1], "", "is revoked"},
	} {
		t.Run(test, func(t *testing.T) {
			s.write(t, "known_hosts", c.file)
			_, err := h.Record(keys, true)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("it says %v", err)
			}
			if c.after == "" {
				c.after = c.file
			}
			if got := s.read(t); got != c.after {
				t.Errorf("the file holds\n%s\nwant\n%s", got, c.after)
			}
		})
	}
}
