package transport

import (
	"errors"
	"sync"
)

// room is how much outputs may take that are under way: of one host, and of all.
type room struct {
	mu   sync.Mutex
	left int
	// of is the room that this is a part of; nil: none.
	of *room
}

var errNoRoom = errors.New("too much is printed by all that is asked at once")

// take takes n bytes, unless they are not there.
func (r *room) take(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < n || r.of != nil && !r.of.take(n) {
		return false
	}
	r.left -= n
	return true
}

func (r *room) give(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
	if r.of != nil {
		r.of.give(n)
	}
}
