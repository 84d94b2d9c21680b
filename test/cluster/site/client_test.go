package site

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"umm/internal/lab"
)

// fakeServer does with each write what it was told; its sessions end at the first
// error.
type fakeServer struct {
	answers []error
	opened  int
	stop    context.CancelFunc
}

func (f *fakeServer) open(context.Context) (session, error) {
	f.opened++
	return f, nil
}

func (f *fakeServer) write(_ context.Context, _ int) error {
	if len(f.answers) == 0 {
		f.stop()
		return errors.New("over")
	}
	err := f.answers[0]
	f.answers = f.answers[1:]
	return err
}

func (f *fakeServer) close() {}

func TestClientRecords(t *testing.T) {
	lost := errors.New("connection lost")
	ctx, stop := context.WithCancel(t.Context())
	f := &fakeServer{answers: []error{nil, nil, lost, errors.New("refused"), nil}, stop: stop}
	c := &client{record: Record{Client: "fake"}, open: f.open}
	c.run(ctx)
	r := c.finish(time.Now())
	if !slices.Equal(r.Acked, []int{1, 2, 5}) || r.Failed != 2 || f.opened != 3 {
		t.Errorf("got %+v after %d connections", r, f.opened)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Failed != 2 || !errors.Is(r.Gaps[0].First, lost) {
		t.Errorf("got gaps %v", r.Gaps)
	}
	if r.Longest.Took < 2*retryPause || r.Longest.Failed != 2 {
		t.Errorf("the longest gap is %v", r.Longest)
	}
}

func TestGapAtTheEndCounts(t *testing.T) {
	c := &client{gap: Gap{From: time.Now().Add(-time.Minute)}}
	if r := c.finish(time.Now()); r.Longest.Took < time.Minute || len(r.Gaps) != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestMissing(t *testing.T) {
	there := map[int]bool{1: true, 3: true, 9: true}
	if err := missing("rows", []int{1, 3}, there); err != nil {
		t.Error(err)
	}
	if err := missing("rows", []int{1, 2, 3, 4}, there); err == nil || !strings.Contains(err.Error(), "2 of 4 acknowledged rows are lost, the first: [2 4]") {
		t.Errorf("got %v", err)
	}
}

func TestWatchNotesOuts(t *testing.T) {
	w := &watch{host: &lab.Host{}}
	at := time.Now()
	for i, missing := range [][]string{nil, {"Galera"}, {"ssh", "Galera"}, nil, {"power"}} {
		w.missing = missing
		w.note(at.Add(time.Duration(i) * time.Second))
	}
	w.end(at.Add(10 * time.Second))
	if len(w.outs) != 2 || w.outs[0].Took != 2*time.Second || !slices.Equal(w.outs[0].Why, []string{"Galera", "ssh"}) || w.outs[1].Took != 6*time.Second {
		t.Errorf("got %+v", w.outs)
	}
}
