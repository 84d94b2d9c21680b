// Package fanout does one thing for each of several hosts, all at the same time, and gives what
// came of it in their order. How many hosts are asked at once is not its business: each host's
// runner waits for its turn (ssh.parallel).
package fanout

import (
	"cmp"
	"fmt"
	"sync"
)

// Each does it for every one of them, and returns when all have ended.
func Each[T, R any](of []T, do func(T) R) []R {
	results := make([]R, len(of))
	var all sync.WaitGroup
	for i, one := range of {
		all.Go(func() { results[i] = do(one) })
	}
	all.Wait()
	return results
}

// By is Each by key, as by the name of a host.
func By[T cmp.Ordered, R any](of []T, do func(T) R) map[T]R {
	by := make(map[T]R, len(of))
	for i, result := range Each(of, do) {
		by[of[i]] = result
	}
	return by
}

// FirstError is the error of the first host that has one, with its name.
func FirstError(hosts []string, errs []error) error {
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", hosts[i], err)
		}
	}
	return nil
}
