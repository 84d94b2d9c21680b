package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// pair is one measurement of each side, taken one after the other, in seconds.
type pair struct{ a, b float64 }

// estimate is the median of the pairs' ratios a/b with its 95% interval.
type estimate struct{ ratio, low, high float64 }

// resamples is how many bootstrap samples an interval is read from.
const resamples = 4000

// estimateOf gives the same answer for the same pairs: its random numbers are
// seeded.
func estimateOf(pairs []pair) estimate {
	ratios := make([]float64, len(pairs))
	for i, p := range pairs {
		ratios[i] = p.a / p.b
	}
	random := rand.New(rand.NewPCG(1, 2))
	medians := make([]float64, resamples)
	sample := make([]float64, len(ratios))
	for i := range medians {
		for j := range sample {
			sample[j] = ratios[random.IntN(len(ratios))]
		}
		medians[i] = median(sample)
	}
	slices.Sort(medians)
	at := func(q float64) float64 { return medians[int(math.Round(q*float64(resamples-1)))] }
	return estimate{ratio: median(ratios), low: at(0.025), high: at(0.975)}
}

// median leaves its argument as it is; it is NaN of nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// verdict tells whether a goal is met, as far as the interval allows to tell.
func (e estimate) verdict(goal float64) string {
	switch {
	case e.high <= goal:
		return "yes"
	case e.low > goal:
		return "no"
	case e.ratio <= goal:
		return "likely"
	default:
		return "unlikely"
	}
}

func sides(pairs []pair) (a, b float64) {
	var as, bs []float64
	for _, p := range pairs {
		as, bs = append(as, p.a), append(bs, p.b)
	}
	return median(as), median(bs)
}
