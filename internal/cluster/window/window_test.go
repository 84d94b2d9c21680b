package window

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // not every machine has them
)

// at is a time in Berlin, where summer time ends on 2026-10-25 at 03:00.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestOpenAndNext(t *testing.T) {
	const night, weekend, over = "Mon-Fri 01:00-05:00 Europe/Berlin", "Sat,Sun 00:00-24:00 Europe/Berlin", "Fri-Mon 22:00-04:00 Europe/Berlin"
	for _, c := range []struct{ windows, now, until, next string }{
		{night, "2026-11-30 00:59", "", "2026-11-30 01:00"}, // a Monday
		{night, "2026-11-30 01:00", "2026-11-30 05:00", "2026-12-01 01:00"},
		{night, "2026-11-30 05:00", "", "2026-12-01 01:00"},
		{night, "2026-12-04 12:00", "", "2026-12-07 01:00"},
		{night, "2026-11-29 02:00", "", "2026-11-30 01:00"},
		{weekend, "2026-12-05 23:59", "2026-12-06 00:00", "2026-12-06 00:00"},
		{over, "2026-12-01 03:00", "2026-12-01 04:00", "2026-12-04 22:00"},
		{over, "2026-12-02 03:00", "", "2026-12-04 22:00"},
		{over, "2026-12-04 22:30", "2026-12-05 04:00", "2026-12-05 22:00"},
		{over, "2026-10-24 23:00", "2026-10-25 04:00", "2026-10-25 22:00"},
		{night + ";" + weekend, "2026-12-04 12:00", "", "2026-12-05 00:00"},
		{"01:00-05:00 Europe/Berlin;04:00-06:00 Europe/Berlin", "2026-12-04 04:30", "2026-12-04 06:00", "2026-12-05 01:00"},
		{"", "2026-12-04 04:30", "", ""},
	} {
		var all []Window
		for text := range strings.SplitSeq(c.windows, ";") {
			if text != "" {
				w, err := Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, w)
			}
		}
		now := at(t, c.now)
		until, open := Open(all, now)
		if open != (c.until != "") || open && !until.Equal(at(t, c.until)) {
			t.Errorf("%s at %s is open until %s (%v), want %q", c.windows, c.now, until, open, c.until)
		}
		if next := Next(all, now); next.IsZero() != (c.next == "") || c.next != "" && !next.Equal(at(t, c.next)) {
			t.Errorf("%s at %s opens next at %s, want %q", c.windows, c.now, next, c.next)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"": "is no window", "Mon": "is no window", "01:00": "is no window", "1:00-2:00": "is no window", "Mon-Fri 01:00-05:00 Europe/Berlin x": "is no window",
		"Mo 01:00-05:00": "are no days", "Mon-Fry 01:00-05:00": "are no days", ", 01:00-05:00": "are no days",
		"25:00-26:00": "is no time of the day", "01:60-02:00": "is no time of the day", "24:01-24:00": "is no time of the day",
		"01:00-01:00": "is empty", "01:00-02:00 Europe/Nowhere": "not known on this machine",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", text, err, why)
		}
	}
}

func TestUntil(t *testing.T) {
	for _, c := range []struct{ text, now, want string }{
		{"05:00", "2026-11-30 23:30", "2026-12-01 05:00"}, {"05:00", "2026-12-01 04:59", "2026-12-01 05:00"}, {"05:00", "2026-12-01 05:00", "2026-12-02 05:00"}, {"24:00", "2026-12-01 05:00", "2026-12-02 00:00"},
	} {
		if got, err := Until(c.text, at(t, c.now)); err != nil || !got.Equal(at(t, c.want)) {
			t.Errorf("%s at %s is %s (%v)", c.text, c.now, got, err)
		}
	}
	for _, text := range []string{"5:00", "25:00", "tomorrow", "05:00:00", ""} {
		if got, err := Until(text, time.Now()); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"Mon-Fri 01:00-05:00 Europe/Berlin", "22:00-04:00", "Sat,Sun 00:00-24:00"} {
		f.Add(text, int64(1764547200))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		w, err := Parse(text)
		if err != nil {
			return
		}
		now := time.Unix(unix%(1<<34), 0)
		if until, open := Open([]Window{w}, now); open && (!until.After(now) || until.Sub(now) > 25*time.Hour) {
			t.Errorf("%q is open at %s until %s", text, now, until)
		}
		if next := Next([]Window{w}, now); !next.After(now) || next.Sub(now) > 8*24*time.Hour {
			t.Errorf("%q opens after %s at %s", text, now, next)
		}
	})
}
