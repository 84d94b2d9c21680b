package main

import (
	"math"
	"testing"
)

func TestEstimate(t *testing.T) {
	var pairs []pair
	for i := range 41 {
		base := 1 + float64(i%7)/10 // drifts that both sides share cancel out
		pairs = append(pairs, pair{a: base * (1.02 + float64(i%5-2)/1000), b: base})
	}
	e := estimateOf(pairs)
	if math.Abs(e.ratio-1.02) > 0.001 || e.low > e.ratio || e.high < e.ratio || e.high-e.low > 0.003 {
		t.Errorf("estimate = %+v, want 1.02 with a narrow interval around it", e)
	}
	if e != estimateOf(pairs) {
		t.Error("the same pairs give another estimate")
	}
}

func TestVerdict(t *testing.T) {
	for goal, want := range map[float64]string{1.5: "yes", 0.5: "no", 1.05: "likely", 0.95: "unlikely"} {
		if got := (estimate{ratio: 1, low: 0.9, high: 1.1}).verdict(goal); got != want {
			t.Errorf("verdict(%v) = %s, want %s", goal, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	values := []float64{3, 1, 2}
	if median(values) != 2 || median([]float64{4, 1, 2, 3}) != 2.5 || values[0] != 3 || !math.IsNaN(median(nil)) {
		t.Error("the median is wrong, or it sorts its argument")
	}
}
