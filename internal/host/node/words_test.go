package node_test

import (
	"strings"
	"testing"
	"unicode"

	"umm/internal/host/node"
)

// What people type plays no tricks where others read it: not with control characters, nor
// with such as turn the order of letters around.
func TestWordsPlayNoTricks(t *testing.T) {
	const tricks = "a\x1b[2J\u009b31m\u202edrow\u2066\r\nb\x07"
	w := booted(t)
	o := node.OnOptions{Reason: tricks, By: tricks, Live: true}
	w.must(w.on(o))
	events, err := w.node().Past()
	w.must(err)
	texts := append([]string{strings.ReplaceAll(w.banner, "\n", ""), w.status().Trigger.By}, w.told...)
	for _, e := range events {
		texts = append(texts, e.Text)
	}
	if len(texts) < 4 || !strings.Contains(w.banner, "drow") {
		t.Fatalf("the texts are %q", texts)
	}
	for _, text := range texts {
		if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("%q", text)
		}
	}
}
