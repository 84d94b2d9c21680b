package record

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"umm/internal/api"
	"umm/internal/host/mode"
)

// words of the size that `umm on` lets through, as costly to write as can be.
func words(c string) []string {
	n := api.MaxWords * 1000 / api.WordsSize(strings.Repeat(c, 1000))
	return []string{strings.Repeat(c, n)}
}

func TestWhatIsBoundedFits(t *testing.T) {
	f := mode.Facts{BootID: strings.Repeat("f", 32)}
	now := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("far", 14*3600))
	for _, c := range []string{"a", `"`, "<", "\x01", "ä", "\u2028"} {
		session := mode.Session{
			Trigger: mode.Trigger{Kind: mode.ByUncleanBoots, Detail: strings.Repeat(c, 9999), By: strings.Repeat(c, 9999), At: now},
			For:     time.Hour, Then: mode.ThenReboot,
			Command: &mode.Command{Argv: words(c), State: mode.CommandPending, Limit: time.Hour},
		}
		r := mode.Enter(mode.Record{}, f, session, now)
		r, _, _ = mode.StartCommand(r, f, 1, now)
		r = mode.EndCommand(r, f, 1, mode.Command{State: mode.CommandFailed, Error: strings.Repeat(c, 9999)}, now)
		r = mode.Request(r, f, session, now)
		for range 50 {
			r = mode.Note(r, f, mode.EventProblem, strings.Repeat(c, 9999), now)
		}
		if size := api.WordsSize(session.Command.Argv...); size < api.MaxWords-100 || size > api.MaxWords {
			t.Fatalf("words of %d bytes are not what is to be tried", size)
		}
		s := newStore(t)
		save(t, s, r)
		got, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		got.Events, r.Events = nil, nil
		if !reflect.DeepEqual(got.Session.Command.Argv, r.Session.Command.Argv) || got.NextEvent != r.NextEvent {
			t.Errorf("of words of %q %.60v... came back", c, got)
		}
	}
}

func TestEventsAreSparedForTheRest(t *testing.T) {
	r := numbered(1)
	for n := range 20 {
		r.Events = append(r.Events, mode.Event{Seq: uint64(n), Kind: mode.EventProblem, Text: strings.Repeat("x", 5000)})
	}
	s := newStore(t)
	save(t, s, r)
	got, err := s.Load()
	if err != nil || len(got.Events) < 5 || got.Events[len(got.Events)-1].Seq != 19 || got.Unclean != 1 {
		t.Errorf("%d events are left (%v)", len(got.Events), err)
	}
	if len(r.Events) != 20 {
		t.Error("the record that was given has changed")
	}
}

func TestTooLarge(t *testing.T) {
	s := newStore(t)
	save(t, s, numbered(1))
	r := numbered(2)
	r.Session = &mode.Session{Command: &mode.Command{Argv: []string{strings.Repeat("x", size)}}}
	if err := s.Save(r); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("save says %v", err)
	}
	wantLoad(t, s, numbered(1))
}

func FuzzDecode(f *testing.F) {
	for _, r := range []mode.Record{{}, numbered(1), large(2)} {
		data, err := encode(r, 7, machine)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:10000])
		f.Add(data[:200])
	}
	f.Add([]byte(`umm-record {"version":1,"seq":1,"length":2,"crc32":0}` + "\n{}\n"))
	f.Add([]byte("umm-record \n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, r, err := decode(data)
		if err != nil {
			return
		}
		again, err := encode(r, h.Seq, h.Machine)
		if err != nil {
			t.Fatal(err)
		}
		h2, r2, err := decode(again)
		if err != nil || !reflect.DeepEqual(r2, r) || h2.Seq != h.Seq || h2.Machine != h.Machine {
			t.Fatalf("decoded %+v, and then %+v (%v)", r, r2, err)
		}
	})
}

// FuzzBody gives the decoder what a checksum vouches for: a record of a future, or
// a hand that went too far.
func FuzzBody(f *testing.F) {
	for _, body := range []string{"{}", `{"unclean":1}`, "null", "[]", `{"boot":{"id":7}}`, `{"events":[{}]}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > size/2 {
			return
		}
		if _, _, err := decode(vouchFor(t, body)); err != nil && !strings.Contains(err.Error(), "does not hold a record") {
			t.Fatal(err)
		}
	})
}

func vouchFor(t *testing.T, body []byte) []byte {
	head, err := marshal(header{Version: version, Seq: 1, Length: len(body), CRC32: checksum(1, "", body)})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(magic+" "+string(head)+"\n"), body...)
}

// decode is what Load does with one file.
func decode(data []byte) (header, mode.Record, error) {
	h, body, err := prove(data)
	if err != nil {
		return h, mode.Record{}, err
	}
	r, err := parse(body)
	return h, r, err
}
