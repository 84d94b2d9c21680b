package site

import (
	"errors"
	"strings"
	"testing"
	"time"

	"umm/internal/cluster/config"
	"umm/internal/cluster/exit"
)

func TestUntil(t *testing.T) {
	now := time.Date(2026, 11, 30, 2, 30, 0, 0, time.UTC) // a Monday
	for _, c := range []struct {
		windows []string
		said    string
		want    string
		code    exit.Code
		text    string
	}{
		{want: "0001-01-01 00:00"},
		{said: "05:00", want: "2026-11-30 05:00"},
		{said: "02:00", want: "2026-12-01 02:00"},
		{said: "5", code: exit.Usage, text: `invalid --until: "5" is no time of the day`},
		{windows: []string{"Mon 01:00-04:00 UTC"}, want: "2026-11-30 04:00"},
		{windows: []string{"Mon 01:00-04:00 UTC"}, said: "05:00", want: "2026-11-30 05:00"},
		{windows: []string{"Tue 01:00-04:00 UTC", "Sat 01:00-04:00 UTC"}, code: exit.Refused, text: "no maintenance window is open; the next one opens on Tue 2026-12-01 01:00"},
	} {
		s := &Site{Conf: config.Config{Policy: config.Policy{Window: c.windows}}}
		got, err := s.until(c.said, now)
		var coded *exit.Error
		switch {
		case c.text == "" && (err != nil || got.Format("2006-01-02 15:04") != c.want):
			t.Errorf("%q, %q: %s (%v), want %s", c.windows, c.said, got, err, c.want)
		case c.text != "" && (!errors.As(err, &coded) || coded.Code != c.code || !strings.Contains(err.Error(), c.text)):
			t.Errorf("%q, %q: %v, want %q", c.windows, c.said, err, c.text)
		}
	}
}
