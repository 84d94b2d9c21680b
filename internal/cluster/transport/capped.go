package transport

import (
	"fmt"
	"io"
	"sync"
)

// capped collects an output up to a limit, and as far as there is room for it.
type capped struct {
	mu    sync.Mutex
	buf   []byte
	used  int
	limit int
	room  *room
	taken bool
	full  func(error)
}

func (c *capped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken {
		return 0, io.ErrClosedPipe
	}
	fits := min(len(p), c.limit-len(c.buf))
	if !c.room.take(fits) {
		c.full(errNoRoom)
		return 0, errNoRoom
	}
	c.used += fits
	c.buf = append(c.buf, p[:fits]...)
	if fits < len(p) {
		c.full(fmt.Errorf("it printed more than %d bytes", c.limit))
		return fits, io.ErrShortWrite
	}
	return fits, nil
}

// take is what was collected; nothing more is.
func (c *capped) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = true
	return c.buf
}

// release gives the room back to others.
func (c *capped) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room.give(c.used)
	c.used, c.taken = 0, true
}

// firstRead and mostRead are how much is read at once: most commands print a line or
// nothing, and there may be a thousand of them at the same time.
const (
	firstRead = 512
	mostRead  = 32 << 10
)

// ReadFrom implements io.ReaderFrom, for io.Copy.
func (c *capped) ReadFrom(r io.Reader) (total int64, err error) {
	for buf := make([]byte, firstRead); ; {
		n, err := r.Read(buf)
		total += int64(n)
		if _, full := c.Write(buf[:n]); full != nil {
			return total, full
		}
		switch {
		case err == io.EOF:
			return total, nil
		case err != nil:
			return total, err
		case n == len(buf) && n < mostRead:
			buf = make([]byte, 4*n)
		}
	}
}
