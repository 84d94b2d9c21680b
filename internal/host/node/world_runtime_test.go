package node_test

import (
	"context"
	"slices"
	"strings"
)

// Settled: what is under way has come to its end when a program of an operator runs, but
// for what later says.
func (j *jobs) Settled(context.Context) error {
	w := (*world)(j)
	for _, job := range w.underWay {
		job()
	}
	w.underWay = nil
	return w.fails["Settled"]
}

// runtime is the world as node.Runtime.
type runtime world

func (r *runtime) Transient(_ context.Context, list []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(list), func(u string) bool { return !strings.HasPrefix(u, "run-") }), r.fails["Transient"]
}

func (r *runtime) Survivors(context.Context) ([]string, error) {
	return r.survivors, r.fails["Survivors"]
}
