package rollout

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"umm/internal/cluster/run"
	"umm/internal/cluster/service"
	"umm/internal/execx"
)

// Whatever hosts say, an entry of it can be kept and shown: what cannot be kept would stop the
// run without a word of why.
func TestWhatHostsSayIsBounded(t *testing.T) {
	huge := "\x1b]0;x\x07\u202e\xff" + strings.Repeat("x", 20<<20) + "\n"
	entry := run.Entry{Kind: run.Failed, Host: "n1", Text: huge, Hint: huge, Boot: huge}
	evidence := "one\n" + huge
	for i := range 2000 {
		state := service.OK
		if i == 1999 {
			state = service.Stop
		}
		entry.Verdicts = append(entry.Verdicts, service.Verdict{State: state, Reason: huge, Evidence: evidence})
	}
	got := sanitized(entry)
	text, err := json.Marshal(got)
	if err != nil || len(text) > 4<<20 {
		t.Fatalf("it takes %d bytes (%v)", len(text), err)
	}
	if v := got.Verdicts[1999]; !strings.HasPrefix(v.Evidence, "one\n]0;x") {
		t.Errorf("what is not OK comes first: %.40q", v.Evidence)
	}
	for _, s := range []string{got.Text, got.Hint, got.Boot, got.Verdicts[1999].Reason, got.Verdicts[1999].Evidence} {
		if strings.ContainsAny(s, "\x1b\x07\u202e") || strings.Contains(s, "\xff") {
			t.Errorf("%.40q", s)
		}
	}
	if len(entry.Verdicts[0].Reason) != len(huge) {
		t.Error("the caller's entry was changed")
	}
}

// A run that a host says too much to goes on, or stops with an entry that says so.
func TestAHostThatSaysTooMuch(t *testing.T) {
	w := newWorld(t, "n1", "n2", "n3")
	w.trouble["n2"] = service.Verdict{Service: "db", Name: "x", Host: "n2", State: service.Wait, Reason: "\x1b[2J" + strings.Repeat("x", 20<<20)}
	l := quick()
	j := &memory{}
	_, err := begin(w, j, request(run.Roll, w.names...), l)
	if err == nil || len(err.Error()) > 10000 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("it ends with %.100q", fmt.Sprint(err))
	}
}

// One host's answers, and all together, take no more memory than there is for a look.
func TestALookIsBounded(t *testing.T) {
	of := answered{host: map[string]int{}}
	big := service.Answer{Result: execx.Result{Stdout: make([]byte, askOutput)}}
	for i := range 5 {
		if got := of.fits("n1", big); (got.Err == nil) != (i < 4) || got.Err != nil && got.Result.Stdout != nil {
			t.Errorf("answer %d of n1: %v", i, got.Err)
		}
	}
	kept := 4
	for i := range 40 {
		if of.fits(fmt.Sprint("h", i), big).Err == nil {
			kept++
		}
	}
	if kept != observationOutput/askOutput {
		t.Errorf("%d answers are kept", kept)
	}
}
