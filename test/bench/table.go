package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// row is one line of the table. Ratios come from pairs, or are given where there
// is nothing to repeat, as for a size.
type row struct {
	what, against string
	pairs         []pair
	ratio         float64
	goal          float64 // the largest ratio that meets it; 0: none
	goalText      string  // what stands for a goal that is not a ratio
	met           string  // the verdict on such a goal
	note          string
}

func (r row) cells() []string {
	ratio, interval, count, met := fmt.Sprintf("%.3f", r.ratio), "", "", r.met
	if len(r.pairs) > 0 {
		e := estimateOf(r.pairs)
		ratio = fmt.Sprintf("%.3f", e.ratio)
		interval = fmt.Sprintf("%.3f .. %.3f", e.low, e.high)
		count = fmt.Sprint(len(r.pairs))
		if r.goal > 0 {
			met = e.verdict(r.goal)
		}
	} else if r.goal > 0 {
		met = estimate{r.ratio, r.ratio, r.ratio}.verdict(r.goal)
	}
	goal := r.goalText
	if r.goal > 0 {
		goal = fmt.Sprintf("<= %.2f", r.goal)
	}
	return []string{r.what, r.against, ratio, interval, count, goal, met, r.note}
}

// printTable prints the rows under one another, with a line for the columns.
func printTable(out io.Writer, rows []row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tagainst\tratio\t95% interval\tpairs\tgoal\tmet\tmedians")
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r.cells(), "\t"))
	}
	return w.Flush()
}

// inMillis is a note on both sides' medians.
func inMillis(pairs []pair) string {
	a, b := sides(pairs)
	return fmt.Sprintf("%s ms / %s ms", millis(a), millis(b))
}

func millis(seconds float64) string {
	if seconds < 0.1 {
		return fmt.Sprintf("%.2f", seconds*1000)
	}
	return fmt.Sprintf("%.0f", seconds*1000)
}
