// Package window knows the times of the week in which hosts may be taken out of service. It is
// pure.
package window

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Window is a time on some days of the week: "Mon-Fri 01:00-05:00 Europe/Berlin". One that goes
// over midnight belongs to the day on which it begins.
type Window struct {
	days [7]bool
	// from and to are minutes of the day; to is not after from where it goes over midnight.
	from, to int
	zone     *time.Location
}

var (
	pattern = regexp.MustCompile(`^(?:([A-Za-z,-]+) +)?([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})(?: +([A-Za-z0-9_+/-]+))?$`)
	names   = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// Parse reads a window: days as Mon, Mon-Fri or Sat,Sun (all where there are none), times, and a
// time zone (this machine's where there is none).
func Parse(text string) (Window, error) {
	m := pattern.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Window{}, fmt.Errorf(`%q is no window: write DAYS HH:MM-HH:MM ZONE, as "Mon-Fri 01:00-05:00 Europe/Berlin"; DAYS and ZONE may be left out`, text)
	}
	w := Window{zone: time.Local}
	var err error
	if w.days, err = daysOf(m[1]); err != nil {
		return Window{}, err
	}
	for i, at := range []*int{&w.from, &w.to} {
		if *at, err = minutes(m[2+i]); err != nil {
			return Window{}, err
		}
	}
	if w.from == w.to {
		return Window{}, fmt.Errorf("%q is empty: it ends when it begins", text)
	}
	if m[4] != "" {
		if w.zone, err = time.LoadLocation(m[4]); err != nil {
			return Window{}, fmt.Errorf("the time zone %q is not known on this machine", m[4])
		}
	}
	return w, nil
}

func daysOf(text string) (days [7]bool, err error) {
	if text == "" {
		return [7]bool{true, true, true, true, true, true, true}, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			last = first
		}
		from, to := dayOf(first), dayOf(last)
		if from < 0 || to < 0 {
			return days, fmt.Errorf("%q are no days: write Mon, Mon-Fri or Sat,Sun", text)
		}
		for d := from; ; d = (d + 1) % 7 {
			if days[d] = true; d == to {
				break
			}
		}
	}
	return days, nil
}

func dayOf(name string) int {
	for i, n := range names {
		if strings.EqualFold(name, n) {
			return i
		}
	}
	return -1
}

// minutes reads HH:MM, also 24:00.
func minutes(text string) (int, error) {
	hour, _ := strconv.Atoi(text[:2])
	minute, _ := strconv.Atoi(text[3:])
	if hour > 23 && (hour != 24 || minute != 0) || minute > 59 {
		return 0, fmt.Errorf("%s is no time of the day", text)
	}
	return hour*60 + minute, nil
}

// on is the window that begins on the day of t.
func (w Window) on(t time.Time) (from, to time.Time) {
	y, m, d := t.In(w.zone).Date()
	from = time.Date(y, m, d, 0, w.from, 0, 0, w.zone)
	if w.to <= w.from {
		d++
	}
	return from, time.Date(y, m, d, 0, w.to, 0, 0, w.zone)
}

// Open tells whether one of the windows is open, and until when.
func Open(all []Window, now time.Time) (until time.Time, open bool) {
	for _, w := range all {
		// It may have begun yesterday.
		for _, day := range []int{0, -1} {
			from, to := w.on(now.In(w.zone).AddDate(0, 0, day))
			if w.days[from.Weekday()] && !now.Before(from) && now.Before(to) && to.After(until) {
				until, open = to, true
			}
		}
	}
	return until, open
}

// Next is when the next of the windows opens; zero where there is none.
func Next(all []Window, now time.Time) time.Time {
	var next time.Time
	for _, w := range all {
		for day := range 8 {
			from, _ := w.on(now.In(w.zone).AddDate(0, 0, day))
			if w.days[from.Weekday()] && from.After(now) && (next.IsZero() || from.Before(next)) {
				next = from
			}
		}
	}
	return next
}

// Until is the next time at which a clock on this machine shows HH:MM.
func Until(text string, now time.Time) (time.Time, error) {
	if !regexp.MustCompile(`^[0-9]{2}:[0-9]{2}$`).MatchString(text) {
		return time.Time{}, fmt.Errorf("%q is no time of the day: write HH:MM", text)
	}
	at, err := minutes(text)
	if err != nil {
		return time.Time{}, err
	}
	y, m, d := now.Date()
	until := time.Date(y, m, d, 0, at, 0, 0, now.Location())
	if !until.After(now) {
		until = time.Date(y, m, d+1, 0, at, 0, 0, now.Location())
	}
	return until, nil
}
