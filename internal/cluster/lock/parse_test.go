package lock

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"umm/internal/execx"
)

var captured = Claim{Run: "20260301-120000-3f2a", By: "alice", Master: "fuel", Reason: `new <kernel> & "more"`, At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

func capture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParse(t *testing.T) {
	etcd := func(out []byte) (*Claim, error) {
		c, revision, err := parseEtcd(out)
		if c != nil && revision != 16 {
			t.Errorf("the revision is %d", revision)
		}
		return c, err
	}
	for dir, parse := range map[string]func([]byte) (*Claim, error){"pacemaker-2.1.5": parseCIB, "etcd-3.4.23": etcd} {
		if c, err := parse(capture(t, dir+"/none.txt")); c != nil || err != nil {
			t.Errorf("%s: none is %v (%v)", dir, c, err)
		}
		if c, err := parse(capture(t, dir+"/held.txt")); err != nil || c == nil || *c != captured {
			t.Errorf("%s: it is %+v (%v), want %+v", dir, c, err, captured)
		}
		for _, text := range []string{"", "rubbish", "null", "{}", "[]", "<a/>", "<crm_config>", `{"header":{},"kvs":[{"value":"YQ=="}]}`, `{"header":{},"kvs":[{"value":"%%"}]}`,
			`<crm_config><cluster_property_set id="umm-lock"/></crm_config>`} {
			if c, err := parse([]byte(text)); c != nil || err == nil {
				t.Errorf("%s: %q is %v", dir, text, c)
			}
		}
	}
}

func TestParseQuorum(t *testing.T) {
	otherwise := errors.New("otherwise")
	for _, c := range []struct {
		out  string
		want bool
		err  error
	}{
		{string(capture(t, "pacemaker-2.1.5/quorum.txt")), true, nil}, {"0\n", false, nil},
		{string(capture(t, "pacemaker-2.1.5/quorum-stopped.txt")), false, otherwise}, {"10\n", false, otherwise},
	} {
		if got, err := parseQuorum(c.out, otherwise); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q is %v (%v)", c.out, got, err)
		}
	}
}

// What is written is read back, whatever people typed.
func FuzzClaim(f *testing.F) {
	f.Add("alice", "fuel", `new <kernel> & "more"`)
	f.Add("a\nb", "%41", "x=y&z+ \\n 'q' ü")
	f.Fuzz(func(t *testing.T, by, master, reason string) {
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		c := Claim{Run: "r1", By: by, Master: master, Reason: reason, At: at}
		entry := cibEntry(c)
		if err := xml.Unmarshal([]byte(entry), new(struct{})); err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		value := etcdValue(c)
		if strings.ContainsAny(value, " \t\n\"'\\") {
			t.Errorf("%q is more than one word", value)
		}
		type kv struct {
			Value []byte `json:"value"`
		}
		answer, err := json.Marshal(map[string]any{"header": map[string]int{}, "kvs": []kv{{[]byte(value)}}})
		if err != nil {
			t.Fatal(err)
		}
		fromCIB, err := parseCIB([]byte("<crm_config>" + entry + "</crm_config>"))
		if err != nil || fromCIB.Run != "r1" || !fromCIB.At.Equal(at) {
			t.Fatalf("%+v is read as %+v (%v)", c, fromCIB, err)
		}
		fromEtcd, _, err := parseEtcd(answer)
		if err != nil || *fromEtcd != *claimOf(c.word) {
			t.Fatalf("%+v is read as %+v (%v)", c, fromEtcd, err)
		}
	})
}

func TestEtcdValueIsWhatWasCaptured(t *testing.T) {
	got, err := url.ParseQuery(etcdValue(captured))
	if err != nil || got.Get("reason") != captured.Reason {
		t.Errorf("it is %v (%v)", got, err)
	}
	if want := "at=2026-03-01T12%3A00%3A00Z&by=alice&master=fuel&reason=new%20%3Ckernel%3E%20%26%20%22more%22&run=20260301-120000-3f2a"; etcdValue(captured) != want {
		t.Errorf("it is %s", etcdValue(captured))
	}
}

func TestFailedKeepsTheComplaint(t *testing.T) {
	err := failed([]string{"cibadmin", "-Q"}, execx.Result{Code: 102, Stderr: []byte("no\n")})
	if err == nil || err.Error() != "cibadmin failed with exit status 102: no" {
		t.Errorf("it says %v", err)
	}
}

// What another machine says of a claim cannot forge a line, and is no longer than what it tells.
func TestAClaimIsCleaned(t *testing.T) {
	entry := cibEntry(Claim{Run: "r1"})
	entry = strings.Replace(entry, `name="umm-by" value=""`, `name="umm-by" value="a&#10;\x1b[2J`+"\u202e"+strings.Repeat("x", 5000)+`"`, 1)
	c, err := parseCIB([]byte("<crm_config>" + strings.ReplaceAll(entry, `\x1b`, "\u009b") + "</crm_config>"))
	if err != nil || len(c.By) > 2000 || !strings.HasPrefix(c.By, "a [2J x") {
		t.Errorf("%+v, %v", c, err)
	}
}
