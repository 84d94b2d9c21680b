package transport

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// testKey is a public key as lines hold it.
func testKey(t testing.TB) string {
	t.Helper()
	key, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// rsaLine is an RSA key of that length, which nobody could sign with.
func rsaLine(bits uint) string {
	field := func(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }
	n := new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1)
	blob := append(field([]byte("ssh-rsa")), field([]byte{1, 0, 1})...)
	blob = append(blob, field(append([]byte{0}, n.Bytes()...))...)
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(blob)
}

// No OpenSSH takes RSA keys below 1024 bits for anything.
func TestShortKeysAreNone(t *testing.T) {
	for bits, want := range map[uint]bool{768: false, 1023: false, 1024: true, 4096: true} {
		if _, ok := parseKnown("n1 " + rsaLine(bits)); ok != want {
			t.Errorf("%d bits are a key: %v", bits, ok)
		}
	}
	if line, err := revokedLine(rsaLine(768)+"\n"+testKey(t)+"\n", mustParse(t, testKey(t))); line != 2 || err != nil {
		t.Errorf("behind a short key it is line %d (%v)", line, err)
	}
}

func mustParse(t testing.TB, line string) ssh.PublicKey {
	t.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A file of host keys is read without a panic, whatever it holds, and never says more than
// it has lines. What is written to it comes out again.
func FuzzKnownHosts(f *testing.F) {
	key := testKey(f)
	for _, seed := range []string{
		"n1 " + key, "@revoked\tn1 " + key, "@cert-authority *.example,!n1 " + key, "|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= " + key,
		"|1|| " + key, "n1 ssh-rsa AAAA", "# c\n\n\x00n1 " + key, rsaLine(1024), "n1," + rsaLine(768), "@ @ @", "[n1]:22 " + key + "\r\n!n1 " + key, "N7,n1 " + key, "*?*?*?*?*?x " + key,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		file := parseKnownFile("f", []byte(text))
		n := len(file.others)
		for _, keys := range file.plain {
			for _, k := range keys {
				if k.Line < 1 || k.Line > lines {
					t.Errorf("a key is in line %d of %d", k.Line, lines)
				}
			}
		}
		if n > lines {
			t.Errorf("%d lines hold %d keys", lines, n)
		}
		for _, line := range file.others {
			line.of("n1")
			line.of("[n1]:2222")
		}
		if _, err := revokedLine(text, mustParse(t, key)); err == nil && strings.Contains(text, "\nrubbish\n") {
			t.Error("rubbish was passed over in a list of revoked keys")
		}
		rest, err := without([]byte(text), "n1", []HostKey{hostKey(mustParse(t, key))})
		if err != nil {
			return
		}
		for _, k := range parseKnownFile("f", rest).plain["n1"] {
			if k.same(mustParse(t, key)) {
				t.Errorf("the key was not taken out of %q: %q", text, rest)
			}
		}
	})
}
