package layout_test

import (
	"slices"
	"testing"

	"umm/internal/layout"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{"": 0, "n1": 2, "Ümläut": 6, "e\u0301": 1, "日本": 4, "✓▶■·–…": 6, "\U0001f469\u200d\U0001f52c": 2} {
		if got := layout.Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    string
	}{
		{"maintenance", 11, "maintenance"}, {"maintenance", 5, "main…"}, {"a bcd", 3, "a…"}, {"日本", 3, "日…"}, {"日本", 1, "…"}, {"x", 0, ""},
	} {
		got := layout.Fit(tt.text, tt.columns)
		if got != tt.want || layout.Width(got) > tt.columns {
			t.Errorf("%q in %d: %q, want %q", tt.text, tt.columns, got, tt.want)
		}
		if pad, right := layout.Pad(tt.text, tt.columns), layout.Right(tt.text, tt.columns); layout.Width(pad) != tt.columns || layout.Width(right) != tt.columns {
			t.Errorf("%q in %d: %q, %q", tt.text, tt.columns, pad, right)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 5, nil}, {"one two three", 7, []string{"one two", "three"}}, {"maintenance on", 5, []string{"maint", "enanc", "e on"}},
		{"日本 x", 1, []string{"日", "本", "x"}}, {"日本 x", 3, []string{"日", "本", "x"}},
	} {
		if got := layout.Wrap(tt.text, tt.columns); !slices.Equal(got, tt.want) {
			t.Errorf("%q in %d: %q, want %q", tt.text, tt.columns, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	got := layout.Columns([][]string{{"HOST", "MODE", "WHY"}, {"n1", "operational", ""}, {"日本", "?"}})
	if want := []string{"HOST  MODE         WHY", "n1    operational", "日本  ?"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
